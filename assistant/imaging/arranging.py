"""A picture as the patient arranged it before it was sent: turned by quarters, then cropped."""

from dataclasses import dataclass, replace

import numpy as np

from assistant.errors import InvalidRecordError
from assistant.records.picture import Picture

_LEAST = 8  # pixels of a side that are left at the least
_SLIP = 1e-6  # what arithmetic in a browser may lose


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Quarter turns clockwise, then the part that is kept, in shares of the turned picture."""

    turns: int = 0  # 0 to 3
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)  # left, top, width, height

    def __post_init__(self) -> None:
        if not 0 <= self.turns <= 3:
            raise InvalidRecordError("turns", "a whole number from 0 to 3")
        starts, sides = self.part[:2], self.part[2:]
        fits = all(-_SLIP <= s < 1 for s in starts) and all(0 < s <= 1 + _SLIP for s in sides)
        if not fits:
            raise InvalidRecordError("part", "four shares of the picture, from 0 to 1")


def arranged(picture: Picture, arrangement: Arrangement) -> Picture:
    """Return the picture turned and cropped; a part that leaves the picture ends at its edge."""
    pixels = np.rot90(picture.pixels, -arrangement.turns)
    height, width = pixels.shape[:2]
    left, top, wide, high = arrangement.part
    rows, columns = _span(top, high, height), _span(left, wide, width)
    return replace(picture, pixels=np.ascontiguousarray(pixels[rows, columns]))


def _span(start: float, share: float, length: int) -> slice:
    """Return the pixels of a share of a side, at least `_LEAST` of them where there are as many."""
    low = min(max(0, round(start * length)), max(0, length - _LEAST))
    high = min(length, max(round((start + share) * length), low + _LEAST))
    return slice(low, high)
