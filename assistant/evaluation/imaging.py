"""Figures of an image model on a set of pictures, read by the classifier as it serves."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.errors import InvalidInputError
from assistant.evaluation.imaging_metrics import Figures, figures, wilson
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.refusing import ModelRefusalError
from assistant.imaging.classifier import Shipped
from assistant.records.picture import Picture, Verdict
from assistant.training.imaging.data import Item, PictureSet
from assistant.training.imaging.sources import Task, kept

_INTERVALS = ("accuracy", "balanced_accuracy", "auc", "ece", "brier")


@dataclass(frozen=True, slots=True)
class Read:
    """What a model said of every picture of a set."""

    found: Figures
    sure: tuple[str | None, ...]  # the label called likely; None: it abstained
    groups: tuple[str, ...]
    seconds: tuple[float, ...]  # each picture: from file to finding
    refused: int = 0  # pictures that the model gave no answer to; not in the figures

    def as_json(self) -> dict[str, Any]:
        """Return all figures with their 95 % intervals."""
        found, labels = self.found, self.found.labels
        line: dict[str, Any] = {"n": len(found.truth), "refused": self.refused}
        for name in _INTERVALS:
            estimate = found.interval(name, self.groups)
            line[name] = estimate.value
            line[f"{name}_ci95"] = [estimate.low, estimate.high]
        true = [labels[at] for at in found.truth]
        decided = [(said, one) for said, one in zip(self.sure, true, strict=True) if said]
        right, n = sum(said == one for said, one in decided), len(true)
        line["by_label"] = _by_label(found)
        line["confusion"] = found.confusion().tolist()
        line["abstained"] = round(1 - len(decided) / n, 4)
        line["accuracy_of_the_rest"] = _told(wilson(right, len(decided)))
        ordered = sorted(self.seconds)
        line["ms_p50"] = round(1e3 * ordered[len(ordered) // 2], 1)
        return line


def _by_label(found: Figures) -> dict[str, Any]:
    return {
        label: {
            "n": int((found.truth == at).sum()),
            "sensitivity": _told(found.sensitivity(at)),
            "specificity": _told(found.specificity(at)),
        }
        for at, label in enumerate(found.labels)
    }


def _told(estimate: Any) -> list[float]:
    return [estimate.value, estimate.low, estimate.high]


def chosen_items(pictures: PictureSet, task: Task, split: str | None) -> tuple[list[Item], str]:
    """Return the pictures to read, and of which split: test, else val, else all.

    Raises InvalidInputError where there are none.
    """
    items = [item for item in pictures.items if kept(task, item)]
    splits = {item.row.get("split", "") for item in items}
    wanted = split or next((name for name in ("test", "val") if name in splits), "all")
    if wanted != "all":
        items = [item for item in items if item.row.get("split") == wanted]
    if not items:
        kinds = ", ".join(sorted(task.kinds))
        raise InvalidInputError(
            f"{pictures.path} holds no pictures of {kinds} in the split {wanted!r}."
        )
    return items, wanted


def read_all(
    model: Shipped | ForeignModel, pictures: PictureSet, items: Sequence[Item], task: Task,
    progress: Callable[[int], None] = lambda done: None,
) -> Read:  # fmt: skip
    """Read every picture with `model`; one that it refuses is counted and left out.

    Of two labels, the one that is found is chosen at its threshold; of more, the most probable.
    """
    labels = model.labels
    rows, sure, seconds, answered = [], [], [], []
    for number, item in enumerate(items, start=1):
        begun = time.perf_counter()
        picture = Picture(pixels=pictures.pixels(item), format="png")
        progress(number)
        try:
            named = {finding.label: finding for finding in model.read(picture)}
        except ModelRefusalError:
            continue
        answered.append(item)
        seconds.append(time.perf_counter() - begun)
        rows.append([named[label].probability for label in labels])
        likely = [name for name, f in named.items() if f.verdict is Verdict.LIKELY]
        sure.append(max(likely, key=lambda name: named[name].probability, default=None))
    if not answered:
        raise InvalidInputError("The model read none of the pictures.")
    probabilities = np.array(rows)
    truth = np.array([labels.index(task.kinds[item.kind]) for item in answered])
    thresholds = {label.id: label.threshold for label in model.config.labels}
    found = figures(probabilities, truth, labels, _decided(probabilities, labels, thresholds, task))
    groups = tuple(task.group(item) for item in answered)
    return Read(found, tuple(sure), groups, tuple(seconds), len(items) - len(answered))


def _decided(
    probabilities: Any, labels: Sequence[str], thresholds: Mapping[str, float], task: Task
) -> Any:
    if task.positive is None:
        return probabilities.argmax(1)
    at = labels.index(task.positive)
    return np.where(probabilities[:, at] >= thresholds[task.positive], at, 1 - at)
