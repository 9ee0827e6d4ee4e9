"""Drawn slices of heads, and a small model that, like the shipped one, only tells tumours apart.

It names one of three kinds by where the brightest place is, in a healthy head too: that is the
fault which the consultation has to guard against.
"""

import numpy as np

from assistant.imaging.looking import Looker
from assistant.records.picture import ImageFinding, Modality, Verdict
from tests.pictures.spots import SmallClassifier, SmallGate, SmallSort

SIDE = 160
PLACES = {"glioma": (0.32, 0.35), "meningioma": (0.3, 0.75), "pituitary": (0.68, 0.5)}


def head(kind=None, seed=0):
    """Return a drawn slice, shape (160, 160, 3), with a bright place where there is a tumour."""
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    away = np.hypot((rows - 0.5) / 0.42, (columns - 0.5) / 0.34)
    grey = np.where(away < 1, 95.0, 4.0)
    grey[(away > 0.93) & (away < 1)] = 170
    grey += np.where(away < 0.9, dice.normal(0, 5, grey.shape), 0)
    if kind is not None:
        top, left = PLACES[kind]
        grey += 120 * np.exp(-((rows - top) ** 2 + (columns - left) ** 2) / 0.006)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


class HeadGate:
    """Calls what is black in its corners a head, and leaves the rest to the gate of spots."""

    def sort(self, picture):
        corner = picture.pixels[:10, :10].astype(float)
        if corner.max() < 30:
            return SmallSort(Modality.BRAIN_MRI, 0.98, 0.02)
        return SmallGate().sort(picture)


class KindsOnly:
    """A softmax over how bright the places of the three tumours are; "none" is no label of it."""

    id, task, modality = "drawn-heads-1", "brain_tumor", Modality.BRAIN_MRI

    def read(self, picture):
        grey = picture.pixels.astype(float).mean(axis=2)
        scores = np.array([self._light(grey, place) for place in PLACES.values()])
        p = np.exp(6 * (scores - scores.max()))  # sure of itself, whatever it sees
        found = [self._finding(label, q) for label, q in zip(PLACES, p / p.sum(), strict=True)]
        return tuple(sorted(found, key=lambda f: -f.probability))

    @staticmethod
    def _light(grey, place):
        row, column = (int(part * SIDE) for part in place)
        return float(grey[row - 8 : row + 8, column - 8 : column + 8].mean())

    @staticmethod
    def _finding(label, p):
        likely = p >= 0.5
        return ImageFinding(
            task="brain_tumor",
            label=label,
            probability=float(p),
            verdict=Verdict.LIKELY if likely else Verdict.UNLIKELY,
            likelihood_ratio=20.0 if likely else 0.1,
            sensitivity=0.85,
            specificity=0.95,
        )

    def heat(self, picture, label):
        return picture.pixels.astype(np.float32).mean(axis=2) / 255


def looker():
    """Return the real looker over small gates and models of heads and of spots."""
    models = {Modality.BRAIN_MRI: KindsOnly, Modality.DERMOSCOPY: SmallClassifier}
    return Looker(HeadGate, models)
