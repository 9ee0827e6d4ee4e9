"""From a picture to what a network is shown; training and serving share this, to the last bit."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from assistant.records.picture import Pixels

Fit = Literal["squash", "pad"]
Normalise = Literal["none", "standard"]  # "standard": see `standardised`
STANDARD_SPREAD = 55.0
_MIDDLE, _SPREAD = 127.0, 128.0  # what the weights of Lite0 were made with


def resized(pixels: Pixels, size: int, fit: Fit = "squash", grey: bool = False) -> Pixels:
    """Return the picture as a square of `size` pixels, shape (size, size, 3).

    "squash" changes the proportions and keeps everything; "pad" keeps the proportions and fills the
    rest with black. `grey` takes the colours out: X-rays come tinted, and a tint must say nothing.
    """
    image = Image.fromarray(pixels)
    if grey:
        image = image.convert("L").convert("RGB")
    if fit == "squash":
        return np.asarray(_scaled(image, size, size))
    scale = size / max(image.size)
    wide, high = (max(1, round(side * scale)) for side in image.size)
    square = Image.new("RGB", (size, size))
    square.paste(_scaled(image, wide, high), ((size - wide) // 2, (size - high) // 2))
    return np.asarray(square)


def standardised(pixels: Pixels) -> Pixels:
    """Return the picture with a mean of 127 and a standard deviation of 55 levels, clipped.

    How bright and how hard a picture is says which device and which year, not who is ill.
    """
    levels = pixels.astype(np.float32)
    spread = max(float(levels.std()), 1.0)
    moved = (levels - float(levels.mean())) / spread * STANDARD_SPREAD + _MIDDLE
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)


def _scaled(image: Image.Image, wide: int, high: int) -> Image.Image:
    if image.size == (wide, high):
        return image
    return image.resize((wide, high), Image.Resampling.BILINEAR, reducing_gap=2.0)


def coarse(pixels: Pixels, small: int, size: int) -> Pixels:
    """Return the picture squeezed through `small` pixels a side, then brought to `size`.

    Sources differ in resolution: what is left after this tells the kinds apart by what they show.
    """
    return resized(resized(pixels, small), size)


def tensor(pixels: Sequence[Pixels] | NDArray[np.uint8]) -> Tensor:
    """Return squares of one size as numbers about 0, shape (batch, 3, size, size)."""
    stacked = torch.from_numpy(np.stack(list(pixels))).permute(0, 3, 1, 2)
    return ((stacked.float() - _MIDDLE) / _SPREAD).contiguous(memory_format=torch.channels_last)
