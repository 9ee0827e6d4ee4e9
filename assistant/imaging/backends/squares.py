"""From a picture to the square of numbers that a network takes."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from assistant.records.picture import Heat, Picture

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def grey_square(picture: Picture, side: int) -> Tensor:
    """Return the middle square as grey, shape (1, 1, side, side), in [0, 255]."""
    grey = torch.from_numpy(picture.pixels.astype(np.float32).mean(axis=2))
    height, width = grey.shape
    size = min(height, width)
    top, left = (height - size) // 2, (width - size) // 2
    middle = grey[top : top + size, left : left + size][None, None]
    return torch.nn.functional.interpolate(
        middle, size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )


def uncropped(map_of_square: Tensor, picture: Picture) -> Heat:
    """Return a map of the middle square laid over the whole picture, 0 to 1, 0 outside of it."""
    height, width = picture.pixels.shape[:2]
    size = min(height, width)
    top, left = (height - size) // 2, (width - size) // 2
    grown = torch.nn.functional.interpolate(
        map_of_square[None, None], size=(size, size), mode="bilinear", align_corners=False
    )[0, 0].clamp(min=0)
    heat = np.zeros((height, width), dtype=np.float32)
    heat[top : top + size, left : left + size] = (grown / grown.max().clamp(min=1e-6)).numpy()
    return heat


def colour_square(
    picture: Picture, size: tuple[int, int], crop: float, interpolation: str
) -> Tensor:
    """Return a picture resized on its shorter side to size / crop and cropped, in [0, 1].

    `size` is (height, width); the shape is (3, height, width).
    """
    image = Image.fromarray(picture.pixels)
    scale = max(size[0] / image.height, size[1] / image.width) / crop
    grown = (max(size[1], round(image.width * scale)), max(size[0], round(image.height * scale)))
    image = image.resize(grown, _FILTERS.get(interpolation, Image.Resampling.BICUBIC))
    left, top = (image.width - size[1]) // 2, (image.height - size[0]) // 2
    image = image.crop((left, top, left + size[1], top + size[0]))
    return torch.from_numpy(np.asarray(image, dtype=np.float32) / 255).permute(2, 0, 1)
