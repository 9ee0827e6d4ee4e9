"""Drawn pictures of skin spots, and a small real gate and classifier fitted to such drawings.

They stand in for the shipped models, which need the backbone's weights: they compute their answer
from pixels as those do, through the same protocols and the same `Looker`.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from assistant.imaging.looking import Looker
from assistant.records.picture import ImageFinding, Modality, Picture, Verdict

SKIN, SIDE = (226, 180, 160), 192


def spot(seed=0, dark=True, ragged=True):
    """Return a drawn spot on skin, shape (192, 192, 3): dark and ragged ones are "melanoma"."""
    dice = np.random.default_rng(seed)
    image = Image.new("RGB", (SIDE, SIDE), SKIN)
    draw = ImageDraw.Draw(image)
    turns = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    radii = 44 + (dice.normal(0, 9, 48) if ragged else dice.normal(0, 1, 48))
    outline = [
        (96 + r * math.cos(t), 96 + r * math.sin(t)) for t, r in zip(turns, radii, strict=True)
    ]
    draw.polygon(outline, fill=(52, 34, 40) if dark else (168, 112, 84))
    noise = dice.normal(0, 4, (SIDE, SIDE, 3))
    return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)


def club_logo():
    """Return what is no skin: stripes in two strong colours."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[:, :, 2] = 200
    pixels[::2, :, 0] = 255
    return pixels


def written_over(pixels, words, strength):
    """Return a picture with words across its upper edge; `strength` 1 is black, 0.02 is hidden."""
    image = Image.fromarray(pixels)
    over = image.copy()
    ImageDraw.Draw(over).text((4, 6), words, fill=(0, 0, 0))
    return np.asarray(Image.blend(image, over, strength))


def png(pixels, **info):
    """Return the bytes of a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **info)
    return file.getvalue()


def darkness(pixels):
    """Return how dark the middle of a picture is against its rim, 0 to 1."""
    middle = np.median(pixels[72:120, 72:120].astype(float))
    return float((255 - middle) / 255)


@dataclass(frozen=True)
class SmallSort:
    modality: Modality
    probability: float
    foreign: float


class SmallGate:
    """Calls skin what has the colour of the drawn skin in its corners."""

    def sort(self, picture):
        corner = np.median(picture.pixels[-24:, :24].reshape(-1, 3).astype(float), axis=0)
        away = float(np.abs(corner - np.array(SKIN)).mean()) / 255
        if away > 0.2:
            return SmallSort(Modality.NOT_MEDICAL, 0.97, 0.9)
        return SmallSort(Modality.DERMOSCOPY, 1 - away, away)


class SmallClassifier:
    """Logistic regression on the darkness of the middle, fitted on drawings at construction."""

    id, task, modality = "drawn-spots-1", "skin_lesion", Modality.DERMOSCOPY

    def __init__(self):
        x = np.array([darkness(spot(seed, dark=bool(seed % 2))) for seed in range(20)])
        y = np.arange(20) % 2
        self._weight, self._bias = 0.0, 0.0
        for _ in range(4000):
            p = self._p(x)
            self._weight -= 0.5 * float(((p - y) * x).mean())
            self._bias -= 0.5 * float((p - y).mean())

    def _p(self, x):
        return 1 / (1 + np.exp(-(self._weight * x + self._bias)))

    def read(self, picture):
        p = float(self._p(np.array([darkness(picture.pixels)]))[0])
        found = [finding("mel", p), finding("nv", 1 - p)]
        return tuple(sorted(found, key=lambda f: -f.probability))

    def heat(self, picture, label):
        grey = picture.pixels.astype(np.float32).mean(axis=2)
        return np.asarray(1 - grey / 255, dtype=np.float32)


def finding(label, probability, ratio=None, task="skin_lesion"):
    """Return a finding with the verdict and ratio of a card: likely from .6, unsure from .4."""
    verdict = Verdict.UNLIKELY
    if probability >= 0.4:
        verdict = Verdict.LIKELY if probability >= 0.6 else Verdict.UNSURE
    usual = {Verdict.LIKELY: 6.0, Verdict.UNSURE: 1.0, Verdict.UNLIKELY: 0.2}[verdict]
    return ImageFinding(
        task=task,
        label=label,
        probability=probability,
        verdict=verdict,
        likelihood_ratio=usual if ratio is None else ratio,
        sensitivity=0.8,
        specificity=0.9,
    )


def picture(pixels, **facts):
    """Return a picture as reading a PNG gives it."""
    return Picture(pixels=pixels, format="png", **facts)


def looker():
    """Return the real looker over the small gate and classifier."""
    return Looker(SmallGate, {Modality.DERMOSCOPY: SmallClassifier})
