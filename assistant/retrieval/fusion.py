"""Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

K = 60  # as in the paper
T = TypeVar("T", bound=Hashable)


def fused(
    rankings: Sequence[Sequence[T]], weights: Sequence[float] | None = None, k: int = K
) -> list[tuple[T, float]]:
    """Return everything in `rankings` by Σ weight / (k + rank); ties in order of appearance.

    >>> fused([["a", "b"], ["b", "c"]])[0][0]
    'b'
    """
    scores: dict[T, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
