"""Pictures that are no medical ones, drawn by code: what people show by mistake.

Text pages, screens, logos, charts, gradients, noise, faces of a few shapes, and textures like those
of nature (`scenes.py` has more); some are grey, for X-rays are, and being grey must say nothing. A
few stand for medical pictures that no set at hand has: a heart's trace, stained tissue, a retina.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from assistant.records.picture import Pixels
from assistant.training.imaging import scenes
from assistant.training.imaging.scenes import clouds as _clouds

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPRSTUVW0123456789.,-"
_GREY = 0.4  # share of non-medical pictures without colour
Drawing = Callable[[Generator, int, int], Image.Image]


def non_medical(count: int, seed: int) -> list[Pixels]:
    """Return so many pictures, of all drawings in turn."""
    return _drawn(_OTHERS, count, seed, _GREY)


def other_medical(count: int, seed: int) -> list[Pixels]:
    """Return drawings of kinds of medical pictures that nothing here reads."""
    return _drawn(_MEDICAL, count, seed, 0.0)


def _drawn(drawings: tuple[Drawing, ...], count: int, seed: int, grey: float) -> list[Pixels]:
    found = []
    for at in range(count):
        dice = np.random.default_rng((seed, at))
        wide, high = (int(v) for v in dice.integers(110, 280, 2))
        picture = drawings[at % len(drawings)](dice, wide, high)
        if dice.random() < grey:
            picture = picture.convert("L")
        found.append(np.asarray(picture.convert("RGB")))
    return found


def _colour(dice: Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in dice.integers(low, high, 3))
    return red, green, blue


def _words(dice: Generator, letters: int) -> str:
    parts = []
    while letters > 0:
        size = int(dice.integers(1, 10))
        parts.append("".join(dice.choice(list(_LETTERS), size)))
        letters -= size + 1
    return " ".join(parts)


def _text(dice: Generator, wide: int, high: int) -> Image.Image:
    """A page of text, black on light or light on dark."""
    paper = _colour(dice, 225) if dice.random() < 0.75 else _colour(dice, 0, 40)
    ink = (20, 20, 25) if sum(paper) > 380 else (225, 225, 225)
    picture = Image.new("RGB", (wide, high), paper)
    pen, size = ImageDraw.Draw(picture), int(dice.integers(9, 22))
    font = ImageFont.load_default(size)
    for top in range(8, high - size, int(size * dice.uniform(1.2, 1.8))):
        if dice.random() < 0.9:
            pen.text((10, top), _words(dice, int(wide / size * 1.7)), ink, font=font)
    return picture


def _screen(dice: Generator, wide: int, high: int) -> Image.Image:
    """A window with bars, buttons and lines of text."""
    picture = Image.new("RGB", (wide, high), _colour(dice, 200))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, wide, high // 10), _colour(dice))
    pen.rectangle((0, high // 10, wide // 4, high), _colour(dice, 100))
    font = ImageFont.load_default(int(dice.integers(8, 14)))
    for _ in range(int(dice.integers(6, 22))):
        left, top = int(dice.integers(0, wide - 30)), int(dice.integers(high // 10, high - 15))
        if dice.random() < 0.5:
            size = tuple(int(v) for v in dice.integers(12, 90, 2))
            box = (left, top, left + size[0], top + size[1] // 3 + 6)
            pen.rounded_rectangle(box, 4, _colour(dice), outline=_colour(dice))
        else:
            pen.text((left, top), _words(dice, int(dice.integers(5, 30))), (30, 30, 30), font=font)
    return picture


def _logo(dice: Generator, wide: int, high: int) -> Image.Image:
    """A few flat shapes and a word on one colour."""
    picture = Image.new("RGB", (wide, high), _colour(dice))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(1, 5))):
        middle = dice.uniform(0.25, 0.75, 2) * (wide, high)
        half = dice.uniform(0.1, 0.4) * min(wide, high)
        box = (*(middle - half).tolist(), *(middle + half).tolist())
        kind = int(dice.integers(0, 4))
        if kind == 0:
            pen.ellipse(box, _colour(dice), outline=_colour(dice), width=int(dice.integers(1, 9)))
        elif kind == 1:
            pen.rectangle(box, _colour(dice))
        elif kind == 2:
            pen.regular_polygon((*middle.tolist(), half), int(dice.integers(3, 8)),
                                float(dice.uniform(0, 360)), _colour(dice))  # fmt: skip
        else:
            pen.pieslice(box, 0, int(dice.integers(40, 330)), _colour(dice))
    font = ImageFont.load_default(int(dice.integers(14, 60)))
    pen.text((wide * 0.2, high * 0.6), _words(dice, 6), _colour(dice), font=font)
    return picture


def _chart(dice: Generator, wide: int, high: int) -> Image.Image:
    """Axes with bars, lines or dots."""
    picture = Image.new("RGB", (wide, high), "white")
    pen = ImageDraw.Draw(picture)
    pen.line((25, 10, 25, high - 20, wide - 10, high - 20), "black", 2)
    count, kind = int(dice.integers(5, 30)), int(dice.integers(0, 3))
    across = np.linspace(35, wide - 20, count)
    for _ in range(1 if kind == 0 else int(dice.integers(1, 4))):
        ink, up = _colour(dice, 0, 200), high - 20 - dice.uniform(0.05, 0.9, count) * (high - 40)
        if kind == 0:
            for x, y in zip(across, up, strict=True):
                pen.rectangle((x - 4, y, x + 4, high - 20), ink)
        elif kind == 1:
            pen.line([(float(x), float(y)) for x, y in zip(across, up, strict=True)], ink, 2)
        else:
            for x, y in zip(dice.permutation(across), up, strict=True):
                pen.ellipse((x - 3, y - 3, x + 3, y + 3), ink)
    return picture


def _gradient(dice: Generator, wide: int, high: int) -> Image.Image:
    """One colour passing into another."""
    rows, columns = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    angle = dice.uniform(0, 2 * np.pi)
    part = (rows * np.sin(angle) + columns * np.cos(angle) + 1.5) / 3
    if dice.random() < 0.3:
        part = np.hypot(rows - 0.5, columns - 0.5) * 1.4
    first, second = np.array(_colour(dice)), np.array(_colour(dice))
    return _image(first + (second - first) * part[..., None])


def _noise(dice: Generator, wide: int, high: int) -> Image.Image:
    """Grains of any size."""
    coarse = int(dice.integers(1, 16))
    shape = (high // coarse + 1, wide // coarse + 1, 3)
    small = _image(dice.normal(dice.uniform(60, 190), dice.uniform(10, 90), shape))
    return small.resize((wide, high), Image.Resampling(int(dice.integers(0, 4))))


def _face(dice: Generator, wide: int, high: int) -> Image.Image:
    """An oval with eyes, mouth and hair before a blurred ground."""
    picture = _nature(dice, wide, high).filter(ImageFilter.GaussianBlur(5))
    pen = ImageDraw.Draw(picture)
    skin = np.array([235, 195, 165]) * dice.uniform(0.3, 1.0)
    middle, half = np.array([wide, high]) / 2, np.array([wide * 0.22, high * 0.34])
    hair = tuple(int(v) for v in skin * dice.uniform(0.1, 0.6))
    pen.ellipse((*(middle - half * 1.2).tolist(), *(middle + half).tolist()), hair)
    fill = tuple(int(v) for v in skin)
    pen.ellipse((*(middle - half).tolist(), *(middle + half).tolist()), fill)
    for side in (-1, 1):
        x, y = middle + half * (0.4 * side, -0.2)
        size = wide * 0.03
        pen.ellipse((x - size * 1.5, y - size, x + size * 1.5, y + size), "white")
        pen.ellipse((x - size * 0.7, y - size * 0.7, x + size * 0.7, y + size * 0.7), "black")
    x, y = middle + half * (0, 0.5)
    pen.arc((x - wide * 0.08, y - 8, x + wide * 0.08, y + 8), 0, 180, (150, 50, 50), 4)
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0, 1.5))))


def _nature(dice: Generator, wide: int, high: int) -> Image.Image:
    """Sky, ground and patches with the texture of nature."""
    power = dice.uniform(0.8, 1.8)
    light = _clouds(dice, wide, high, power)
    hue = np.stack([_clouds(dice, wide, high, power) for _ in range(3)], 2)
    base = np.array(_colour(dice, 50, 210))
    picture = base + 45 * light[..., None] + dice.uniform(0, 35) * hue
    line = int(high * dice.uniform(0.2, 0.8))
    picture[line:] += np.array(_colour(dice, 0, 120)) - 60
    return _image(picture)


def _things(dice: Generator, wide: int, high: int) -> Image.Image:
    """Rounded things with light and shadow, such as animals, fruit or cups, before a ground."""
    picture = np.asarray(_nature(dice, wide, high)).astype(np.float64)
    rows, columns = np.mgrid[0:high, 0:wide]
    for _ in range(int(dice.integers(1, 6))):
        top, left = dice.uniform(0.2, 0.8, 2) * (high, wide)
        a, b = dice.uniform(0.08, 0.35, 2) * min(high, wide)
        tilt = dice.uniform(0, np.pi)
        y = (rows - top) * np.cos(tilt) + (columns - left) * np.sin(tilt)
        x = (columns - left) * np.cos(tilt) - (rows - top) * np.sin(tilt)
        far = (y / a) ** 2 + (x / b) ** 2
        shade = 1.1 - 0.6 * np.hypot(y / a + 0.3, x / b + 0.3)
        grain = 1 + 0.15 * _clouds(dice, wide, high, 0.8)
        body = np.array(_colour(dice, 40)) * (shade * grain)[..., None]
        picture = np.where((far < 1)[..., None], body, picture)
    return _image(picture).filter(ImageFilter.GaussianBlur(float(dice.uniform(0, 1.2))))


def _trace(dice: Generator, wide: int, high: int) -> Image.Image:
    """A heart's trace on squared paper."""
    picture = Image.new("RGB", (wide, high), (255, 240, 240))
    pen = ImageDraw.Draw(picture)
    for at in range(0, max(wide, high), 8):
        ink = (240, 160, 160) if at % 40 == 0 else (250, 210, 210)
        pen.line((at, 0, at, high), ink)
        pen.line((0, at, wide, at), ink)
    for middle in np.linspace(0, high, int(dice.integers(2, 6)))[1:]:
        beat, x = float(dice.uniform(30, 70)), np.arange(wide)
        phase = (x % beat) / beat
        wave = 18 * np.exp(-(((phase - 0.5) / 0.02) ** 2)) + 4 * np.exp(
            -(((phase - 0.75) / 0.06) ** 2)
        )
        up = middle - 20 - wave + dice.normal(0, 0.7, wide)
        pen.line([(float(a), float(b)) for a, b in zip(x, up, strict=True)], (20, 20, 40), 1)
    return picture


