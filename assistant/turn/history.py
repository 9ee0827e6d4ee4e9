"""Reading the form before the talk: illnesses, medicines and allergies in the patient's words."""

from assistant.extraction import Extractor
from assistant.knowledge import Knowledge
from assistant.records.case import Profile
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion
from assistant.turn.attempt import attempt


def history_of(profile: Profile, extractor: Extractor, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return the histories and risks that the form tells of; symptoms are left to the talk."""
    found: list[Finding] = []
    for text in (profile.conditions, profile.medicines, profile.allergies):
        if text.strip():
            found += _background_in(text, profile, extractor, knowledge)
    if profile.pregnant in (Assertion.PRESENT, Assertion.POSSIBLE):
        found.append(_told("pregnant", profile.pregnant, ""))
    return tuple(f for f in found if f.concept in knowledge.findings)


def _background_in(
    text: str, profile: Profile, extractor: Extractor, knowledge: Knowledge
) -> list[Finding]:
    extraction = attempt("extraction", lambda: extractor.extract(text, language=profile.language))
    if extraction is None:
        return []
    return [
        _told(f.concept, f.assertion, f.evidence)
        for f in extraction.findings
        if f.concept in knowledge.findings and knowledge.findings[f.concept].is_background
    ]


def _told(concept: str, assertion: Assertion, evidence: str) -> Finding:
    return Finding(concept=concept, assertion=assertion, evidence=evidence, origin=Origin.PROFILE)
