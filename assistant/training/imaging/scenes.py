"""More drawings for the gate: leaves and fur, maps, comics, chats, Chinese pages; other scans.

Photographs are stood in for by the dead leaves model (Lee, Mumford and Huang, "Occlusion models for
natural images", 2001): things of all sizes that hide each other have the statistics of photographs.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Drawing = Callable[[Generator, int, int], Image.Image]
Colour = tuple[int, int, int]


def _colour(dice: Generator, low: int = 0, high: int = 256) -> Colour:
    red, green, blue = (int(v) for v in dice.integers(low, high, 3))
    return red, green, blue


def _muted(dice: Generator, low: int = 30, high: int = 230) -> Colour:
    """Return a colour as nature and houses have: grey with a little of another, mostly warm."""
    level, tint = dice.uniform(low, high), dice.normal(0, 22, 3) + np.array([12, 2, -16])
    strong = 2.5 if dice.random() < 0.2 else 1.0
    red, green, blue = (int(v) for v in np.clip(level + tint * strong, 0, 255))
    return red, green, blue


def _image(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def clouds(dice: Generator, wide: int, high: int, power: float) -> NDArray[np.float64]:
    """Return noise whose spectrum falls with frequency, as in pictures of nature; mean 0."""
    down, across = np.fft.fftfreq(high)[:, None], np.fft.rfftfreq(wide)[None]
    spectrum = np.fft.rfft2(dice.normal(size=(high, wide)))
    spectrum /= np.maximum(np.hypot(down, across), 1 / max(wide, high)) ** power
    values = np.fft.irfft2(spectrum, (high, wide))
    result: NDArray[np.float64] = (values - values.mean()) / max(float(values.std()), 1e-9)
    return result


def leaves(dice: Generator, wide: int, high: int) -> Image.Image:
    """Things of all sizes that hide each other, each with its own grain and light."""
    picture = Image.new("RGB", (wide, high), _muted(dice))
    pen = ImageDraw.Draw(picture)
    base, far = np.array(_muted(dice, 40, 216)), dice.uniform(15, 90)
    for _ in range(int(dice.integers(40, 400))):
        half = min(wide, high) * 0.02 * dice.uniform(0.02, 1) ** (-0.5) * dice.uniform(0.6, 3)
        x, y = dice.uniform(0, 1, 2) * (wide, high)
        red, green, blue = (int(v) for v in np.clip(base + dice.normal(0, far, 3), 0, 255))
        ink, shape = (red, green, blue), int(dice.integers(0, 3))
        slim = dice.uniform(0.4, 1)
        if shape == 0:
            pen.ellipse((x - half, y - half * slim, x + half, y + half * slim), ink)
        elif shape == 1:
            turn = float(dice.uniform(0, 360))
            pen.regular_polygon((x, y, half), int(dice.integers(3, 7)), turn, ink)
        else:
            angle = dice.uniform(0, 2 * np.pi, 5)
            pen.polygon([(x + half * np.cos(a), y + half * np.sin(a)) for a in sorted(angle)], ink)
    values = np.asarray(picture).astype(np.float64)
    light = 1 + 0.25 * clouds(dice, wide, high, 1.6) + 0.06 * clouds(dice, wide, high, 0.6)
    return _image(values * light[..., None]).filter(
        ImageFilter.GaussianBlur(float(dice.uniform(0, 2)))
    )


def fur(dice: Generator, wide: int, high: int) -> Image.Image:
    """Many short hairs along a field of directions, in shades of one colour; an eye or two."""
    coat = np.array(_muted(dice, 30, 230))
    picture = _image(coat * (1 + 0.3 * clouds(dice, wide, high, 1.5))[..., None])
    pen, turn = ImageDraw.Draw(picture), clouds(dice, wide, high, 2.0)
    stripes = clouds(dice, wide, high, 1.3)
    for _ in range(int(dice.integers(300, 800))):
        x, y = int(dice.integers(0, wide)), int(dice.integers(0, high))
        size, shade = dice.uniform(4, 16), dice.uniform(0.5, 1.4) * (1 + 0.35 * stripes[y, x])
        red, green, blue = (int(v) for v in np.clip(coat * shade, 0, 255))
        end = (x + size * np.cos(turn[y, x]), y + size * np.sin(turn[y, x]))
        pen.line((x, y, *end), (red, green, blue), int(dice.integers(1, 3)))
    for _ in range(int(dice.integers(0, 3))):
        x, y, half = *(dice.uniform(0.2, 0.8, 2) * (wide, high)), dice.uniform(6, 18)
        pen.ellipse((x - half, y - half, x + half, y + half), _muted(dice, 80))
        pen.ellipse((x - half / 3, y - half / 1.3, x + half / 3, y + half / 1.3), (10, 10, 10))
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0, 1.5))))


def scenery(dice: Generator, wide: int, high: int) -> Image.Image:
    """Sky, hills and houses with windows."""
    rows = np.linspace(0, 1, high)[:, None, None]
    sky = np.array(_muted(dice, 60)) * (1 - rows) + np.array(_muted(dice, 120)) * rows
    values = np.broadcast_to(sky, (high, wide, 3)) * (
        1 + 0.12 * clouds(dice, wide, high, 1.7)[..., None]
    )
    down = np.arange(high)[:, None]
    for layer in range(int(dice.integers(1, 4))):
        line = clouds(dice, wide, 4, 1.3)[0] * high * 0.06 + high * (0.35 + 0.2 * layer)
        ground = (
            np.array(_muted(dice, 10, 150)) * (1 + 0.2 * clouds(dice, wide, high, 0.9))[..., None]
        )
        values = np.where((down > line)[..., None], ground, values)
    picture = _image(values)
    pen = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(0, 7))):
        left, top = dice.uniform(0, 0.9) * wide, dice.uniform(0.2, 0.7) * high
        right, low = left + dice.uniform(0.06, 0.3) * wide, high * dice.uniform(0.75, 1)
        pen.rectangle((left, top, right, low), _muted(dice, 30, 220))
        for x in np.arange(left + 4, right - 6, 12):
            for y in np.arange(top + 4, low - 8, 14):
                pen.rectangle((x, y, x + 5, y + 7), _muted(dice, 20, 90))
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0, 1.2))))


def chinese(dice: Generator, wide: int, high: int) -> Image.Image:
    """A page of square signs of a few strokes, in columns or rows, dark on light."""
    picture = Image.new("RGB", (wide, high), _colour(dice, 220))
    pen, size = ImageDraw.Draw(picture), int(dice.integers(10, 34))
    ink, thick = _colour(dice, 0, 80), max(1, size // 12)
    for top in range(6, high - size, int(size * dice.uniform(1.2, 1.8))):
        for left in range(6, wide - size, size + 2):
            if dice.random() < 0.08:
                continue
            for _ in range(int(dice.integers(3, 9))):
                a, b, c = dice.uniform(0, 0.85, 3) * size
                way = int(dice.integers(0, 3))
                ends = ((a, b, c, b), (a, b, a, c), (a, b, c, c))[way]
                x0, y0, x1, y1 = ends
                pen.line((left + x0, top + y0, left + x1, top + y1), ink, thick)
    return picture


def map_of(dice: Generator, wide: int, high: int) -> Image.Image:
    """Land and water with roads."""
    level = clouds(dice, wide, high, 1.8)
    land, water = np.array(_colour(dice, 200)), np.array((150, 190, 230))
    picture = _image(np.where((level > dice.uniform(-1, 0.3))[..., None], land, water * 1.0))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(dice.integers(5, 30))):
        points = np.cumsum(dice.normal(0, 30, (8, 2)), 0) + dice.uniform(0, 1, 2) * (wide, high)
        line = [(float(x), float(y)) for x, y in points]
        pen.line(line, _colour(dice, 120), int(dice.integers(1, 6)))
    return picture


def comic(dice: Generator, wide: int, high: int) -> Image.Image:
    """Flat figures with black outlines in panels."""
    picture = Image.new("RGB", (wide, high), "white")
    pen, across = ImageDraw.Draw(picture), int(dice.integers(1, 3))
    for row in range(across):
        for column in range(across):
            x, y = column * wide / across, row * high / across
            w, h = wide / across - 6, high / across - 6
            pen.rectangle((x + 3, y + 3, x + w, y + h), _colour(dice, 80), "black", 2)
            for _ in range(int(dice.integers(2, 6))):
                a, b = x + dice.uniform(0.2, 0.8) * w, y + dice.uniform(0.2, 0.8) * h
                r, s = dice.uniform(0.05, 0.2, 2) * min(w, h)
                pen.ellipse((a - r, b - s, a + r, b + s), _colour(dice), "black", 2)
                pen.line((a, b + s, a + dice.normal(0, 9), b + s * 2.5), "black", 3)
    return picture


def chat(dice: Generator, wide: int, high: int) -> Image.Image:
    """Bubbles of a chat with grey lines for words, on a light or dark ground."""
    dark = dice.random() < 0.4
    picture = Image.new("RGB", (wide, high), _colour(dice, 0, 40) if dark else _colour(dice, 225))
    pen, top = ImageDraw.Draw(picture), 8.0
    pen.rectangle((0, 0, wide, 6), _colour(dice))
    while top < high - 30:
        size, lines = dice.uniform(0.3, 0.7) * wide, int(dice.integers(1, 5))
        left = 8.0 if dice.random() < 0.5 else wide - size - 8
        box = (left, top, left + size, top + lines * 10 + 8)
        pen.rounded_rectangle(box, 7, _colour(dice, 20, 90) if dark else _colour(dice, 150))
        for line in range(lines):
            y, end = top + 6 + line * 10, left + 6 + (size - 14) * dice.uniform(0.4, 1)
            pen.line((left + 6, y, end, y), (230, 230, 230) if dark else (60, 60, 60), 2)
        top += lines * 10 + dice.uniform(14, 34)
    return picture


def fan(dice: Generator, wide: int, high: int) -> Image.Image:
    """A sector of speckle on black, as ultrasound of other organs and of hearts shows."""
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float64)
    away = np.hypot(rows, columns - wide / 2)
    angle = np.abs(np.arctan2(columns - wide / 2, rows + 1e-6))
    inside = (angle < dice.uniform(0.45, 0.85)) & (away < high * 0.97) & (away > high * 0.06)
    body = 70 + 35 * clouds(dice, wide, high, 1.3)
    for _ in range(int(dice.integers(1, 5))):
        y, x = dice.uniform(0.3, 0.8) * high, dice.uniform(0.3, 0.7) * wide
        a, b = dice.uniform(0.06, 0.2, 2) * min(wide, high)
        hollow = ((rows - y) / a) ** 2 + ((columns - x) / b) ** 2
        body = np.where(hollow < 1, 10, body)
        body = np.where(np.abs(hollow - 1) < 0.15, 190, body)
    values = body * dice.rayleigh(0.8, (high, wide)) * inside
    colour = np.ones(3) if dice.random() < 0.8 else np.array([1.0, 0.85, 0.6])
    return _image(values[..., None] * colour).filter(ImageFilter.GaussianBlur(0.8))


def bones(dice: Generator, wide: int, high: int) -> Image.Image:
    """A long bone with its joint, soft tissue about it, on black: an X-ray of a limb."""
    rows, columns = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    values = np.zeros((high, wide))
    lean, middle = dice.uniform(-0.3, 0.3), dice.uniform(0.35, 0.65)
    across = columns - middle - lean * (rows - 0.5)
    joint = dice.uniform(0.35, 0.65)
    thick = dice.uniform(0.06, 0.12) * (1 + 0.9 * np.exp(-(((rows - joint) / 0.1) ** 2)))
    values += 75 * (np.abs(across) < thick * dice.uniform(2, 3))
    bone = np.clip(1 - (across / thick) ** 2, 0, 1)
    values += 120 * np.sqrt(bone) * (1 - 0.5 * np.exp(-((across / (thick * 0.5)) ** 2)))
    values *= 1 - 0.7 * np.exp(-(((rows - joint) / 0.012) ** 2))
    values += 6 * clouds(dice, wide, high, 1.0)
    picture = _image(np.repeat(values[..., None], 3, 2))
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(1, 3))))


def teeth(dice: Generator, wide: int, high: int) -> Image.Image:
    """Two rows of bright crowns and roots in a grey jaw: a dental X-ray."""
    values = 60 + 18 * clouds(dice, wide, high, 1.5)
    picture = _image(np.repeat(values[..., None], 3, 2))
    pen, count = ImageDraw.Draw(picture), int(dice.integers(4, 14))
    size = wide / count
    for way, line in ((-1, high * 0.48), (1, high * 0.53)):
        for at in range(count):
            x, bend = (at + 0.5) * size, high * 0.12 * ((at - count / 2) / count) ** 2 * 4
            light = int(dice.integers(150, 235))
            y, long = line - bend, high * dice.uniform(0.12, 0.2) * way
            top, low = sorted((y, y + long))
            pen.rounded_rectangle((x - size * 0.42, top, x + size * 0.42, low), 4, (light,) * 3)
            root = [(x - size * 0.3, y + long), (x + size * 0.3, y + long), (x, y + long * 2)]
            pen.polygon(root, (light - 40,) * 3)
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(1, 2.5))))


def cells(dice: Generator, wide: int, high: int) -> Image.Image:
    """Round cells on a light ground, some with a dark nucleus: a smear of blood."""
    picture = Image.new("RGB", (wide, high), _colour(dice, 215))
    pen, half = ImageDraw.Draw(picture), dice.uniform(5, 22)
    ink = np.array([215, 150, 160]) * dice.uniform(0.85, 1.1)
    for _ in range(int(dice.integers(30, 200))):
        x, y, r = *(dice.uniform(0, 1, 2) * (wide, high)), half * dice.uniform(0.8, 1.2)
        red, green, blue = (int(v) for v in np.clip(ink + dice.normal(0, 8, 3), 0, 255))
        pen.ellipse((x - r, y - r, x + r, y + r), (red, green, blue), (190, 120, 140))
        if dice.random() < 0.12:
            pen.ellipse((x - r, y - r, x + r * 0.8, y + r * 0.7), (90, 50, 140))
        else:
            pen.ellipse((x - r / 3, y - r / 3, x + r / 3, y + r / 3), (235, 195, 200))
    return picture.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.5, 1.5))))


OTHERS: tuple[Drawing, ...] = (
    leaves, fur, scenery, chinese, map_of, comic, chat, leaves, scenery, fur,
)  # fmt: skip
MEDICAL: tuple[Drawing, ...] = (fan, bones, teeth, cells)
