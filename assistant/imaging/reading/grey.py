"""From stored values to eight bits of grey, through a window."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

Values = NDArray[np.float32]
_SAMPLED = 250_000  # values from which percentiles are taken


def robust_window(values: Values) -> tuple[float, float]:
    """Return (centre, width) from the 0.5th to the 99.5th percentile, of values that are finite."""
    flat = values.reshape(-1)
    flat = flat[:: max(1, len(flat) // _SAMPLED)]
    flat = flat[np.isfinite(flat)]
    if not len(flat):
        return 0.5, 1.0
    low, high = (float(x) for x in np.percentile(flat, (0.5, 99.5)))
    if high <= low:
        low, high = float(flat.min()), float(flat.max())
    return (low + high) / 2, max(high - low, 1e-6)


def shown(values: Values, window: tuple[float, float]) -> NDArray[np.uint8]:
    """Return grey values 0 to 255 by the exact linear window; what is not a number is black.

    DICOM PS3.3 C.11.2.1.3.2 (LINEAR_EXACT).
    """
    centre, width = window
    scaled = np.subtract(values, np.float32(centre - width / 2), dtype=np.float32)
    scaled *= np.float32(255.0 / width)
    np.nan_to_num(scaled, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    np.clip(scaled, 0.0, 255.0, out=scaled)
    return (scaled + np.float32(0.5)).astype(np.uint8)


def by_function(values: Values, window: tuple[float, float], function: str) -> NDArray[np.uint8]:
    """Return grey by a VOI LUT function: "LINEAR" (also for ""), "LINEAR_EXACT" or "SIGMOID".

    DICOM PS3.3 C.11.2.1.2.1 and C.11.2.1.3.
    """
    centre, width = window
    if function == "SIGMOID":
        power = np.clip(np.nan_to_num(-4.0 * (values - centre) / width), -80.0, 80.0)
        grey = np.where(np.isnan(values), 0.0, 255.0 / (1.0 + np.exp(power)))
        return (grey + 0.5).astype(np.uint8)
    if function != "LINEAR_EXACT":  # LINEAR counts from the middle of the first grey value
        centre, width = centre - 0.5, max(width - 1.0, 1e-3)
    return shown(values, (centre, width))


def by_table(values: Values, item: Dataset) -> NDArray[np.uint8] | None:
    """Return grey by one item of a VOI LUT sequence; None where the table is not whole.

    DICOM PS3.3 C.11.2.1.1: entries, the value of the first, bits an entry. Entries of 8 bits stand
    one or two bytes apart, by the manufacturer.
    """
    entries, first, bits = (int(x) for x in item.LUTDescriptor)
    entries = entries or 65_536
    data = item.LUTData
    if isinstance(data, bytes):
        narrow = bits <= 8 and len(data) in (entries, entries + 1)
        table = np.frombuffer(data, np.uint8 if narrow else "<u2")
    else:
        table = np.atleast_1d(np.asarray(data))
    if len(table) < entries or not 1 <= bits <= 16:
        return None
    index = np.clip(np.nan_to_num(values, nan=first) - first, 0, entries - 1).astype(np.int64)
    grey = table[index].astype(np.float32) * np.float32(255.0 / (2**bits - 1))
    rounded: NDArray[np.uint8] = np.clip(grey + np.float32(0.5), 0.0, 255.0).astype(np.uint8)
    return rounded
