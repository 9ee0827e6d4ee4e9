"""Changes to pictures for the gate: what keeps their kind, and what makes nothing of them.

`changed` gives the same kind as another source might show it. `spoilt` gives pictures that have the
colours, edges and smoothness of medical ones and are none: a gate that knows them does not take
every dark picture with soft edges for a scan.
"""

import io

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter, ImageOps

from assistant.records.picture import Modality, Pixels

_SMALLEST, _LARGEST = 28, 512  # pixels a side that a picture may have been shrunk to
_TURNED = frozenset({
    Modality.BRAIN_MRI, Modality.HEAD_CT, Modality.CHEST_CT, Modality.ABDOMINAL_CT,
    Modality.BREAST_MRI, Modality.HAND_XRAY, Modality.DERMOSCOPY,
})  # fmt: skip
_ENOUGH = 640  # pixels a side: larger ones are shrunk before they are changed, for speed


def changed(pixels: Pixels, kind: str, dice: Generator) -> Pixels:
    """Return the picture as another source might show it: cut, turned, tinted, pressed."""
    image = Image.fromarray(pixels)
    image.thumbnail((_ENOUGH, _ENOUGH), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if kind in _TURNED and dice.random() < 0.5:
        image = image.rotate(float(dice.choice([90, 180, 270, dice.uniform(-20, 20)])), expand=True)
    if dice.random() < 0.5:
        image = ImageOps.mirror(image)
    if dice.random() < 0.6:
        image = _cut(image, dice)
    if dice.random() < 0.25:
        image = ImageOps.expand(
            image, int(dice.uniform(0.02, 0.15) * max(image.size)), _ground(dice)
        )
    values = np.asarray(image).astype(np.float32) / 255
    if dice.random() < 0.7:
        values = np.clip(values, 0, 1) ** float(np.exp(dice.uniform(-0.5, 0.5)))
        values = (
            (values - 0.5) * float(dice.uniform(0.6, 1.4)) + 0.5 + float(dice.uniform(-0.1, 0.1))
        )
    if dice.random() < 0.2:
        values = values * dice.uniform(0.85, 1.1, 3).astype(np.float32)
    image = Image.fromarray(np.clip(values * 255, 0, 255).astype(np.uint8))
    if dice.random() < 0.2:
        image = ImageOps.grayscale(image).convert("RGB")
    if dice.random() < 0.5:
        side = int(np.exp(dice.uniform(np.log(_SMALLEST), np.log(_LARGEST))))
        image = image.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if dice.random() < 0.4:
        image = _pressed(image, int(dice.integers(15, 80)))
    return np.asarray(image)


def spoilt(pixels: Pixels, other: Pixels, dice: Generator) -> Pixels:
    """Return what is no picture of any kind any more; `other` is a picture to mix in."""
    image, second = (_square(one) for one in (pixels, other))
    kind = int(dice.integers(0, 6))
    if kind == 0:
        return _jumbled(image, int(dice.integers(3, 9)), dice)
    if kind == 1:
        return _jumbled(np.maximum(image, second), int(dice.integers(2, 5)), dice)
    if kind == 2:  # the same spectrum, every phase moved
        wave = np.fft.fft2(image.astype(np.float64), axes=(0, 1))
        turn = np.exp(1j * np.angle(np.fft.fft2(dice.normal(size=image.shape[:2]))))[..., None]
        mixed = np.fft.ifft2(wave * turn, axes=(0, 1)).real
        return np.asarray(np.clip(mixed - mixed.mean() + image.mean(), 0, 255).astype(np.uint8))
    if kind == 3:  # colours that no scan has
        steps = dice.integers(0, 256, (int(dice.integers(3, 9)), 3)).astype(np.float64)
        grey = image.mean(2)
        at = np.linspace(0, 255, len(steps))
        bands = [np.interp(grey, at, steps[:, band]) for band in range(3)]
        return np.asarray(np.stack(bands, 2).astype(np.uint8))
    if kind == 4:  # a grid of small ones, as on a contact sheet
        count = int(dice.integers(2, 5))
        tile = np.asarray(Image.fromarray(image).resize((160 // count,) * 2))
        more = np.asarray(Image.fromarray(second).resize((160 // count,) * 2))
        rows = [
            np.concatenate([tile if dice.random() < 0.5 else more for _ in range(count)], 1)
            for _ in range(count)
        ]
        return np.concatenate(rows)
    blurred = Image.fromarray(image).filter(ImageFilter.GaussianBlur(float(dice.uniform(9, 25))))
    return np.asarray(blurred)


def _square(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((160, 160), reducing_gap=2.0))


def _jumbled(image: Pixels, count: int, dice: Generator) -> Pixels:
    """Return the picture with `count` x `count` of its pieces in another order."""
    side = len(image) // count
    pieces = [
        image[row * side : (row + 1) * side, column * side : (column + 1) * side]
        for row in range(count)
        for column in range(count)
    ]
    order = dice.permutation(len(pieces))
    rows = [
        np.concatenate([pieces[at] for at in order[row * count : (row + 1) * count]], 1)
        for row in range(count)
    ]
    return np.concatenate(rows)


def _cut(image: Image.Image, dice: Generator) -> Image.Image:
    wide, high = image.size
    across, down = (max(8, int(side * dice.uniform(0.75, 1.0))) for side in image.size)
    left = int(dice.integers(0, max(1, wide - across)))
    top = int(dice.integers(0, max(1, high - down)))
    return image.crop((left, top, left + across, top + down))


def _ground(dice: Generator) -> tuple[int, int, int]:
    level = int(dice.choice([0, 0, 0, 128, 255]))
    return level, level, level


def _pressed(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "jpeg", quality=quality)
    return Image.open(stream).convert("RGB")
