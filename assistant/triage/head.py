"""The triage head: how like emergencies a case is, read as a whole and not by single findings.

A multinomial logistic layer over what the network that reads patients' words makes of the whole
text (mean and maximum over the pieces of all windows), made by `anamnesis train triage`. It only
raises to an emergency, where it is sure enough; it never lowers anything, and is no floor.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from assistant.errors import ModelFileError
from assistant.models import locate
from assistant.records.diagnosis import Reason, Triage
from assistant.records.terms import Language, Urgency

LEVELS: tuple[Urgency, ...] = tuple(Urgency)  # the order of the rows of the weights
KIND = "whole"  # of the reason
Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like emergencies a text is, and from where on that counts."""

    chance: float  # of an emergency or an ambulance, 0 to 1
    threshold: float

    @property
    def sure(self) -> bool:
        """Whether it is enough to raise the level."""
        return self.chance >= self.threshold


@dataclass(frozen=True, slots=True)
class Head:
    """The trained weights of one language."""

    mean: NDArray[np.float64]  # (features,)
    scale: NDArray[np.float64]  # (features,)
    weights: NDArray[np.float64]  # (levels, features)
    intercept: NDArray[np.float64]  # (levels,)
    temperature: float
    threshold: float

    def chances(self, pooled: Numbers) -> NDArray[np.float64]:
        """Return the calibrated chance of each level, (texts, levels), for (texts, features)."""
        scores = (pooled - self.mean) / self.scale @ self.weights.T + self.intercept
        scores = (scores - scores.max(-1, keepdims=True)) / self.temperature
        raised = np.exp(scores)
        return np.asarray(raised / raised.sum(-1, keepdims=True), dtype=np.float64)

    def emergencies(self, pooled: Numbers) -> NDArray[np.float64]:
        """Return the chance of an emergency or worse for each text."""
        rows = [i for i, level in enumerate(LEVELS) if level.is_emergency]
        return np.asarray(self.chances(pooled)[:, rows].sum(-1))

    def likeness(self, pooled: Numbers) -> Likeness:
        """Return the likeness of one text, (features,); FloatingPointError where it is none."""
        chance = float(self.emergencies(pooled[None])[0])
        if not np.isfinite(chance):
            raise FloatingPointError("the head's answer is not a number")
        return Likeness(chance, self.threshold)


def name_of(language: Language) -> str:
    """Return the name of a language's head in the manifest."""
    return f"triage-head-{language.value}"


def load_head(models: Path, language: Language) -> Head:
    """Return the shipped head; ModelFileError where its file is missing, changed or damaged."""
    name = name_of(language)
    _, folder = locate(name, models)
    try:
        kept = load_file(folder / "weights.safetensors")
        numbers = {
            key: kept[key].astype(np.float64) for key in ("mean", "scale", "weights", "intercept")
        }
        temperature, threshold = (float(x) for x in kept["temperature_threshold"])
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise ModelFileError(name, "weights.safetensors cannot be read.") from error
    head = Head(temperature=temperature, threshold=threshold, **numbers)
    if head.weights.shape != (len(LEVELS), len(head.mean)) or not temperature > 0:
        raise ModelFileError(name, "its weights are not those of this version.")
    if not all(np.isfinite(numbers[key]).all() for key in numbers):
        raise ModelFileError(name, "its weights are not finite numbers.")
    return head


def raised(triage: Triage, likeness: Likeness | None) -> Triage:
    """Return the triage, raised to an emergency where the text as a whole is like one.

    The floor stays, for it belongs to the rules alone; what is more urgent already stays as it is.
    """
    if likeness is None or not likeness.sure or triage.level.is_emergency:
        return triage
    reason = Reason(
        kind=KIND, id="whole_text", level=Urgency.EMERGENCY, probability=likeness.chance
    )
    return replace(triage, level=Urgency.EMERGENCY, reasons=(reason, *triage.reasons))
