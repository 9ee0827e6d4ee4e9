"""Training of the modality gate, and the figures on its card: in source, across sources, foreign.

Features of the frozen backbone, of pictures some of which were shrunk before. What is foreign is
learnt from kinds that a gate did not know (each group of kinds in turn) and from drawings.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.evaluation.imaging_metrics import wilson
from assistant.imaging.folding import folded
from assistant.imaging.gate import NAME, GateConfig, GateWeights, gate_features, save_gate
from assistant.imaging.lite0 import pretrained
from assistant.imaging.preparing import resized
from assistant.records.picture import Modality, Pixels
from assistant.training.imaging.gate_card import card
from assistant.training.imaging.gate_fit import (
    Features,
    Known,
    fitted,
    folds_of,
    gate,
    said,
    temperature,
    with_foreign,
)
from assistant.training.imaging.kinds import FOREIGN, Named, kinds
from assistant.training.imaging.negatives import non_medical, other_medical
from assistant.training.manifest import update_manifest, write_json

DRAWN = "drawn"
_FOLDS = 3
_SHRUNK = 0.5  # share of pictures that were smaller once
_SMALLEST, _LARGEST = 28, 96  # pixels a side of those
_AT_ONCE = 32
# each group is once unknown to a gate, to learn what the unknown looks like
_LEFT_OUT = (
    (Modality.HAND_XRAY, Modality.BREAST_ULTRASOUND),
    (Modality.ABDOMINAL_CT, Modality.CHEST_CT, Modality.HEAD_CT),
    (Modality.BREAST_MRI, Modality.BRAIN_MRI),
    (Modality.DERMOSCOPY, Modality.CHEST_XRAY),
    (Modality.NOT_MEDICAL, Modality.OTHER_MEDICAL),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTraining:
    """What a training of the gate needs."""

    data: tuple[str, ...]  # PATH, KIND=PATH or foreign=PATH (for the figures alone)
    models: Path
    data_dir: Path
    limit: int = 400  # pictures of each class of each set
    drawn: int = 600  # drawings of what is not medical
    seed: int = 7
    threads: int = 2
    most_refused: float = 0.02  # share of known held-out pictures that may be refused


def train_gate(config: GateTraining, progress: Callable[[int], None] = lambda done: None) -> Path:
    """Train the gate, write `knowledge/models/imaging-gate` and its figures; return the folder."""
    torch.set_num_threads(config.threads)
    begun = time.monotonic()
    known, foreign = features(config, progress)
    names = kinds(known.kinds.tolist())
    shape = GateConfig(version=time.strftime("%Y-%m-%d"), kinds=names)
    held_scores, signals, inside = _held_out(known, shape, config)
    unknown = _unknown(known, shape, config)
    at = np.array([names.index(kind) for kind in known.kinds])
    shape = replace(shape, temperature=round(temperature(held_scores, at), 4))
    held = with_foreign(fitted(known, shape, config.seed), signals, unknown, config.most_refused)
    weights = GateWeights(shape, held)
    folder = config.models / NAME
    save_gate(weights, folder)
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)
    metrics = {
        "date": shape.version,
        "n": len(known.kinds),
        "kinds": {name: int((known.kinds == name).sum()) for name in names},
        "in_source": _in_source(known, inside, weights, signals),
        "across_sources": _across(known, shape, config, held),
        "unknown_kinds_refused": _share(_foreign_of(held, unknown) >= 0.5),
        "foreign": {name: _refused(weights, part) for name, part in foreign.items()},
        "seed": config.seed,
        "seconds": round(time.monotonic() - begun),
        "sets": [Path(text.rpartition("=")[2]).name for text in config.data],
    }
    write_json(folder / "metrics.json", metrics)
    (folder / "README.md").write_text(card(metrics), encoding="utf-8")
    update_manifest(config.models, folder)
    return folder


def features(
    config: GateTraining, progress: Callable[[int], None]
) -> tuple[Known, dict[str, Features]]:
    """Return the features of all known pictures, and of each foreign set."""
    network = folded(pretrained(config.data_dir))
    parts: list[Features] = []
    names: list[str] = []
    sources: list[str] = []
    foreign: dict[str, Features] = {}
    shape = GateConfig(version="", kinds=())
    done = 0
    for text in config.data:
        one = Named.parsed(text)
        read = _limited(one, config.limit)
        for kind, pictures in read.items():
            found = _features(network, _shrunk(pictures, config.seed), shape)
            done += len(found)
            progress(done)
            if kind == FOREIGN:
                foreign[one.name] = found
                continue
            parts.append(found)
            names += [kind] * len(found)
            sources += [one.name] * len(found)
    for kind, drawn in (
        (Modality.NOT_MEDICAL, non_medical(config.drawn, config.seed)),
        (Modality.OTHER_MEDICAL, other_medical(config.drawn // 4, config.seed)),
    ):
        parts.append(_features(network, _shrunk(drawn, config.seed), shape))
        names += [kind.value] * len(drawn)
        sources += [DRAWN] * len(drawn)
    return Known(np.concatenate(parts), np.array(names), np.array(sources)), foreign


def _limited(one: Named, limit: int) -> dict[str, list[Pixels]]:
    """Return pictures by kind, at most `limit` of each class of the set, evenly spaced."""
    counts: dict[str, int] = {}
    for item in one.items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    seen: dict[str, int] = {}
    chosen = []
    for item in one.items:
        at, count = seen.get(item.kind, 0), counts[item.kind]
        seen[item.kind] = at + 1
        if at * limit // count != (at + 1) * limit // count or count <= limit:
            chosen.append(item)
    found: dict[str, list[Pixels]] = {}
    for kind, picture in replace(one, items=tuple(chosen)).read():
        if picture is not None:
            found.setdefault(kind, []).append(picture.pixels)
    return found


def _shrunk(pictures: Sequence[Pixels], seed: int) -> list[Pixels]:
    """Return pictures, some of which were made small: sharpness must not tell the sets apart."""
    dice = np.random.default_rng(seed)
    return [
        resized(picture, int(dice.integers(_SMALLEST, _LARGEST)))
        if dice.random() < _SHRUNK
        else picture
        for picture in pictures
    ]


def _features(network: Any, pictures: Sequence[Pixels], shape: GateConfig) -> Features:
    parts = [
        gate_features(network, pictures[at : at + _AT_ONCE], shape)
        for at in range(0, len(pictures), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _held_out(
    known: Known, shape: GateConfig, config: GateTraining
) -> tuple[NDArray[np.float64], Features, NDArray[np.bool_]]:
    """Return scores, distances, and whether the kind is right, of gates that did not know them."""
    folds = folds_of(known, _FOLDS)
    scores = np.zeros((len(folds), len(shape.kinds)))
    signals = np.zeros((len(folds), 3))
    for fold in range(_FOLDS):
        out = folds == fold
        learnt = known.part(~out)
        weights = gate(fitted(learnt, shape, config.seed), shape, learnt)
        scores[out] = weights.scores(known.features[out])
        signals[out] = weights.signals(known.features[out])
    right = np.array(shape.kinds)[scores.argmax(1)] == known.kinds
    return scores, signals, right


def _unknown(known: Known, shape: GateConfig, config: GateTraining) -> Features:
    """Return the distances of pictures of kinds that a gate did not know."""
    found = []
    for group in _LEFT_OUT:
        out = np.isin(known.kinds, [kind.value for kind in group])
        if out.any() and not out.all():
            learnt = known.part(~out)
            weights = gate(fitted(learnt, shape, config.seed), shape, learnt)
            found.append(weights.signals(known.features[out]))
    return np.concatenate(found)


def _across(
    known: Known, shape: GateConfig, config: GateTraining, held: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return, for each kind of two sources, what a gate that knows one says of the other."""
    rows = []
    for kind in shape.kinds:
        sources = np.unique(known.sources[known.kinds == kind])
        for source in sources if len(sources) > 1 else ():
            out = (known.kinds == kind) & (known.sources == source)
            learnt = known.part(~out)
            fresh = fitted(learnt, shape, config.seed)
            judge = {n: held[n] for n in held if n.startswith(("signal_", "foreign_"))}
            named, far = said(gate(fresh | judge, shape, learnt), known.features[out])
            rows.append(
                {
                    "kind": kind,
                    "source": str(source),
                    "n": int(out.sum()),
                    "right": _share(np.array(named) == kind),
                    "refused": _share(far >= 0.5),
                }
            )
    return rows


