"""What is looked at: a Picture in, an ImageReading out, how sure it is and what it rests on."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # shape (height, width, 3), red green blue
Heat = NDArray[np.float32]  # shape (height, width) of the picture, 0 to 1


class Modality(StrEnum):
    """What kind of picture it is."""

    CHEST_XRAY = "chest_xray"
    CHEST_CT = "chest_ct"
    BRAIN_MRI = "brain_mri"
    DERMOSCOPY = "dermoscopy"
    BREAST_ULTRASOUND = "breast_ultrasound"
    HAND_XRAY = "hand_xray"
    ABDOMINAL_CT = "abdominal_ct"
    HEAD_CT = "head_ct"
    BREAST_MRI = "breast_mri"
    OTHER_MEDICAL = "other_medical"
    NOT_MEDICAL = "not_medical"


class Verdict(StrEnum):
    """What a calibrated probability says in words; UNSURE is the band where it abstains."""

    LIKELY = "likely"
    UNSURE = "unsure"
    UNLIKELY = "unlikely"


class Withheld(StrEnum):
    """Why a reading stands but says nothing: its model only tells kinds of what nobody found."""

    UNANSWERED = "unanswered"  # not asked yet, or passed over
    DENIED = "denied"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, upright, ready to be shown and read; nothing in it names a person."""

    pixels: Pixels
    format: str  # "png", "jpeg", "webp", "heif", "dicom"
    declared: Modality | None = None  # what a DICOM header says it is; never trusted alone
    frames: int = 1  # of the file or series
    frame: int = 0  # which of them this is
    window: tuple[float, float] | None = None  # centre and width, in units of the modality
    notes: tuple[str, ...] = ()  # ids in prompts/picture.yaml, e.g. "burned_in_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFinding:
    """One label of one model, calibrated; evidence for the consultation, never a diagnosis."""

    task: str  # id in knowledge/imaging.yaml, e.g. "pneumonia"
    label: str  # e.g. "pneumonia"
    probability: float  # calibrated, 0 to 1, at the prevalence of the card
    verdict: Verdict
    likelihood_ratio: float = 1.0  # of this verdict, from the card of the model
    sensitivity: float | None = None  # of LIKELY for this label, from the card; None: not measured
    specificity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReading:
    """What was made of one picture; `refused` names the reason where nothing may be concluded."""

    modality: Modality
    modality_probability: float
    foreign: float = 0.0  # how unlike every kind it knows, 0 to 1
    refused: str | None = None  # id in prompts/picture.yaml
    findings: tuple[ImageFinding, ...] = ()  # all labels of the task, most probable first
    model: str = ""  # id of the model that read it
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A reading together with where the model looked."""

    reading: ImageReading
    heat: Heat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPicture:
    """A picture that a consultation holds: what was read in it, and the turn that brought it."""

    turn: int  # its number everywhere: in addresses, in messages, when it is taken back
    reading: ImageReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What is kept of a picture: re-encoded, reduced, without any of the file's own data."""

    picture: bytes  # WebP, at most 512 pixels on its longer side
    heat: bytes | None = None  # WebP of the same size, the heatmap over the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """A picture after it was looked at: ready to become a turn."""

    reading: ImageReading
    copies: Copies
