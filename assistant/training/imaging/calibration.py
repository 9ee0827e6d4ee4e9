"""What probabilities mean: temperature, thresholds, the band of doubt, likelihood ratios.

All of it is fitted on predictions for pictures that the network had not learnt from, and what is
told of it is cross-fitted: the calibration of each fold is that of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from assistant.errors import InvalidInputError
from assistant.evaluation.bootstrap import Estimate
from assistant.evaluation.imaging_metrics import wilson
from assistant.imaging.calibration import Calibration
from assistant.imaging.config import LabelConfig, Measured
from assistant.records.picture import Verdict

Table = NDArray[np.float64]
Numbers = NDArray[np.int64]
_STEPS = 199  # thresholds tried
_EDGE = 1e-6
_MORE_THAN_HALF = 0.5001


def prior_of(truth: Numbers, labels: int, wanted: str) -> Table | None:
    """Return the shares that probabilities shall be true at; None: as the data has them."""
    if wanted == "balanced":
        return np.full(labels, 1 / labels)
    if wanted in ("data", "as_trained"):
        return None
    raise InvalidInputError("calibration.prior must be data, balanced or as_trained.")


def fitted(logits: Table, truth: Numbers, settings: Mapping[str, Any]) -> Calibration:
    """Return the temperature (and shift) of least weighted log loss (Guo et al. 2017).

    Pictures are weighted so that the labels have the shares of `prior`; a little is added to hold
    the shift near 0 where a label has few.
    """
    labels = logits.shape[1]
    shares = np.bincount(truth, minlength=labels) / len(truth)
    prior = prior_of(truth, labels, settings["prior"])
    weights = np.ones(labels) if prior is None else prior / shares.clip(1e-9)
    x, y = torch.from_numpy(logits), torch.from_numpy(truth)
    w = torch.from_numpy(weights)[y]
    heat = torch.zeros((), dtype=torch.double, requires_grad=True)
    shift = torch.zeros(labels, dtype=torch.double, requires_grad=settings["bias"])
    free = [heat, shift] if settings["bias"] else [heat]
    optimizer = torch.optim.LBFGS(free, max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logs = F.log_softmax(x / heat.exp() + shift, 1)
        loss = -(logs.gather(1, y[:, None])[:, 0] * w).sum() / w.sum()
        loss = loss + (shift**2).sum() / len(truth)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    moved = tuple(round(float(v), 6) for v in shift.detach()) if settings["bias"] else ()
    return Calibration(float(heat.detach().exp()), moved)


@dataclass(frozen=True, slots=True)
class Decision:
    """The label whose probability is greatest for its divisor."""

    divisors: tuple[float, ...]

    def __call__(self, probabilities: Table) -> Numbers:
        """Return the label chosen for each picture."""
        chosen: Numbers = (probabilities / np.array(self.divisors)).argmax(1)
        return chosen


def decided(probabilities: Table, truth: Numbers, settings: Mapping[str, Any]) -> Decision:
    """Return how a label is chosen; of two labels, as the settings say."""
    labels = probabilities.shape[1]
    if settings["threshold"] == "argmax":
        return Decision((1.0,) * labels)
    if settings["threshold"] not in ("balanced_accuracy", "sensitivity") or labels != 2:
        raise InvalidInputError(
            "calibration.threshold must be argmax, or, of two labels, balanced_accuracy or"
            " sensitivity."
        )
    positive = truth == settings["positive"]
    scores = probabilities[:, settings["positive"]]
    if settings["threshold"] == "sensitivity":
        wanted = settings["target_sensitivity"]
        high = float(np.quantile(scores[positive], 1 - wanted, method="lower"))
        high = min(max(high, 0.01), 0.99)
    else:
        high = threshold(scores, positive)
    if settings["positive"] == 0:
        return Decision((high, 1 - high))
    return Decision((1 - high, high))


def threshold(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Return the threshold with the greatest sensitivity + specificity (Youden 1950).

    Of a run of near-equal ones the middle is taken: the best one alone is luck.
    """
    tried = np.linspace(0, 1, _STEPS + 2)[1:-1]
    gains = np.array(
        [(scores[positive] >= t).mean() + (scores[~positive] < t).mean() for t in tried]
    )
    good = tried[gains >= gains.max() - 0.005]
    return float(np.median(good))


