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
