"""From a row of the public contract to a request, checked whole before anything is concluded.

No message about a row repeats the patient's words.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from assistant.errors import InputLimitError, InvalidInputError, InvalidRecordError
from assistant.knowledge import Knowledge
from assistant.records.case import Profile
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.terms import Assertion, Language, Sex

C = TypeVar("C", Sex, Language)

VITALS = (
    "heart_rate",
    "respiratory_rate",
    "sbp",
    "dbp",
    "temperature_c",
    "spo2",
    "pain_score",
)
# AVPU (alert, verbal, pain, unresponsive) -> what it says of the mind. Whoever answers to pain only
# has a Glasgow score of about 8 (McNarry and Goldhill, Anaesthesia 2004; 59: 34).
MENTAL: dict[str, tuple[tuple[str, Assertion], ...]] = {
    "alert": (("altered_mental_status", Assertion.ABSENT),),
    "verbal": (("altered_mental_status", Assertion.PRESENT),),
    "pain": (("gcs_low", Assertion.PRESENT),),
    "unresponsive": (("gcs_low", Assertion.PRESENT), ("unresponsive", Assertion.PRESENT)),
}
# What hospital exports write where nothing was measured: "??", "-", "n/a", "#N/A", "#VALUE!".
_NOT_MEASURED = re.compile(
    r"\W*|#.*|n/?a|nan|none|null|unknown|not (measured|done)|未测|不详", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be assessed."""

    text: str
    profile: Profile
    measurements: tuple[Measurement, ...] = ()
    findings: tuple[Finding, ...] = ()  # said beside the text, e.g. by a level of consciousness


def read_request(row: object, knowledge: Knowledge, max_characters: int) -> Request:
    """Return the request in a row of the public contract.

    Raises InvalidInputError, InputLimitError or InvalidRecordError with what is wrong.
    """
    if not isinstance(row, Mapping):
        raise InvalidInputError("A row must be a JSON object with the keys id and text.")
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError("text must be a sentence in a string; it is missing or empty.")
    if len(text) > max_characters:
        raise InputLimitError("text", max_characters, "characters")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidInputError("text is not valid Unicode: half of a surrogate pair stands in it.")
    vitals = row.get("vitals")
    if vitals is not None and not isinstance(vitals, Mapping):
        raise InvalidInputError('vitals must be a JSON object such as {"heart_rate": 88}.')
    profile = Profile(
        age_years=_number("age", row.get("age")),
        sex=_choice("sex", row.get("sex"), Sex),
        language=_choice("language", row.get("language"), Language) or language_of(text),
    )
    return Request(
        text=text,
        profile=profile,
        measurements=_measured(vitals or {}, knowledge),
        findings=_mental(vitals or {}),
    )


def language_of(text: str) -> Language:
    """Return the language of a text: Chinese where it has a Chinese character.

    >>> language_of("发烧 39 度").value, language_of("fever of 39").value
    ('zh', 'en')
    """
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    return Language.CHINESE if chinese else Language.ENGLISH


def _measured(vitals: Mapping[str, object], knowledge: Knowledge) -> tuple[Measurement, ...]:
    if any(value is not None for key, value in vitals.items() if key not in (*VITALS, "mental")):
        known = ", ".join((*VITALS, "mental"))
        raise InvalidInputError(f"vitals holds a key that is not known; known are {known}.")
    found = []
    for name in VITALS:
        value = _number(f"vitals.{name}", vitals.get(name))
        if value is None:
            continue
        limits = knowledge.bundle.derived.measures[name]
        if not limits.low <= value <= limits.high:
            allowed = f"between {limits.low:g} and {limits.high:g} {limits.unit}".strip()
            raise InvalidRecordError(f"vitals.{name}", allowed)
        found.append(Measurement(measure=name, value=value, evidence=f"{value:g}"))
    return tuple(found)


def _mental(vitals: Mapping[str, object]) -> tuple[Finding, ...]:
    told = vitals.get("mental")
    if told is None or (isinstance(told, str) and _NOT_MEASURED.fullmatch(told.strip())):
        return ()
    level = told.strip().lower() if isinstance(told, str) else ""
    if level not in MENTAL:
        raise InvalidRecordError("vitals.mental", "one of " + ", ".join(MENTAL))
    return tuple(
        Finding(concept=concept, assertion=assertion, evidence=level, origin=Origin.DERIVED)
        for concept, assertion in MENTAL[level]
    )


def _number(name: str, value: object) -> float | None:
    """Return a finite number, also from a string; None where nothing was measured."""
    if value is None or (isinstance(value, str) and _NOT_MEASURED.fullmatch(value.strip())):
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = float(value)
    except (ValueError, OverflowError):
        raise InvalidRecordError(name, "a number") from None
    if not math.isfinite(number):
        raise InvalidRecordError(name, "a number")
    return number


def _choice(name: str, value: object, kind: type[C]) -> C | None:
    if value is None or value == "":
        return None
    try:
        return kind(str(value).strip().lower())
    except ValueError:
        raise InvalidRecordError(name, "one of " + ", ".join(kind)) from None
