"""Copies of one set in another: PneumoniaMNIST is made of the X-rays of the larger set.

Its pictures are 28 by 28 pixels, cut from the middle of the originals, whose proportions differ;
those at hand were squeezed to squares. So a picture is compared with the middles of the others, cut
at several widths, and the most alike is its original: its person, and so its fold, is that one's.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.records.picture import Pixels

SIDE = 28
_WIDTHS = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0)
_AT_ONCE = 1024


def crops(pixels: Pixels) -> NDArray[np.float32]:
    """Return the middle of a picture at each width, grey, shape (widths, 784), mean 0, length 1."""
    grey = Image.fromarray(pixels).convert("L")
    wide, high = grey.size
    found = []
    for width in _WIDTHS if wide > SIDE else (1.0,):
        left = (wide - round(wide * width)) // 2
        small = grey.crop((left, 0, wide - left, high)).resize(
            (SIDE, SIDE), Image.Resampling.BICUBIC
        )
        values = np.asarray(small, dtype=np.float32).ravel()
        values = values - values.mean()
        found.append(values / max(float(np.linalg.norm(values)), 1e-6))
    return np.stack(found)


def matched(small: Sequence[NDArray[np.float32]], sources: Sequence[str]) -> dict[int, int]:
    """Return, for each picture that is not of the first set, the most alike picture of it."""
    first = [at for at, name in enumerate(sources) if name == sources[0]]
    others = [at for at, name in enumerate(sources) if name != sources[0]]
    if not others:
        return {}
    best = np.full(len(others), -2.0, dtype=np.float32)
    twin = np.zeros(len(others), dtype=np.int64)
    mine = np.stack([small[at][-1] for at in others])
    for width in range(len(small[first[0]])):
        theirs = np.stack([small[at][min(width, len(small[at]) - 1)] for at in first]).T
        for at in range(0, len(mine), _AT_ONCE):
            alike = mine[at : at + _AT_ONCE] @ theirs
            part = slice(at, at + len(alike))
            better = alike.max(1) > best[part]
            best[part] = np.where(better, alike.max(1), best[part])
            twin[part] = np.where(better, alike.argmax(1), twin[part])
    return {at: first[int(one)] for at, one in zip(others, twin, strict=True)}
