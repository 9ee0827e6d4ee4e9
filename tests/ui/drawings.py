"""Pictures drawn by code, as files that somebody may choose: a chest, a cat, a page of text."""

import io

import numpy as np
from PIL import Image, ImageDraw

from tests.imaging.drawn import chest
from tests.portal.pictures import slice_of


def png(pixels) -> bytes:
    """Return pixels as a PNG file."""
    written = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(written, "PNG")
    return written.getvalue()


def lungs(seed: int = 1, ill: bool = True, width: int = 600, height: int = 480) -> bytes:
    """Return something like a chest X-ray, with a bright spot where it is ill."""
    pixels, _ = chest(seed, ill)
    return png(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def cat(seed: int = 0) -> Image.Image:
    """Return a drawing like a cat: a coloured face with ears, on a coloured ground."""
    dice = np.random.default_rng(seed)
    ground, fur = (tuple(int(v) for v in dice.integers(40, 255, 3)) for _ in range(2))
    image = Image.new("RGB", (400, 360), ground)
    draw = ImageDraw.Draw(image)
    x, y = dice.integers(-25, 25, 2)
    draw.ellipse((110 + x, 100 + y, 300 + x, 290 + y), fill=fur, outline="black", width=4)
    for ear in ((120, 150, 130, 50, 190, 110), (290, 150, 280, 50, 220, 110)):
        points = [(ear[i] + int(x), ear[i + 1] + int(y)) for i in (0, 2, 4)]
        draw.polygon(points, fill=fur, outline="black")
    for eye in (155, 230):
        draw.ellipse((eye + x, 165 + y, eye + 26 + x, 195 + y), fill="white", outline="black")
        draw.ellipse((eye + 9 + x, 170 + y, eye + 17 + x, 192 + y), fill="black")
    for side in (-1, 1):
        for lift in (-10, 0, 10):
            draw.line((205 + x, 230 + y, 205 + side * 120 + x, 230 + 2 * lift + y), "black", 2)
    return image


def text_page(seed: int = 0) -> Image.Image:
    """Return a page of text: dark lines of words on white."""
    dice = np.random.default_rng(seed)
    image = Image.new("RGB", (420, 540), (252, 252, 250))
    draw = ImageDraw.Draw(image)
    words = ["the patient", "says", "that pain", "began", "two days ago", "in her arm", "and went"]
    for line in range(26):
        text = " ".join(dice.choice(words, 7))
        draw.text((24, 20 + 19 * line), text, fill=(20, 20, 20))
    return image


def fitted_gate(data_dir):
    """Return a gate fitted here, in a second, to drawn chests, CTs, cats and pages of text."""
    from assistant.imaging.gate import GateConfig, LinearGate, gate_features
    from assistant.imaging.lite0 import pretrained
    from tests.imaging.drawn import stripes
    from tests.imaging.small_gate import GateOptions, fit_gate

    chests = [chest(seed, ill=seed % 2 == 1)[0] for seed in range(100, 114)]
    known = {
        "chest_xray": [*chests, *(pixels[:, 15:] for pixels in chests)],  # a part of one is one
        "chest_ct": [_scan(number) for number in range(1, 15)],
        "not_medical": [np.asarray(draw(n)) for n in range(9, 19) for draw in (cat, text_page)],
    }
    config = GateConfig(version="drawn", kinds=tuple(known), size=96)
    network = pretrained(data_dir).eval()
    features = np.concatenate([gate_features(network, found, config) for found in known.values()])
    truth = np.repeat(np.arange(len(known)), [len(found) for found in known.values()])
    foreign = gate_features(network, [stripes(seed) for seed in range(10)], config)
    options = GateOptions(directions=8, false_refusal=0.0)
    return LinearGate(fit_gate(features, truth, foreign, config, options), network, threads=1)


def _scan(number: int):
    """Return a slice of `tests.portal.pictures` in its own window."""
    grey = np.clip((slice_of(number) - 40) / 400 + 0.5, 0, 1) * 255
    return np.repeat(grey.astype(np.uint8)[..., None], 3, 2)


def film(seed: int = 4, side: int = 640, ill: bool = True) -> bytes:
    """Return a drawn chest film: lungs, ribs, spine, heart and diaphragm; a shadow where ill.

    It is drawn by code from no picture of anybody, for screenshots.
    """
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side] / side
    across = columns - 0.5
    body = _edge(0.46 - 0.1 * _edge(0.16, rows, 0.1), np.abs(across), 0.05)
    grey = 14 + 128 * body + 22 * _edge(rows, 0.75, 0.3) * body
    lungs = np.maximum(*(_lung(rows, across, where) for where in (-1, 1)))
    heart = _edge(1.0, ((across - 0.06) / 0.15) ** 2 + ((rows - 0.63) / 0.16) ** 2, 0.25)
    vessels = _edge(1.0, (across / 0.085) ** 2 + ((rows - 0.36) / 0.3) ** 4, 0.3)
    air = lungs * (1 - np.maximum(heart, vessels))
    grey = grey * (1 - air) + 46 * air + 26 * np.maximum(heart, vessels) * body
    grey += 16 * air * np.exp(-((np.abs(across) - 0.08) ** 2) / 0.004)  # vessels of the lung
    grey += 15 * _ribs(rows, across) * body
    for bone in range(14):
        middle = 0.03 + 0.072 * bone
        grey += 11 * np.exp(-((across / 0.034) ** 4) - (((rows - middle) / 0.026) ** 4))
    if ill:
        cloud = 1 + 0.2 * _soft(dice.normal(0, 1, grey.shape))
        shadow = ((across + 0.2) / 0.085) ** 2 + ((rows - 0.62) / 0.075) ** 2
        grey += 66 * np.exp(-shadow) * cloud * air
    return png(np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2))


