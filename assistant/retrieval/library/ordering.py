"""The order in which every index names rows: by score, ties by row."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]


def in_order(scores: Floats, rows: Rows) -> tuple[Floats, Rows]:
    """Order by falling score, ties (to a millionth) by row; what is not there is row -1, last.

    Both have the shape (queries, found). Devices add numbers in different orders, so scores closer
    than a millionth count as equal.
    """
    rows = np.where(np.isfinite(scores), rows, -1)
    keys = np.lexsort((rows, -np.round(scores.astype(np.float64), 6)), axis=1)
    return np.take_along_axis(scores, keys, 1), np.take_along_axis(rows, keys, 1)
