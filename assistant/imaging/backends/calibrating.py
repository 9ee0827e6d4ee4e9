"""What a foreign model's probabilities are worth here, out of a file that was measured here.

The file is a `config.json` as our own models have it (`assistant.imaging.config`): a temperature
and a shift for each label turn raw probabilities into calibrated ones (Platt 1999; Guo et al.,
ICML 2017), a band for each label says where it abstains, and each verdict has its likelihood ratio
with n and 95 % interval. `trained_on.model` names the weights that it was measured on.

Without a file every finding is UNSURE with ratio 1. A ratio whose interval holds 1 counts as 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import NamedTuple

from assistant.errors import ModelFileError
from assistant.imaging.backends.scoring import Task
from assistant.imaging.config import LabelConfig, Measured, ModelConfig, read_config, write_config
from assistant.records.picture import Verdict

FLOOR = 1e-6  # no probability is nearer to 0 or 1
NEVER = (0.0, 1.0)  # the band of a label that is always UNSURE
MEASURED_ON = "model"  # key of `trained_on`
_UNKNOWN = Measured(value=1.0, n=0, interval=(0.0, 1e4))
_MOST_BYTES = 1_000_000


class Judged(NamedTuple):
    """A verdict and what it weighs."""

    verdict: Verdict
    likelihood_ratio: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one model's words are worth for one task."""

    config: ModelConfig

    @classmethod
    def none(cls, task: Task, temperature: float = 1.0) -> "Calibration":
        """Return what holds before anybody has measured: always UNSURE, weight 1."""
        labels = tuple(unmeasured(label) for label in task.labels)
        return cls(
            ModelConfig(
                task=task.id,
                modality=task.modality,
                version="0",
                labels=labels,
                temperature=temperature,
            )
        )

    @classmethod
    def read(cls, file: Path, task: Task, model: str) -> "Calibration":
        """Read a file; ModelFileError unless it is of this task and of these very weights."""
        if file.is_file() and file.stat().st_size > _MOST_BYTES:
            raise ModelFileError(file.name, "a calibration file is not larger than 1 MB.")
        config = read_config(file.parent, file.name)
        if (config.task, config.modality) != (task.id, task.modality):
            raise ModelFileError(model, f"its calibration file is of the task {config.task}.")
        if sorted(label.id for label in config.labels) != sorted(task.labels):
            raise ModelFileError(model, "its calibration file is of other labels.")
        measured_on = config.trained_on.get(MEASURED_ON, "other weights")
        if measured_on != model:
            raise ModelFileError(
                model, f"its calibration file was measured on {measured_on}: measure it anew."
            )
        return cls(config)

    def write(self, file: Path) -> None:
        """Write the file that `read` reads."""
        write_config(self.config, file.parent, file.name)

    @property
    def measured(self) -> bool:
        """Whether any verdict but UNSURE can be given."""
        return any(label.band != NEVER for label in self.config.labels)

    def probabilities(self, raw: Mapping[str, float], *, exclusive: bool) -> dict[str, float]:
        """Return calibrated probabilities of raw ones, by label.

        Where labels exclude each other, what the model gave to none of them stays there.
        """
        temperature, shifts = self.config.temperature, self._shifts()
        if not exclusive:
            odds = {k: _logit(p) / temperature + shifts[k] for k, p in raw.items()}
            return {label: _sigmoid(value) for label, value in odds.items()}
        left = 1.0 - sum(raw.values())
        scores = {k: log(max(p, FLOOR)) / temperature + shifts[k] for k, p in raw.items()}
        rest = log(left) / temperature if left > FLOOR else -1e9
        top = max(rest, *scores.values())
        powers = {label: exp(value - top) for label, value in scores.items()}
        total = sum(powers.values()) + exp(rest - top)
        return {label: min(1 - FLOOR, max(FLOOR, p / total)) for label, p in powers.items()}

    def judge(self, label: str, probability: float) -> Judged:
        """Return the verdict on a label and its likelihood ratio."""
        known = self.config.label(label)
        verdict = known.verdict(probability)
        return Judged(verdict, weight(known.likelihood_ratios[verdict]))

    def _shifts(self) -> dict[str, float]:
        names = [label.id for label in self.config.labels]
        return dict(zip(names, self.config.shift or [0.0] * len(names), strict=True))


def unmeasured(label: str) -> LabelConfig:
    """Return a label of which nothing is known: never likely, never unlikely."""
    return LabelConfig(
        id=label,
        threshold=0.5,
        band=NEVER,
        sensitivity=_UNKNOWN,
        specificity=_UNKNOWN,
        likelihood_ratios=dict.fromkeys(Verdict, _UNKNOWN),
        prevalence=0.0,
    )


def weight(ratio: Measured) -> float:
    """Return what a likelihood ratio counts: 1 where its interval holds 1.

    >>> weight(Measured(value=3.0, n=40, interval=(1.4, 6.0)))
    3.0
    >>> weight(Measured(value=3.0, n=4, interval=(0.4, 20.0)))
    1.0
    """
    low, high = ratio.interval
    return 1.0 if low <= 1.0 <= high else ratio.value


def _logit(probability: float) -> float:
    bounded = min(1 - FLOOR, max(FLOOR, probability))
    return log(bounded) - log(1 - bounded)


def _sigmoid(value: float) -> float:
    return min(1 - FLOOR, max(FLOOR, 1 / (1 + exp(-max(-30.0, min(30.0, value))))))
