"""The triage desk: a small learned judgement for somebody whose vital signs were just measured.

A logistic model over a complaint, the measured values and the belief in dangerous conditions, made
by `anamnesis train triage-desk` on emergency visits with an expert's level. Where enough was
measured it decides, in place of the risk thresholds, whether the risk is that of an emergency. Red
flags, NEWS2 and unexplained complaints stand whatever it says.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from assistant.errors import ModelFileError
from assistant.knowledge import Facts
from assistant.models import locate
from assistant.records.case import Case
from assistant.records.terms import Urgency
from assistant.triage.vitals import news2

NAME = "triage-desk"
MEASURED = 3  # of heart rate, breathing, blood pressure, temperature, oxygen: a desk, not a home
ADULT = 16  # years; there are hardly any children in the data
_VITALS = ("heart_rate", "respiratory_rate", "sbp", "temperature_c", "spo2")
_NERVES = frozenset(
    {"one_sided_weakness", "face_drooping", "speech_slurred", "speech_difficulty", "arm_weakness"}
    | {"leg_weakness", "sign_focal_deficit", "sudden_weakness_or_numbness", "numbness_one_sided"}
    | {"confusion", "confusion_acute", "altered_mental_status", "gcs_low", "unresponsive"}
    | {"seizure", "memory_loss", "amnesia_sudden_hours"}
)
_BLEEDING = frozenset(
    {"vomiting_blood", "stool_black_tarry", "blood_in_stool", "hemoptysis"}
    | {"vaginal_bleeding_heavy", "wound_bleeding_heavy"}
)
_MIND = frozenset({"altered_mental_status", "gcs_low", "unresponsive"})


def features(
    case: Case, facts: Facts, belief: dict[Urgency, float], flagged: bool
) -> dict[str, float]:
    """Return what the model looks at.

    `belief` is the share believed in conditions of exactly each level; `flagged` whether a red
    flag of an emergency stands. What was not measured counts as unremarkable.
    """
    value = {m.measure: m.value for m in case.measurements}
    age = 40.0 if case.profile.age_years is None else case.profile.age_years
    told = facts.stated
    pain = value.get("pain_score", 0.0)
    ambulance = belief.get(Urgency.EMERGENCY_AMBULANCE, 0.0)
    return {
        "belief_emergency": _log_odds(ambulance + belief.get(Urgency.EMERGENCY, 0.0)),
        "belief_ambulance": _log_odds(ambulance),
        "red_flag": float(flagged),
        "news2": float(news2(case, "altered_mental_status" in told)),
        "decades": age / 10,
        "pain": pain / 10,
        "pain_8_or_more": float(pain >= 8),
        "pressure_under_100": float(value.get("sbp", 125) < 100),
        "pressure_200_or_more": float(value.get("sbp", 125) >= 200),
        "pulse_over_100": max(0.0, value.get("heart_rate", 80) - 100) / 20,
        "pulse_under_52": float(value.get("heart_rate", 80) < 52),
        "breaths_over_20": max(0.0, value.get("respiratory_rate", 18) - 20) / 4,
        "oxygen_under_95": max(0.0, 95 - value.get("spo2", 98)) / 4,
        "fever_over_37_8": max(0.0, value.get("temperature_c", 36.6) - 37.8),
        "mind": float(bool(told & _MIND)),
        "nothing_understood": float(not told),
        "chest_pain": float("chest_pain" in told),
        "chest_pain_from_30": float("chest_pain" in told and age >= 30),
        "breathless": float("dyspnea" in told),
        "breathless_from_60": float("dyspnea" in told and age >= 60),
        "weak_from_55": float("weakness_general" in told and age >= 55),
        "headache_and_pain_7": float("headache" in told and pain >= 7),
        "nerves": float(bool(told & _NERVES)),
        "bleeding": float(bool(told & _BLEEDING)),
        "belly": float("abdominal_pain" in told),
        "fever": float("fever" in told),
    }


@dataclass(frozen=True, slots=True)
class Desk:
    """The trained weights."""

    names: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float
    threshold: float  # chance of an emergency from which it is treated as one

    def chance(self, seen: dict[str, float]) -> float:
        """Return the chance that an expert would rate this an emergency, 0 to 1."""
        x = (np.array([seen[name] for name in self.names]) - self.mean) / self.scale
        return float(1 / (1 + math.exp(-(float(x @ self.weights) + self.intercept))))

    @staticmethod
    def applies(case: Case) -> bool:
        """Whether enough was measured, in an adult."""
        age = case.profile.age_years
        measured = {m.measure for m in case.measurements}.intersection(_VITALS)
        return len(measured) >= MEASURED and (age is None or age >= ADULT)


def load_desk(models: Path) -> Desk:
    """Return the shipped desk; ModelFileError where its file is missing, changed or damaged."""
    _, folder = locate(NAME, models)
    try:
        kept = load_file(folder / "weights.safetensors")
    except (SafetensorError, OSError) as error:
        raise ModelFileError(NAME, "weights.safetensors cannot be read.") from error
    names = tuple(bytes(kept["names"]).decode().split("\n"))
    numbers = {key: kept[key].astype(np.float64) for key in ("mean", "scale", "weights")}
    if not all(np.isfinite(numbers[key]).all() for key in numbers):
        raise ModelFileError(NAME, "its weights are not finite numbers.")
    intercept, threshold = (float(x) for x in kept["intercept_threshold"])
    return Desk(names=names, intercept=intercept, threshold=threshold, **numbers)


def _log_odds(p: float) -> float:
    return math.log((p + 1e-3) / (1 - p + 1e-3))