def band(scores: NDArray[np.float64], middle: float, share: float) -> tuple[float, float]:
    """Return the range about a threshold, even in log odds, that holds a `share` of the scores."""
    odds = np.log(scores.clip(_EDGE, 1 - _EDGE) / (1 - scores.clip(_EDGE, 1 - _EDGE)))
    centre = log(middle / (1 - middle))
    half = float(np.quantile(np.abs(odds - centre), share)) if share else 0.0
    return 1 / (1 + exp(half - centre)), 1 / (1 + exp(-half - centre))


def verdicts(scores: NDArray[np.float64], low: float, high: float) -> list[Verdict]:
    """Return what each probability is called; the bounds of the band are outside it."""
    return [
        Verdict.LIKELY if p >= high else Verdict.UNLIKELY if p <= low else Verdict.UNSURE
        for p in scores
    ]


def likelihood_ratio(hits: int, n_with: int, alarms: int, n_without: int) -> Estimate:
    """Return P(said | label) / P(said | other) with the log method's interval (Simel 1991).

    Half a picture is added to each count, so that nothing is divided by 0.
    """
    a, b, n1, n0 = hits + 0.5, alarms + 0.5, n_with + 1.0, n_without + 1.0
    middle = log((a / n1) / (b / n0))
    half = 1.959964 * sqrt(1 / a - 1 / n1 + 1 / b - 1 / n0)
    return Estimate(*(float(f"{exp(v):.4g}") for v in (middle, middle - half, middle + half)))


def measured(estimate: Estimate, n: int) -> Measured:
    """Return an estimate as it stands in config.json."""
    return Measured(value=estimate.value, n=n, interval=(estimate.low, estimate.high))


def label_config(
    label: str, scores: NDArray[np.float64], positive: NDArray[np.bool_], middle: float,
    settings: Mapping[str, Any], prevalence: float, several: bool = False,
) -> LabelConfig:  # fmt: skip
    """Return threshold, band, sensitivity, specificity and likelihood ratios of a label.

    `scores`: its probability for each picture; `middle`: the threshold. Of `several` labels
    only one can be likely: it needs more than half of the probability.
    """
    low, high = band(scores, middle, settings["unsure"])
    if several:
        high = max(high, _MORE_THAN_HALF)
    said = np.array(verdicts(scores, low, high))
    above, n1, n0 = scores >= middle, int(positive.sum()), int((~positive).sum())
    ratios = {}
    for verdict in Verdict:
        is_said = said == verdict
        hits, alarms = int((is_said & positive).sum()), int((is_said & ~positive).sum())
        ratios[verdict] = measured(likelihood_ratio(hits, n1, alarms, n0), hits + alarms)
    return LabelConfig(
        id=label,
        threshold=middle,
        band=(low, high),
        sensitivity=measured(wilson(int((above & positive).sum()), n1), n1),
        specificity=measured(wilson(int((~above & ~positive).sum()), n0), n0),
        likelihood_ratios=ratios,
        prevalence=prevalence,
    )


def label_configs(
    probabilities: Table, truth: Numbers, labels: Sequence[str], decision: Decision,
    settings: Mapping[str, Any],
) -> tuple[LabelConfig, ...]:  # fmt: skip
    """Return what each label's answers are worth, measured on `probabilities`."""
    found = []
    prior = prior_of(truth, len(labels), settings["prior"])
    shares = np.bincount(truth, minlength=len(labels)) / len(truth) if prior is None else prior
    for at, label in enumerate(labels):
        scores, positive = probabilities[:, at], truth == at
        if len(labels) == 2:
            middle = decision.divisors[at] / sum(decision.divisors)
        else:
            middle = threshold(scores, positive)
        share = round(float(shares[at]), 4)
        found.append(
            label_config(label, scores, positive, middle, settings, share, len(labels) > 2)
        )
    return tuple(found)


def cross_fitted(
    logits: Table, truth: Numbers, folds: Numbers, settings: Mapping[str, Any]
) -> tuple[Table, Numbers]:
    """Return probabilities and chosen labels of each fold, calibrated on the others.

    With one fold alone there are no others: it is then calibrated on itself.
    """
    probabilities, chosen = np.zeros_like(logits), np.zeros(len(truth), dtype=np.int64)
    present = np.unique(folds)
    for fold in present:
        inside = folds == fold
        learnt = ~inside if len(present) > 1 else inside
        scaling = fitted(logits[learnt], truth[learnt], settings)
        decision = decided(scaling.probabilities(logits[learnt]), truth[learnt], settings)
        probabilities[inside] = scaling.probabilities(logits[inside])
        chosen[inside] = decision(probabilities[inside])
    return probabilities, chosen