def _foreign_of(held: dict[str, Any], signals: Features) -> NDArray[np.float64]:
    """Return how foreign distances are, 0 to 1."""
    centred = (torch.from_numpy(signals) - held["signal_mean"]) / held["signal_scale"]
    values = (centred @ held["foreign_weight"].double() + held["foreign_bias"]).sigmoid()
    return np.asarray(values.numpy())


def _in_source(
    known: Known, right: NDArray[np.bool_], weights: GateWeights, signals: Features
) -> dict[str, Any]:
    far = _foreign_of(weights.held, signals) >= 0.5
    medical = known.kinds != Modality.NOT_MEDICAL.value
    by_kind = {
        name: {
            "n": int((known.kinds == name).sum()),
            "right": _share(right[known.kinds == name]),
            "refused": _share(far[known.kinds == name]),
        }
        for name in weights.config.kinds
    }
    return {
        "accuracy": _share(right),
        "false_refusal": _share(far[medical]),
        "by_kind": by_kind,
    }


def _refused(weights: GateWeights, part: Features) -> dict[str, Any]:
    named, far = said(weights, part)
    unread = np.isin(named, [Modality.NOT_MEDICAL.value, Modality.OTHER_MEDICAL.value])
    return {"n": len(part), "refused": _share((far >= 0.5) | unread)}


def _share(values: NDArray[np.bool_]) -> list[float]:
    estimate = wilson(int(values.sum()), len(values))
    return [estimate.value, estimate.low, estimate.high]
