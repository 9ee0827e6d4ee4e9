"""Metrics of a diagnosis: how often the truth is among the first k, and how sure one may be."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


class Share(NamedTuple):
    """A proportion with its 95 % interval; `n` cases, `hits` of them counted."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The proportion itself."""
        return self.hits / self.n


def wilson(hits: int, n: int) -> Share:
    """Return hits / n with its Wilson 95 % interval (Wilson, J Am Stat Assoc 1927; 22: 209).

    Raises ValueError where there is no case: a share of nothing is not 0.

    >>> share = wilson(45, 50)
    >>> round(share.value, 2), round(share.low, 3), round(share.high, 3)
    (0.9, 0.786, 0.957)
    """
    if not 0 <= hits <= n or n == 0:
        raise ValueError("a share needs at least one case and 0 <= hits <= n")
    p, z2 = hits / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if hits == 0 else centre - half  # exact at the ends, where rounding would show
    return Share(hits, n, low, 1.0 if hits == n else centre + half)


def top_k_accuracy(ranks: Sequence[int | None], k: int) -> Share:
    """Return the share of cases whose truth stands at rank k or better (1 is the first place).

    A rank of None, "not in the list at all", counts as a miss.

    >>> top_k_accuracy([1, 3, None, 2], 2)[:2]
    (2, 4)
    """
    return wilson(sum(rank is not None and rank <= k for rank in ranks), len(ranks))


def expected_calibration_error(
    probabilities: Sequence[float], correct: Sequence[bool], bins: int = 10
) -> float:
    """Return the mean gap between what was believed and what came true, by equal-width bins.

    Each bin counts by its share of the cases (Guo et al., ICML 2017). Raises ValueError on none.

    >>> round(expected_calibration_error([0.9, 0.9, 0.1, 0.1], [True, False, False, False]), 3)
    0.25
    """
    pairs = list(zip(probabilities, correct, strict=True))
    if not pairs:
        raise ValueError("expected_calibration_error needs at least one case")
    gap = 0.0
    for b in range(bins):
        inside = [(p, c) for p, c in pairs if min(int(p * bins), bins - 1) == b]
        gap += abs(sum(p for p, _ in inside) - sum(c for _, c in inside))
    return gap / len(pairs)


def reliability(
    probabilities: Sequence[float], correct: Sequence[bool], bins: int = 10
) -> list[tuple[float, int, float, float]]:
    """Return the points of a reliability diagram: lower bound, cases, mean belief, share right.

    Bins without a case are left out (DeGroot and Fienberg, The Statistician 1983; 32: 12).

    >>> reliability([0.92, 0.98, 0.15], [True, False, False])
    [(0.1, 1, 0.15, 0.0), (0.9, 2, 0.95, 0.5)]
    """
    points = []
    pairs = list(zip(probabilities, correct, strict=True))
    for b in range(bins):
        inside = [(p, c) for p, c in pairs if min(int(p * bins), bins - 1) == b]
        if inside:
            n = len(inside)
            belief, right = sum(p for p, _ in inside) / n, sum(c for _, c in inside) / n
            points.append((b / bins, n, round(belief, 4), right))
    return points
