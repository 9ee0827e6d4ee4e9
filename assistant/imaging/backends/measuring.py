"""Fit and measure the calibration of any ImageModel-like thing on labelled pictures.

`anamnesis evaluate imaging TASK DATA --model NAME --write-calibration FILE` calls `calibrate`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.errors import InvalidInputError
from assistant.imaging.backends.calibrating import (
    FLOOR,
    MEASURED_ON,
    NEVER,
    Calibration,
    unmeasured,
)
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.refusing import ModelRefusalError
from assistant.imaging.backends.scoring import Scores, Task
from assistant.imaging.config import LabelConfig, Measured, ModelConfig
from assistant.records.picture import Picture, Verdict

Floats = NDArray[np.float64]
LEAST = 20  # pictures of a label in each half, with it and without it
_STRONG = 3.0  # a verdict is worth giving where it makes the label this much likelier or less
_STEPS = 200  # thresholds that are tried for a label
_PULL = 1e-3  # towards temperature 1 and shift 0, so that a perfect model has finite values
_MOST = 9999.0
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A picture whose label is known; pictures of one group (a person) stay together."""

    picture: Picture
    label: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a model said of labelled pictures."""

    scores: Sequence[Scores]
    truth: Sequence[str]
    groups: Sequence[str]
    refused: int = 0


def calibrate(model: ForeignModel, task: Task, pictures: Iterable[Labelled]) -> Calibration:
    """Return what a model is worth on labelled pictures that it was not trained on.

    Raises InvalidInputError where there are too few to say anything.
    """
    return fit(task, model.id, ask(model, pictures))


def ask(model: ForeignModel, pictures: Iterable[Labelled]) -> Answers:
    """Show every picture once; one that the model refuses is counted and left out."""
    scores, truth, groups, refused = [], [], [], 0
    for one in pictures:
        try:
            said = model.scores(one.picture)
        except ModelRefusalError:
            refused += 1
            continue
        scores.append(said)
        truth.append(one.label)
        groups.append(one.group)
    return Answers(scores=scores, truth=truth, groups=groups, refused=refused)


def fit(task: Task, model: str, answers: Answers) -> Calibration:
    """Fit temperature, shifts and bands on one half of the groups, measure on the other."""
    _enough(task, answers)
    exclusive = answers.scores[0].exclusive
    raw = np.array([[s.probabilities[label] for label in task.labels] for s in answers.scores])
    truth = np.array([task.labels.index(label) for label in answers.truth])
    fitting = np.array([_half(group) == 0 for group in answers.groups])
    _both_halves(task, truth, fitting)
    temperature, shifts = _fitted(raw[fitting], truth[fitting], exclusive)
    fitted = ModelConfig(
        task=task.id,
        modality=task.modality,
        version="1",
        labels=tuple(map(unmeasured, task.labels)),
        temperature=temperature,
        shift=tuple(shifts),
    )
    told = _calibrated(Calibration(fitted), raw, task, exclusive)
    weighable = np.array([s.weighable for s in answers.scores])
    labels = tuple(
        _label(label, told[:, at], truth == at, fitting, weighable)
        for at, label in enumerate(task.labels)
    )
    figures = {
        MEASURED_ON: model,
        "fitted": str(int(fitting.sum())),
        "measured": str(int((~fitting).sum())),
        "refused": str(answers.refused),
        "ece": f"{_ece(told[~fitting], truth[~fitting]):.4f}",
    }
    return Calibration(replace(fitted, labels=labels, trained_on=figures))


def _enough(task: Task, answers: Answers) -> None:
    foreign = sorted(set(answers.truth) - set(task.labels))
    if foreign:
        raise InvalidInputError(f"{', '.join(foreign[:5])} is no label of {task.id}.")
    if not answers.scores:
        raise InvalidInputError("The model read none of the pictures.")


def _both_halves(task: Task, truth: NDArray[np.int64], fitting: NDArray[np.bool_]) -> None:
    for half in (fitting, ~fitting):
        for at, label in enumerate(task.labels):
            hits = int((truth[half] == at).sum())
            if min(hits, int(half.sum()) - hits) < LEAST:
                raise InvalidInputError(
                    f"Too few pictures to calibrate {label}: each half of the people needs "
                    f"{LEAST} with it and {LEAST} without it."
                )


def _half(group: str) -> int:
    """Return 0 or 1 for a group, the same on every machine."""
    return hashlib.sha256(group.encode()).digest()[0] & 1


def _fitted(raw: Floats, truth: NDArray[np.int64], exclusive: bool) -> tuple[float, list[float]]:
    """Return the temperature and shifts of the greatest likelihood, found by L-BFGS."""
    bounded = torch.from_numpy(raw).clamp(FLOOR, 1 - FLOOR).double()
    target = torch.from_numpy(truth)
    free = torch.zeros(1 + raw.shape[1], dtype=torch.float64, requires_grad=True)
    left = torch.from_numpy(1 - raw.sum(1)).double().clamp(min=1e-300)
    search = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        inverse = torch.exp(-free[0])
        if exclusive:
            scores = bounded.log() * inverse + free[1:]
            every = torch.cat([scores, (left.log() * inverse)[:, None]], 1)
            value = torch.nn.functional.cross_entropy(every, target)
        else:
            scores = torch.logit(bounded) * inverse + free[1:]
            hot = torch.nn.functional.one_hot(target, raw.shape[1]).double()
            value = torch.nn.functional.binary_cross_entropy_with_logits(scores, hot)
        value = value + _PULL * free.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    temperature = min(100.0, max(0.02, exp(float(free[0].detach()))))
    return temperature, [min(50.0, max(-50.0, float(s))) for s in free[1:].detach()]


def _calibrated(calibration: Calibration, raw: Floats, task: Task, exclusive: bool) -> Floats:
    rows = (dict(zip(task.labels, map(float, row), strict=True)) for row in raw)
    told = [calibration.probabilities(row, exclusive=exclusive) for row in rows]
    return np.array([[row[label] for label in task.labels] for row in told])


def _label(
    label: str,
    told: Floats,
    true: NDArray[np.bool_],
    fitting: NDArray[np.bool_],
    weighable: NDArray[np.bool_],
) -> LabelConfig:
    threshold = _threshold(told[fitting], true[fitting])
    usable = fitting & weighable
    low, high = _band(told[usable], true[usable], threshold) if usable.any() else NEVER
    p, t, w = told[~fitting], true[~fitting], weighable[~fitting]
    asked = replace(unmeasured(label), threshold=threshold, band=(low, high))
    ratios = _ratios(asked, p, t, w)
    sound = (
        low if ratios[Verdict.UNLIKELY].interval[1] < 1 else NEVER[0],
        high if ratios[Verdict.LIKELY].interval[0] > 1 else NEVER[1],
    )
    kept = replace(asked, band=sound)
    return replace(
        kept,
        sensitivity=_share(int((p[t] >= threshold).sum()), int(t.sum())),
        specificity=_share(int((p[~t] < threshold).sum()), int((~t).sum())),
        likelihood_ratios=_ratios(kept, p, t, w),
        prevalence=round(float(true[fitting].mean()), 4),
    )


def _cuts(told: Floats) -> Floats:
    return np.unique(np.quantile(told, np.linspace(0, 1, _STEPS)))


def _threshold(told: Floats, true: NDArray[np.bool_]) -> float:
    """Return where sensitivity + specificity is greatest (Youden, Cancer 1950; 3: 32)."""
    gains = [(told[true] >= cut).mean() - (told[~true] >= cut).mean() for cut in _cuts(told)]
    return float(_cuts(told)[int(np.argmax(gains))])


def _band(told: Floats, true: NDArray[np.bool_], threshold: float) -> tuple[float, float]:
    """Return the narrowest band beyond which a verdict multiplies the odds by 3 or a third."""
    low, high = NEVER
    for cut in map(float, _cuts(told)):
        above, below = ratio(told >= cut, true), ratio(told <= cut, true)
        if cut >= threshold and above.interval[0] > 1 and above.value >= _STRONG:
            high = min(high, cut)
        if cut <= threshold and below.interval[1] < 1 and below.value <= 1 / _STRONG:
            low = max(low, cut)
    return low, high


def _ratios(
    label: LabelConfig, told: Floats, true: NDArray[np.bool_], weighable: NDArray[np.bool_]
) -> dict[Verdict, Measured]:
    given = np.array(
        [
            label.verdict(float(p)) if w else Verdict.UNSURE
            for p, w in zip(told, weighable, strict=True)
        ]
    )
    return {verdict: ratio(given == verdict, true) for verdict in Verdict}


def ratio(given: NDArray[np.bool_], true: NDArray[np.bool_]) -> Measured:
    """Return P(given | true) / P(given | not true) with its 95 % interval; n: times given.

    Half a picture is added to each count, so that nothing seen is not nothing possible (Simel et
    al., J Clin Epidemiol 1991; 44: 763). What exceeds 9999 is 9999.

    >>> found = ratio(np.array([1, 1, 1, 0, 1, 0, 0, 0], bool), np.array([1] * 4 + [0] * 4, bool))
    >>> round(found.value, 2), found.n, found.interval[0] < 1 < found.interval[1]
    (2.33, 4, True)
    """
    with_it, without = int(true.sum()), int((~true).sum())
    a, b = int((given & true).sum()) + 0.5, int((given & ~true).sum()) + 0.5
    value = (a / (with_it + 1)) / (b / (without + 1))
    spread = _Z95 * sqrt(max(0.0, 1 / a - 1 / (with_it + 1) + 1 / b - 1 / (without + 1)))
    interval = (exp(log(value) - spread), exp(log(value) + spread))
    return Measured(value=min(_MOST, value), n=int(given.sum()), interval=interval)


def _share(hits: int, n: int) -> Measured:
    """Return hits / n with its Wilson interval."""
    p, z2 = hits / n, _Z95 * _Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    interval = (max(0.0, centre - half), min(1.0, centre + half))
    return Measured(value=p, n=n, interval=interval)


def _ece(told: Floats, truth: NDArray[np.int64]) -> float:
    """Return the expected calibration error of the most probable label, in ten bins."""
    top, right = told.max(1), told.argmax(1) == truth
    bins = np.minimum((top * 10).astype(int), 9)
    gaps = [abs(float((top[bins == b] - right[bins == b]).sum())) for b in np.unique(bins)]
    return sum(gaps) / len(top)
