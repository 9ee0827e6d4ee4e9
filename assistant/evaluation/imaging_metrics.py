"""Figures of classifiers of pictures, named as in the literature, with 95 % intervals.

Shares have Wilson's interval (Wilson, JASA 1927; 22: 209); the rest is resampled, by group where
pictures of one person or lesion belong together (Efron and Tibshirani 1993).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from assistant.evaluation.bootstrap import Estimate
from assistant.imaging.calibration import brier, expected_calibration_error

Table = NDArray[np.float64]
Numbers = NDArray[np.int64]
_Z = 1.959964
ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures over (probabilities, truth); `chosen` is the label decided for each picture."""

    probabilities: Table
    truth: Numbers
    chosen: Numbers
    labels: tuple[str, ...]

    def value(self, name: str) -> float:
        """Return one figure; those of the module by name."""
        return float(_FIGURES[name](self.probabilities, self.truth, self.chosen))

    def interval(self, name: str, groups: Sequence[str] | None = None, seed: int = 0) -> Estimate:
        """Return a figure with the percentiles of the bootstrap over groups."""
        rows = _groups(groups, len(self.truth))
        dice, drawn = np.random.default_rng(seed), []
        for _ in range(ROUNDS):
            picked = np.concatenate([rows[i] for i in dice.integers(0, len(rows), len(rows))])
            drawn.append(
                _FIGURES[name](self.probabilities[picked], self.truth[picked], self.chosen[picked])
            )
        low, high = np.nanpercentile(drawn, (2.5, 97.5))
        return Estimate(*(round(float(v), 4) for v in (self.value(name), low, high)))

    def share(self, right: NDArray[np.bool_]) -> Estimate:
        """Return the share of True with Wilson's interval."""
        return wilson(int(right.sum()), len(right))

    def confusion(self) -> Numbers:
        """Return counts, shape (truth, chosen)."""
        table = np.zeros((len(self.labels), len(self.labels)), dtype=np.int64)
        np.add.at(table, (self.truth, self.chosen), 1)
        return table

    def sensitivity(self, label: int) -> Estimate:
        """Return the share of pictures of a label that are called so."""
        return self.share((self.chosen == label)[self.truth == label])

    def specificity(self, label: int) -> Estimate:
        """Return the share of other pictures that are not called so."""
        return self.share((self.chosen != label)[self.truth != label])


def figures(
    probabilities: Table, truth: Sequence[int] | Numbers, labels: Sequence[str],
    chosen: Numbers | None = None,
) -> Figures:  # fmt: skip
    """Return the figures; without `chosen`, the most probable label is."""
    said = probabilities.argmax(1) if chosen is None else chosen
    return Figures(probabilities, np.asarray(truth, dtype=np.int64), said, tuple(labels))


def wilson(hits: int, n: int) -> Estimate:
    """Return hits / n with its 95 % interval; 0 to 1 where n is 0.

    >>> wilson(9, 10)
    Estimate(value=0.9, low=0.5958, high=0.9821)
    """
    if n == 0:
        return Estimate(float("nan"), 0.0, 1.0)
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(round(share, 4), round(low, 4), round(high, 4))


def accuracy(_: Table, truth: Numbers, chosen: Numbers) -> float:
    """Return the share of pictures whose label was chosen."""
    return float((truth == chosen).mean())


def balanced_accuracy(_: Table, truth: Numbers, chosen: Numbers) -> float:
    """Return the mean sensitivity over the labels that occur."""
    return float(np.mean([(chosen == label)[truth == label].mean() for label in np.unique(truth)]))


def auc(probabilities: Table, truth: Numbers, _: Numbers) -> float:
    """Return the area under the curve; the mean of one-against-the-rest where there are more."""
    occurring = np.unique(truth)
    if len(occurring) < 2:
        return float("nan")
    one_way = occurring[-1:] if probabilities.shape[1] == 2 else occurring
    return float(np.mean([_area(probabilities[:, k], truth == k) for k in one_way]))


def _area(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Return the share of pairs in the right order, ties half (Hanley and McNeil 1982)."""
    ranks, count = rankdata(scores), int(positive.sum())
    above = ranks[positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(scores) - count)))


def ece(probabilities: Table, truth: Numbers, _: Numbers) -> float:
    """Return the calibration error of the most probable label, 15 bins (Guo et al. 2017)."""
    return expected_calibration_error(probabilities.max(1), probabilities.argmax(1) == truth)


def brier_score(probabilities: Table, truth: Numbers, _: Numbers) -> float:
    """Return the mean squared distance to the truth, over all labels (Brier 1950)."""
    return brier(probabilities, truth)


def likelihood(probabilities: Table, truth: Numbers, _: Numbers) -> float:
    """Return the geometric mean of the probability that the truth was given."""
    given = probabilities[np.arange(len(truth)), truth]
    return float(np.exp(np.log(given.clip(1e-9)).mean()))


_FIGURES: dict[str, Callable[[Table, Numbers, Numbers], float]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "auc": auc,
    "ece": ece,
    "brier": brier_score,
    "likelihood": likelihood,
}


def _groups(groups: Sequence[str] | None, n: int) -> list[Numbers]:
    """Return the rows of each group."""
    if groups is None:
        return [np.array([i]) for i in range(n)]
    members: dict[str, list[int]] = {}
    for at, group in enumerate(groups):
        members.setdefault(group, []).append(at)
    return [np.array(rows) for rows in members.values()]
