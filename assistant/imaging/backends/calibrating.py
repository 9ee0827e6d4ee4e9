"""What a foreign model's probabilities are worth here: fitted on one half, measured on the other.

The calibration file is JSON. A temperature and a shift for each label turn raw probabilities into
calibrated ones (Platt 1999; Guo et al., ICML 2017); a band [low, high] for each label says when it
is LIKELY (above), UNLIKELY (below) and UNSURE (within); each verdict has its likelihood ratio with
n and 95 % interval (Simel et al., J Clin Epidemiol 1991; 44: 763). A ratio whose interval holds 1
counts as 1, and a verdict whose ratio points the wrong way is never given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ModelFileError
from assistant.imaging.backends.scoring import Task
from assistant.records.picture import Modality, Verdict

FLOOR = 1e-6  # no probability is nearer to 0 or 1
NEVER = (0.0, 1.0)  # the band of a label that is always UNSURE
_MOST_BYTES = 1_000_000
_STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Measured(BaseModel):
    """A figure with the number of pictures it rests on and its 95 % interval."""

    model_config = _STRICT
    value: float = Field(ge=0)
    n: int = Field(ge=0)
    low: float = Field(ge=0)
    high: float = Field(ge=0)


class LabelCalibration(BaseModel):
    """What was measured of one label."""

    model_config = _STRICT
    shift: float = Field(0.0, ge=-50, le=50)  # added to the log odds
    threshold: float = Field(0.5, ge=0, le=1)  # greatest sensitivity + specificity
    abstain: tuple[float, float] = NEVER
    sensitivity: Measured | None = None  # at the threshold
    specificity: Measured | None = None
    prevalence: float = Field(0.0, ge=0, le=1)  # of the data it was fitted on
    likelihood_ratios: dict[Verdict, Measured] = Field(default_factory=dict)


class _Written(BaseModel):
    """The file as it stands."""

    model_config = _STRICT
    task: str
    modality: Modality
    model: str  # id with the SHA-256 of the weights: other weights need another file
    labels: tuple[str, ...] = Field(min_length=2, max_length=200)
    temperature: float = Field(1.0, ge=0.02, le=100)
    ece: float | None = None  # of the most probable label, on the half that was not fitted on
    n_fitted: int = Field(0, ge=0)
    n_measured: int = Field(0, ge=0)
    by_label: dict[str, LabelCalibration]


class Judged(NamedTuple):
    """A verdict and what it weighs."""

    verdict: Verdict
    likelihood_ratio: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one model's words are worth for one task."""

    written: _Written

    @classmethod
    def none(cls, task: Task, model: str, temperature: float = 1.0) -> "Calibration":
        """Return what holds before anybody has measured: always UNSURE, weight 1."""
        return cls(
            _Written(
                task=task.id,
                modality=task.modality,
                model=model,
                labels=task.labels,
                temperature=temperature,
                by_label={label: LabelCalibration() for label in task.labels},
            )
        )

    @classmethod
    def read(cls, file: Path) -> "Calibration":
        """Read a calibration file; ModelFileError, which names the place, where it is not sound."""
        try:
            if file.stat().st_size > _MOST_BYTES:
                raise ModelFileError(file.name, "a calibration file is not larger than 1 MB.")
            return cls(_Written.model_validate_json(file.read_bytes()))
        except OSError as error:
            raise ModelFileError(file.name, "the calibration file cannot be read.") from error
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole"
            problem = f"it is no calibration file: see {where}. Write it again with `anamnesis "
            raise ModelFileError(file.name, problem + "evaluate imaging`.") from None

    def write(self, file: Path) -> None:
        """Write the file that `read` reads."""
        shown = self.written.model_dump(mode="json")
        file.write_text(json.dumps(shown, indent=1, allow_nan=False) + "\n", encoding="utf-8")

    @property
    def measured(self) -> bool:
        """Whether any verdict but UNSURE can be given."""
        return any(label.abstain != NEVER for label in self.written.by_label.values())

    def check(self, task: Task, model: str) -> None:
        """Raise ModelFileError unless it was measured for this task on these very weights."""
        own = self.written
        if (own.task, own.modality) != (task.id, task.modality):
            raise ModelFileError(model, f"its calibration file is of the task {own.task}.")
        if set(own.labels) != set(task.labels) or set(own.by_label) != set(task.labels):
            raise ModelFileError(model, "its calibration file is of other labels.")
        if own.model != model:
            raise ModelFileError(
                model, f"its calibration file was measured on {own.model}: measure these weights."
            )

    def probabilities(self, raw: Mapping[str, float], *, exclusive: bool) -> dict[str, float]:
        """Return calibrated probabilities of raw ones; what excludes each other stays so."""
        own = self.written
        shifts = {label: own.by_label[label].shift for label in raw}
        if not exclusive:
            logits = {k: _logit(p) / own.temperature + shifts[k] for k, p in raw.items()}
            return {label: _sigmoid(value) for label, value in logits.items()}
        left = 1.0 - sum(raw.values())  # what the model gave to none of our labels
        scores = {k: log(max(p, FLOOR)) / own.temperature + shifts[k] for k, p in raw.items()}
        rest = log(left) / own.temperature if left > FLOOR else -1e9
        top = max(rest, *scores.values())
        powers = {label: exp(value - top) for label, value in scores.items()}
        total = sum(powers.values()) + exp(rest - top)
        return {label: min(1 - FLOOR, max(FLOOR, p / total)) for label, p in powers.items()}

    def judge(self, label: str, probability: float) -> Judged:
        """Return the verdict on a label and its likelihood ratio."""
        own = self.written.by_label[label]
        verdict = verdict_of(probability, own.abstain)
        return Judged(verdict, weight(own.likelihood_ratios.get(verdict)))


def verdict_of(probability: float, band: tuple[float, float]) -> Verdict:
    """Return LIKELY above the band, UNLIKELY below it, UNSURE within.

    >>> [verdict_of(p, (0.2, 0.7)).value for p in (0.1, 0.2, 0.7, 0.71)]
    ['unlikely', 'unsure', 'unsure', 'likely']
    """
    low, high = band
    if probability > high:
        return Verdict.LIKELY
    return Verdict.UNLIKELY if probability < low else Verdict.UNSURE


def weight(ratio: Measured | None) -> float:
    """Return what a likelihood ratio counts: 1 where its interval holds 1, or there is none.

    >>> weight(Measured(value=3.0, n=40, low=1.4, high=6.0))
    3.0
    >>> weight(Measured(value=3.0, n=4, low=0.4, high=20.0))
    1.0
    """
    if ratio is None or ratio.low <= 1.0 <= ratio.high:
        return 1.0
    return ratio.value


def _logit(probability: float) -> float:
    bounded = min(1 - FLOOR, max(FLOOR, probability))
    return log(bounded) - log(1 - bounded)


def _sigmoid(value: float) -> float:
    return min(1 - FLOOR, max(FLOOR, 1 / (1 + exp(-max(-30.0, min(30.0, value))))))
