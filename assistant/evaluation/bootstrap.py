"""Figures over texts with bootstrap intervals, and McNemar's test between two systems.

A text is the unit that is drawn: mentions of one text are no independent cases.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, isnan

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval (percentiles of the bootstrap)."""

    value: float
    low: float
    high: float


class Sums:
    """Counts over all texts (first entry), then over each resample; an unknown name counts 0."""

    def __init__(self, names: Mapping[str, int], table: Array) -> None:
        self._names, self._table = names, table

    def __getitem__(self, name: str) -> Array:
        """Return the sums of one count, shape (1 + rounds,)."""
        at = self._names.get(name)
        return np.zeros(len(self._table)) if at is None else self._table[:, at]

    def starting(self, prefix: str) -> list[str]:
        """Return what follows `prefix` in the names of the counts that begin with it, sorted."""
        return sorted(n.removeprefix(prefix) for n in self._names if n.startswith(prefix))


Figure = Callable[[Sums], Array]


def estimates(
    counts: Sequence[Mapping[str, float]],
    figures: Mapping[str, Figure],
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> dict[str, Estimate]:
    """Return each figure over `counts` (one mapping a text) with its 95 % interval.

    Texts are drawn with replacement, `rounds` times with a fixed seed (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993, chapter 13). A figure over nothing (0 / 0) is left out;
    resamples in which it is over nothing do not count. Raises ValueError where there is no text.

    >>> share = lambda sums: ratio(sums["right"], sums["n"])
    >>> estimates([{"right": 1, "n": 1}, {"n": 1}], {"accuracy": share})
    {'accuracy': Estimate(value=0.5, low=0.0, high=1.0)}
    """
    if not counts:
        raise ValueError("figures need at least one text")
    names = {name: i for i, name in enumerate(sorted({n for c in counts for n in c}))}
    table = np.zeros((len(counts), len(names)))
    for row, one in zip(table, counts, strict=True):
        for name, count in one.items():
            row[names[name]] = count
    sums = Sums(names, np.vstack([table.sum(0), _resampled(table, seed, rounds)]))
    found = {name: _estimate(figure(sums)) for name, figure in figures.items()}
    return {name: estimate for name, estimate in found.items() if not isnan(estimate.value)}


def _resampled(table: Array, seed: int, rounds: int) -> Array:
    """Return the sums of each resample, shape (rounds, counts)."""
    n = len(table)
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=rounds)
    return np.asarray(times @ table, dtype=np.float64)


def _estimate(values: Array) -> Estimate:
    drawn = values[1:][~np.isnan(values[1:])]
    low, high = np.percentile(drawn, (2.5, 97.5)) if len(drawn) else (np.nan, np.nan)
    return Estimate(*(round(float(v), 4) for v in (values[0], low, high)))


def ratio(part: Array, whole: Array) -> Array:
    """Return part / whole, not-a-number where the whole is 0."""
    out: Array = np.full(len(whole), np.nan)
    return np.divide(part, whole, out=out, where=whole > 0)


def precision(name: str) -> Figure:
    """Return the share of what was said that is right; counts `name.hit`, `.gold` and `.ours`."""
    return lambda sums: ratio(sums[f"{name}.hit"], sums[f"{name}.ours"])


def recall(name: str) -> Figure:
    """Return the share of what is true that was said."""
    return lambda sums: ratio(sums[f"{name}.hit"], sums[f"{name}.gold"])


def f1(name: str) -> Figure:
    """Return the harmonic mean of precision and recall, 2 hits / (gold + ours)."""
    return lambda sums: ratio(2 * sums[f"{name}.hit"], sums[f"{name}.gold"] + sums[f"{name}.ours"])


def micro_f1(names: Iterable[str]) -> Figure:
    """Return the F1 of all hits of several classes taken together."""
    every = list(names)

    def figure(sums: Sums) -> Array:
        hits, gold, ours = (
            np.sum([sums[f"{name}.{what}"] for name in every], axis=0)
            for what in ("hit", "gold", "ours")
        )
        return ratio(2 * hits, gold + ours)

    return figure


def macro_f1(names: Iterable[str]) -> Figure:
    """Return the mean F1 of the classes that are true of, or were said of, anything."""
    every = list(names)
    return lambda sums: mean([f1(name)(sums) for name in every])


def mean(rows: Sequence[Array]) -> Array:
    """Return the mean of several figures, those over nothing left out."""
    table = np.array(rows)
    return ratio(np.nansum(table, axis=0), np.sum(~np.isnan(table), axis=0).astype(np.float64))


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> tuple[int, int, float]:
    """Return in how many cases only the first, only the second is right, and the exact p.

    Two-sided exact binomial form (McNemar, Psychometrika 1947; 12: 153).

    >>> mcnemar([True] * 6, [False] * 6)
    (6, 0, 0.03125)
    """
    pairs = list(zip(first, second, strict=True))
    b = sum(one and not other for one, other in pairs)
    c = sum(other and not one for one, other in pairs)
    tail = sum(comb(b + c, k) for k in range(min(b, c) + 1))
    return b, c, min(1.0, 2 * tail / 2 ** (b + c))
