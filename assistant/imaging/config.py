"""`config.json` of a shipped image model: how it is run, and how far each answer may be trusted.

Every figure that a patient's answer rests on (thresholds, likelihood ratios) comes with the number
of pictures that it was measured on and its 95 % interval; training writes them, nothing else does.
"""

import json
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from assistant.errors import ModelFileError
from assistant.imaging.preparing import Fit, Normalise
from assistant.records.picture import Modality, Verdict

FILE = "config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure, on how many pictures it was measured, and its 95 % interval."""

    value: float
    n: int
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfig:
    """One label: where it is likely, where the model abstains, and what each verdict is worth."""

    id: str
    threshold: float  # where sensitivity and specificity were measured
    band: tuple[float, float]  # between these it abstains; low <= threshold <= high
    sensitivity: Measured
    specificity: Measured
    likelihood_ratios: dict[Verdict, Measured]
    prevalence: float  # in the data that the probabilities are calibrated for

    def verdict(self, probability: float) -> Verdict:
        """Return what a calibrated probability says in words."""
        low, high = self.band
        if probability >= high:
            return Verdict.LIKELY
        return Verdict.UNLIKELY if probability <= low else Verdict.UNSURE


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """All of `config.json`."""

    task: str
    modality: Modality
    version: str  # "1", …: changes with every training that ships
    labels: tuple[LabelConfig, ...]  # in the order of the scores of the head
    network: str = "lite0"  # a name in `assistant.imaging.tiny.NETWORKS`
    size: int = 224  # side of the square that the network is shown, pixels
    fit: Fit = "squash"
    grey: bool = False
    normalise: Normalise = "none"
    mirror: bool = False  # the scores are the mean of the picture's and its mirror image's
    temperature: float = 1.0  # the scores are divided by it …
    shift: tuple[float, ...] = ()  # … then this is added to each label's; empty: nothing
    unsteady: float = 0.3  # a probability that moves more than this under slight changes is none
    trained_on: dict[str, str] = field(default_factory=dict)  # set, licence, seed, commit, date

    def label(self, name: str) -> LabelConfig:
        """Return the label called `name`; KeyError where there is none."""
        return next(label for label in self.labels if label.id == name)


def write_config(config: ModelConfig, folder: Path) -> None:
    """Write `config.json` into the model's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(config), indent=1, ensure_ascii=False) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")


def read_config(folder: Path) -> ModelConfig:
    """Return what `config.json` says; ModelFileError where it is missing or makes no sense."""
    try:
        held = json.loads((folder / FILE).read_text(encoding="utf-8"))
        held["modality"] = Modality(held["modality"])
        held["labels"] = tuple(_label(label) for label in held["labels"])
        held["shift"] = tuple(held.get("shift", ()))
        config = ModelConfig(**held)
        _check(config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"{FILE} cannot be used ({type(error).__name__}: {error})."
        raise ModelFileError(folder.name, problem) from error
    return config


def _label(held: dict[str, Any]) -> LabelConfig:
    worth = {Verdict(v): _measured(m) for v, m in held["likelihood_ratios"].items()}
    low, high = held["band"]
    return LabelConfig(
        id=str(held["id"]),
        threshold=float(held["threshold"]),
        band=(float(low), float(high)),
        sensitivity=_measured(held["sensitivity"]),
        specificity=_measured(held["specificity"]),
        likelihood_ratios=worth,
        prevalence=float(held["prevalence"]),
    )


def _measured(held: dict[str, Any]) -> Measured:
    low, high = held["interval"]
    return Measured(value=float(held["value"]), n=int(held["n"]), interval=(low, high))


def _check(config: ModelConfig) -> None:
    """Raise ValueError where the numbers contradict each other."""
    if not config.labels or len({label.id for label in config.labels}) < len(config.labels):
        raise ValueError("labels are missing or named twice")
    if config.shift and len(config.shift) != len(config.labels):
        raise ValueError("shift needs a number for each label")
    if not (isfinite(config.temperature) and config.temperature > 0):
        raise ValueError("temperature must be above 0")
    if not 16 <= config.size <= 1024:
        raise ValueError("size must be from 16 to 1024 pixels")
    for label in config.labels:
        if not 0 <= label.band[0] <= label.threshold <= label.band[1] <= 1:
            raise ValueError(f"{label.id}: the threshold must lie in its band, between 0 and 1")
        if set(label.likelihood_ratios) != set(Verdict):
            raise ValueError(f"{label.id}: a likelihood ratio for each verdict is needed")
        if not all(0 < m.value < 1e4 for m in label.likelihood_ratios.values()):
            raise ValueError(f"{label.id}: likelihood ratios must be above 0")
