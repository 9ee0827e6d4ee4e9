"""One report of a real-looking consultation, in the shapes that the rooms hand over."""

from dataclasses import replace

import pytest

from assistant.dialogue.phrasing import Phrasing
from assistant.paths import shipped
from assistant.records.case import Case, Profile
from assistant.records.diagnosis import (
    Differential,
    Evidence,
    Hypothesis,
    Passage,
    Reason,
    Triage,
)
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.report import Report
from assistant.records.terms import Assertion, Experiencer, Sex, Time, Urgency

WORDS = "crushing pain in my chest for two hours"


def found(concept: str, assertion=Assertion.PRESENT, evidence="", **more) -> Finding:
    return Finding(concept=concept, assertion=assertion, evidence=evidence, **more)


CASE = Case(
    profile=Profile(
        age_years=58.0, sex=Sex.MALE, country="GB", medicines="aspirin", conditions="gout"
    ),
    findings=(
        found("chest_pain_crushing", evidence=WORDS, duration_days=2 / 24, severity=9),
        found("sweating_cold", evidence="sweating", origin=Origin.ANSWERED),
        found("fever", Assertion.ABSENT, "no fever"),
        found("nausea", Assertion.POSSIBLE, "maybe a bit sick"),
        found("leg_swelling", Assertion.UNKNOWN, origin=Origin.ANSWERED),
        found("smoker", evidence="I smoke"),
        found("family_heart_disease_early", evidence="my dad", experiencer=Experiencer.RELATIVE),
        found("cough", evidence="had a cough", time=Time.PAST),
        found("fatigue", evidence="tired for weeks", duration_days=30.0),
    ),
    measurements=(Measurement(measure="sbp", value=98.0, evidence="BP 98/60"),),
    text=f"I have {WORDS}\nI smoke",
)
REPORT = Report(
    consultation_id="c-1",
    created="2026-11-23T09:00:00+00:00",
    case=CASE,
    triage=Triage(
        level=Urgency.EMERGENCY_AMBULANCE,
        floor=Urgency.EMERGENCY_AMBULANCE,
        reasons=(
            Reason(
                kind="red_flag",
                id="possible_heart_attack",
                level=Urgency.EMERGENCY_AMBULANCE,
                findings=("chest_pain_crushing", "sweating_cold"),
            ),
            Reason(
                kind="risk",
                id="acute_coronary_syndrome",
                level=Urgency.EMERGENCY,
                probability=0.62,
            ),
            Reason(kind="vitals", id="news2_medium", level=Urgency.EMERGENCY),
        ),
    ),
    differential=Differential(
        hypotheses=(
            Hypothesis(
                condition="acute_coronary_syndrome",
                probability=0.62,
                evidence=(
                    Evidence(
                        concept="chest_pain_crushing", assertion=Assertion.PRESENT, weight=2.1
                    ),
                    Evidence(concept="fever", assertion=Assertion.ABSENT, weight=-0.4),
                ),
                open_questions=("chest_pain_radiating_arm",),
            ),
            Hypothesis(condition="gerd", probability=0.1),
        ),
        unlisted=0.05,
    ),
    passages=(
        Passage(id="p", title="Heart attack", text="Call for help.", sources=("Book (X, 2020)",)),
    ),
    not_asked=("chest_pain_radiating_arm",),
    unclear=("leg_swelling",),
    missing=("retrieval",),
    versions=(("anamnesis", "0.1.0"), ("knowledge", "abc")),
)


@pytest.fixture
def report() -> Report:
    return REPORT


@pytest.fixture(scope="session")
def phrasing(knowledge) -> Phrasing:
    return Phrasing(shipped("prompts"), knowledge)


@pytest.fixture
def saying():
    """Return the report with other words in the patient's mouth."""

    def change(words: str) -> Report:
        findings = (found("chest_pain_crushing", evidence=words),)
        profile = replace(CASE.profile, medicines=words, allergies=words, conditions=words)
        measured = (Measurement(measure="sbp", value=98.0, evidence=words),)
        case = Case(profile=profile, findings=findings, measurements=measured, text=words)
        return replace(REPORT, case=case)

    return change
