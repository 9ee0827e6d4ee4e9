"""One shot: a text and what is known of the patient in, urgency and differential out; no talk."""

from dataclasses import dataclass, replace
from time import perf_counter

from assistant.assessing.requests import Request
from assistant.consultation import Assistant
from assistant.extraction import Extractor
from assistant.records.case import Case
from assistant.records.extraction import Extraction
from assistant.records.terms import Assertion
from assistant.turn.attempt import attempt
from assistant.turn.judging import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What came of it."""

    case: Case
    judgement: Judgement
    missing: tuple[str, ...]  # components that failed
    seconds: float


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


def _extract(assistant: Assistant, request: Request) -> tuple[Extraction, tuple[str, ...]]:
    """Extract with the chosen extractor; where that fails, with the spare one, and say so."""

    def by(extractor: Extractor) -> Extraction | None:
        language = request.profile.language
        return attempt("extraction", lambda: extractor.extract(request.text, language=language))

    found = by(assistant.extractor)
    if found is not None:
        return found, ()
    return by(assistant.spare_extractor) or Extraction(), ("extraction",)
