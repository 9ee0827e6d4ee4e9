"""One shot: a text and what is known of the patient in, urgency and differential out; no talk.

The command line and the REST API share it. A row is checked whole before anything is concluded
from it, and no message about it repeats the patient's words.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

from assistant.consultation import Assistant
from assistant.errors import InputLimitError, InvalidInputError, InvalidRecordError
from assistant.extraction import Extractor
from assistant.knowledge import Knowledge
from assistant.records.case import Case, Profile
from assistant.records.extraction import Extraction
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.terms import Assertion, Language, Sex
from assistant.turn.attempt import attempt
from assistant.turn.judging import Judgement

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What came of it."""

    case: Case
    judgement: Judgement
    missing: tuple[str, ...]  # components that failed
    seconds: float


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
        raise InvalidInputError("vitals must be a JSON object such as {\"heart_rate\": 88}.")
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


def assess(assistant: Assistant, request: Request) -> Assessment:
    """Return urgency and differential for a text; an age or sex told in it fills the profile."""
    started = perf_counter()
    extraction, missing = _extract(assistant, request)
    judgement = assistant.judge.judge(case_of(request, extraction))
    return Assessment(
        case=judgement.case,
        judgement=judgement,
        missing=tuple(dict.fromkeys((*missing, *judgement.missing))),
        seconds=perf_counter() - started,
    )


def case_of(request: Request, extraction: Extraction) -> Case:
    """Return the case: what was measured outweighs a number in the text, words an "alert"."""
    profile = request.profile
    denied = tuple(f for f in request.findings if f.assertion is Assertion.ABSENT)
    stated = tuple(f for f in request.findings if f.assertion is not Assertion.ABSENT)
    return Case(
        profile=replace(
            profile,
            age_years=extraction.age_years if profile.age_years is None else profile.age_years,
            sex=extraction.sex if profile.sex is None else profile.sex,
        ),
        findings=denied + extraction.findings + stated,
        measurements=extraction.measurements + request.measurements,
        text=request.text,
    )


def language_of(text: str) -> Language:
    """Return the language of a text: Chinese where it has a Chinese character.

    >>> language_of("发烧 39 度").value, language_of("fever of 39").value
    ('zh', 'en')
    """
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    return Language.CHINESE if chinese else Language.ENGLISH


def _extract(assistant: Assistant, request: Request) -> tuple[Extraction, tuple[str, ...]]:
    """Extract with the chosen extractor; where that fails, with the spare one, and say so."""

    def by(extractor: Extractor) -> Extraction | None:
        language = request.profile.language
        return attempt("extraction", lambda: extractor.extract(request.text, language=language))

    found = by(assistant.extractor)
    if found is not None:
        return found, ()
    return by(assistant.spare_extractor) or Extraction(), ("extraction",)


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