def _lung(rows, across, where: int):
    """Return how much of each point is lung on one side (-1 left, 1 right of the picture)."""
    middle = where * (0.15 + 0.09 * (rows - 0.12).clip(0) ** 0.8)
    wide = 0.075 + 0.19 * (rows - 0.08).clip(0) ** 0.75
    beside = np.abs((across - middle) / np.minimum(wide, 0.17))
    dome = 0.84 - 0.11 * np.exp(-(((across - where * 0.17) / 0.1) ** 2))
    return (
        _edge(1, beside, 0.16)
        * _edge(rows, 0.09 + 0.5 * (across - middle) ** 2, 0.03)
        * _edge(dome, rows, 0.015)
    )


def _ribs(rows, across):
    """Return the ribs behind and the collar bones, 0 to 1."""
    beside = np.abs(across)
    bright = np.zeros_like(rows)
    for rib in range(10):  # arches from the spine out and down to the sides
        height = 0.09 + 0.07 * rib - 0.25 * beside + 1.6 * beside**2
        band = np.exp(-(((rows - height) / 0.013) ** 4))
        bright = np.maximum(bright, band * _edge(beside, 0.04, 0.03) * _edge(0.4, beside, 0.04))
    collar = np.exp(-(((rows - 0.15 + 0.2 * beside) / 0.014) ** 2)) * _edge(beside, 0.05, 0.03)
    return np.maximum(bright, 1.3 * collar)


def _edge(above, below, width):
    """Return 1 where `above` is the greater, 0 where it is the lesser, soft between."""
    return 1 / (1 + np.exp(-np.clip((above - below) / (width / 2), -50, 50)))


def _soft(noise):
    """Return noise smoothed over some pixels, at its own spread."""
    image = Image.fromarray(noise.astype(np.float32)).resize((64, 64), Image.Resampling.BOX)
    smooth = np.asarray(image.resize(noise.shape[::-1], Image.Resampling.BICUBIC))
    return smooth / (smooth.std() + 1e-6)


def brain(seed: int = 5, side: int = 512, growth: bool = False) -> bytes:
    """Return a drawn slice of a head: skull, folds of the brain and ventricles; a bright growth.

    It is drawn by code from no picture of anybody, for tests and screenshots.
    """
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side] / side
    down, across = (rows - 0.5) / 0.43, (columns - 0.5) / 0.35
    away, turn = np.hypot(down, across), np.arctan2(down, across)
    skin = _edge(1.0, away, 0.03) * _edge(away, 0.95, 0.03)
    inner = _edge(0.86, away, 0.03)
    folds = np.sin(26 * turn + 3 * np.sin(5 * turn + seed)) * np.sin(
        40 * away + 4 * np.sin(9 * turn)
    )
    rind = _edge(away, 0.62 + 0.07 * folds, 0.08)
    grey = 6 + 150 * skin + inner * (118 - 34 * rind)
    grey -= 46 * inner * _edge(away, 0.7, 0.1) * _edge(folds, 0.55, 0.5)
    grey -= 60 * inner * np.exp(-((across / 0.012) ** 2)) * _edge(np.abs(down), 0.3, 0.1)
    for where in (-1, 1):  # the ventricles, like two commas
        bow = 0.1 + 0.22 * (down + 0.05) ** 2
        horn = ((across * where - bow) / 0.06) ** 2 + ((down - 0.02) / 0.34) ** 4
        grey -= 78 * _edge(1.0, horn, 0.3)
        kernel = ((across * where - 0.27) / 0.13) ** 2 + ((down + 0.02) / 0.24) ** 2
        grey -= 14 * _edge(1.0, kernel, 0.4)
    if growth:
        lump = ((across - 0.42) / 0.2) ** 2 + ((down + 0.28) / 0.19) ** 2
        grey += (105 * _edge(1.0, lump, 0.25) - 40 * _edge(0.25, lump, 0.2)) * inner
        grey -= 22 * np.exp(-((lump - 1.9) ** 2) / 0.6) * inner
    fine = dice.normal(0, 3, grey.shape) + 4 * _soft(dice.normal(0, 1, grey.shape)) * inner
    return png(np.repeat(np.clip(grey + fine, 0, 255).astype(np.uint8)[..., None], 3, 2))


def labelled(file: bytes) -> bytes:
    """Return a drawing with the word for it in its corner, so that nobody takes it for a scan."""
    with Image.open(io.BytesIO(file)) as image:
        shown = image.convert("RGB")
    side = shown.height
    ImageDraw.Draw(shown).text(
        (side * 0.08, side * 0.92), "DRAWN BY CODE", fill=(115, 115, 115), font_size=side // 36
    )
    return png(shown)
