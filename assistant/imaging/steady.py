"""Does an answer hold when the picture is changed as little as a camera would?

A picture is mirrored, cut closer, made lighter and darker. What it shows is the same; a model whose
answer changes saw something else in it. So an unsteady answer is no answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.records.picture import Pixels

Probabilities = NDArray[np.float64]
_CLOSER = 0.05  # cut from each side
_LIGHT = 0.12  # share by which brightness moves


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How far each label's probability moved, and whether the answer stayed the same."""

    moved: tuple[float, ...]  # most, for each label
    agreeing: float  # share of the changed pictures with the same first label


def mirrored(pixels: Pixels) -> Pixels:
    """Return the picture, left and right exchanged."""
    return np.ascontiguousarray(pixels[:, ::-1])


def closer(pixels: Pixels) -> Pixels:
    """Return the picture without a thin frame."""
    high, wide = (max(1, int(side * _CLOSER)) for side in pixels.shape[:2])
    if min(pixels.shape[:2]) < 8:
        return pixels
    return np.ascontiguousarray(pixels[high:-high, wide:-wide])


def lighter(pixels: Pixels) -> Pixels:
    """Return the picture, brighter by a little."""
    return _times(pixels, 1 + _LIGHT)


def darker(pixels: Pixels) -> Pixels:
    """Return the picture, darker by a little."""
    return _times(pixels, 1 - _LIGHT)


CHANGES: tuple[Callable[[Pixels], Pixels], ...] = (mirrored, closer, lighter, darker)


def steadiness(plain: Probabilities, changed: Probabilities) -> Steadiness:
    """Compare probabilities, shape (labels,), with those under changes, (changes, labels).

    >>> steadiness(np.array([0.75, 0.25]), np.array([[0.5, 0.5], [0.25, 0.75]]))
    Steadiness(moved=(0.5, 0.5), agreeing=0.5)
    """
    moved = np.abs(changed - plain).max(axis=0)
    same = changed.argmax(axis=1) == plain.argmax()
    return Steadiness(tuple(moved.tolist()), float(same.mean()))


def _times(pixels: Pixels, factor: float) -> Pixels:
    table = np.clip(np.arange(256) * factor + 0.5, 0, 255).astype(np.uint8)
    changed: Pixels = table[pixels]
    return changed
