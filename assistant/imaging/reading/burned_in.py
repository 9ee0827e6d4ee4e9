"""A small detector of words burned into a picture: it counts, it does not read.

Letters of one line are marks of like height, one beside the other, drawn in one even grey that
stands out from what is around. It finds lines of at least five such marks, 6 to 48 pixels high; it
misses single letters, handwriting, slanted or very small words and Chinese of few characters.
How often it is right is measured in `docs/imaging-files.md`; silence is no promise.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from assistant.records.picture import Pixels

LEAST_MARKS = 5  # in one line
_LOW, _HIGH = 6, 48  # pixels
_CONTRASTS = (70.0, 40.0)  # grey levels above or below what is around, tried in turn
_EVEN = 60.0  # standard deviation of the grey within a mark, its soft rim included
_ALIKE = 40.0  # grey levels between the means of two letters of a line
_MOST_MARKS = 3_000
_LARGEST = 1_600  # pixels of the longer side that are looked at

Boxes = NDArray[np.float64]  # (marks, 5): top, bottom, left, right, mean grey


def has_text(pixels: Pixels) -> bool:
    """Whether there seems to be at least one line of words or numbers."""
    step = max(1, -(-max(pixels.shape[:2]) // _LARGEST))
    grey = pixels[::step, ::step].mean(axis=2, dtype=np.float32)
    out = grey - ndimage.uniform_filter(grey, 31)
    masks = (sign * out > contrast for contrast in _CONTRASTS for sign in (1, -1))
    return any(_has_line(_marks(mask, grey)) for mask in masks)


def _marks(mask: NDArray[np.bool_], grey: NDArray[np.float32]) -> Boxes:
    """Return the boxes of marks that could be letters."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return np.empty((0, 5))
    boxes = np.array(
        [(s[0].start, s[0].stop, s[1].start, s[1].stop) for s in ndimage.find_objects(labels)],
        float,
    )
    high, wide = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
    inside, values = labels[mask], grey[mask].astype(float)
    size, total = np.bincount(inside)[1:], np.bincount(inside, values)[1:]
    mean = total / size
    spread = np.sqrt(np.maximum(np.bincount(inside, values**2)[1:] / size - mean**2, 0.0))
    filled = size / (high * wide)
    fits = (high >= _LOW) & (high <= _HIGH) & (wide <= 1.6 * high)
    fits &= (filled > 0.12) & ((filled < 0.9) | (wide < 0.4 * high)) & (spread < _EVEN)
    marks: Boxes = np.column_stack((boxes, mean))[fits][:_MOST_MARKS]
    return marks


def _has_line(boxes: Boxes) -> bool:
    """Whether enough marks stand side by side, of like height and on one line."""
    boxes = boxes[np.argsort(boxes[:, 2])]
    length = np.ones(len(boxes), int)  # marks of the line that ends at this one
    for i, (top, bottom, left, _, mean) in enumerate(boxes):
        before = boxes[:i]
        high = bottom - top
        gap = left - before[:, 3]
        near = (gap > -0.2 * high) & (gap < 1.2 * high)
        near &= np.abs(before[:, 1] - bottom) < 0.25 * high
        near &= np.abs(before[:, 1] - before[:, 0] - high) < 0.35 * high
        near &= np.abs(before[:, 4] - mean) < _ALIKE
        if near.any():
            length[i] = 1 + length[:i][near].max()
            if length[i] >= LEAST_MARKS:
                return True
    return False
