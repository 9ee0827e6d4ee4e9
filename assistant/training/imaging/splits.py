"""Folds that do not leak: what belongs together stays together, and near-copies are found.

Near-copies are found by a difference hash (neighbouring pixels of the picture at 17 by 16, 256
bits; N. Krawetz's dHash): two pictures whose hashes differ in few bits are one cluster. The same
picture under two labels says nothing and is dropped.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.errors import InvalidInputError
from assistant.records.picture import Pixels

NEAR = 20  # of 256 bits
_SAME = 4  # bits: the same picture, saved twice
_SIDE = 16


@dataclass(frozen=True, slots=True)
class Sides:
    """Which fold each picture is in; `dropped` are left out of all."""

    folds: NDArray[np.int64]  # -1: dropped
    groups: tuple[str, ...]
    dropped: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many folds there are."""
        return int(self.folds.max()) + 1

    def overlap(self) -> int:
        """Return how many groups stand in more than one fold; 0 where nothing leaks."""
        seen: dict[str, set[int]] = defaultdict(set)
        for group, fold in zip(self.groups, self.folds.tolist(), strict=True):
            if fold >= 0:
                seen[group].add(fold)
        return sum(len(folds) > 1 for folds in seen.values())


def hashed(pixels: Pixels) -> NDArray[np.bool_]:
    """Return the difference hash of a picture, shape (256,)."""
    grey = Image.fromarray(pixels).convert("L")
    small = grey.resize((_SIDE + 1, _SIDE), Image.Resampling.BILINEAR)
    table = np.asarray(small, dtype=np.int16)
    bits: NDArray[np.bool_] = table[:, 1:] > table[:, :-1]
    return bits.ravel()


def distances(hashes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return in how many bits each two hashes differ, shape (n, n)."""
    signs = np.where(hashes, 1, -1).astype(np.float32)
    apart: NDArray[np.int64] = np.rint((hashes.shape[1] - signs @ signs.T) / 2).astype(np.int64)
    return apart


def clusters(hashes: NDArray[np.bool_], near: int = NEAR) -> list[int]:
    """Return a cluster for each picture: chains of near-copies are one."""
    apart = distances(hashes)
    of = list(range(len(apart)))

    def root(at: int) -> int:
        while of[at] != at:
            at = of[at]
        return at

    for one, other in zip(*np.nonzero(np.triu(apart <= near, 1)), strict=True):
        first, second = sorted((root(int(one)), root(int(other))))
        of[second] = first
    return [root(at) for at in range(len(of))]


def contradictory(hashes: NDArray[np.bool_], labels: Sequence[str]) -> tuple[int, ...]:
    """Return the pictures that stand under two labels."""
    apart = distances(hashes)
    names = np.array(labels)
    bad = (apart <= _SAME) & (names[:, None] != names[None, :])
    return tuple(int(at) for at in np.nonzero(bad.any(1))[0])


def by_column(values: Sequence[str], groups: Sequence[str]) -> Sides:
    """Return the folds that a set itself gives, in the order of their names."""
    names = sorted(set(values))
    if len(names) < 2:
        raise InvalidInputError("The set gives fewer than two folds.")
    at = {name: i for i, name in enumerate(names)}
    return checked(Sides(np.array([at[v] for v in values]), tuple(groups)))


def by_group(
    labels: Sequence[str], groups: Sequence[str], folds: int, seed: int,
    dropped: Sequence[int] = (),
) -> Sides:  # fmt: skip
    """Return folds of whole groups with like shares of each label.

    The largest groups go first, each to the fold that has the least of its labels (as in
    scikit-learn's StratifiedGroupKFold). Raises InvalidInputError for fewer groups than folds.
    """
    out = set(dropped)
    members: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if at not in out:
            members[group].append(at)
    if len(members) < folds:
        raise InvalidInputError(f"{folds} folds need that many groups; there are {len(members)}.")
    names = sorted(set(labels))
    number = {name: i for i, name in enumerate(names)}
    counts = _counts(members, labels, number)
    total = np.maximum(sum(counts.values()), 1)
    dice = np.random.default_rng(seed)
    order = [sorted(members)[i] for i in dice.permutation(len(members))]
    order.sort(key=lambda group: -len(members[group]))
    held = np.zeros((folds, len(names)))
    placed = np.full(len(labels), -1)
    for group in order:
        cost = [(held[fold] / total) @ counts[group] for fold in range(folds)]
        fold = min(range(folds), key=lambda f: (round(cost[f], 9), held[f].sum()))
        held[fold] += counts[group]
        placed[members[group]] = fold
    return checked(Sides(placed, tuple(groups), tuple(sorted(out))))


def _counts(
    members: Mapping[str, Sequence[int]], labels: Sequence[str], number: Mapping[str, int]
) -> dict[str, NDArray[np.float64]]:
    counts = {group: np.zeros(len(number)) for group in members}
    for group, rows in members.items():
        for at in rows:
            counts[group][number[labels[at]]] += 1
    return counts


def checked(sides: Sides) -> Sides:
    """Return `sides`; a ValueError where a group stands on two of them."""
    if leaking := sides.overlap():
        raise ValueError(f"{leaking} group(s) stand in more than one fold")
    return sides