def _tissue(dice: Generator, wide: int, high: int) -> Image.Image:
    """Stained tissue: pink ground, violet nuclei."""
    ground = _clouds(dice, wide, high, 1.0)
    picture = _image(np.array([232, 180, 210]) + 18 * ground[..., None])
    pen = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(60, 400))):
        x, y = dice.uniform(0, 1, 2) * (wide, high)
        a, b = dice.uniform(2, 7, 2)
        pen.ellipse((x - a, y - b, x + a, y + b), (95 + int(dice.integers(0, 50)), 60, 140))
    return picture.filter(ImageFilter.GaussianBlur(0.7))


def _retina(dice: Generator, wide: int, high: int) -> Image.Image:
    """The back of an eye: an orange disc on black, a bright spot, vessels."""
    picture = Image.new("RGB", (wide, high))
    pen, half = ImageDraw.Draw(picture), min(wide, high) * 0.47
    x, y = wide / 2, high / 2
    base = (200, 95 + int(dice.integers(0, 40)), 40)
    pen.ellipse((x - half, y - half, x + half, y + half), base)
    spot = x + half * 0.4
    size = half * 0.16
    for _ in range(12):
        angle, at = dice.uniform(0, 2 * np.pi), np.array([spot, y])
        points = [tuple(at.tolist())]
        for _ in range(12):
            angle += dice.normal(0, 0.3)
            at = at + half * 0.08 * np.array([np.cos(angle), np.sin(angle)])
            if np.hypot(*(at - (x, y))) < half * 0.95:
                points.append(tuple(at.tolist()))
        pen.line(points, (130, 25, 20), int(dice.integers(1, 4)))
    pen.ellipse((spot - size, y - size, spot + size, y + size), (255, 220, 140))
    return picture.filter(ImageFilter.GaussianBlur(1))


def _image(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


_OTHERS: tuple[Drawing, ...] = (
    _text, _screen, _logo, _chart, _gradient, _noise, _face, _nature, _things, _logo, _things,
    *scenes.OTHERS,
)  # fmt: skip
_MEDICAL: tuple[Drawing, ...] = (_trace, _tissue, _retina, *scenes.MEDICAL)
