"""An unexplained complaint is urgent until something that was told explains it."""

import pytest

from assistant.knowledge import facts_of
from assistant.records.case import Case, Profile
from assistant.records.diagnosis import Differential
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Urgency
from assistant.triage import triage
from assistant.triage.presentations import unexplained


def case_of(age, *present, absent=()):
    told = [Finding(concept=c, assertion=Assertion.PRESENT, evidence=c) for c in present]
    told += [Finding(concept=c, assertion=Assertion.ABSENT, evidence=c) for c in absent]
    return Case(profile=Profile(age_years=age), findings=tuple(told))


def levels(case, knowledge):
    return [r.level for r in unexplained(facts_of(case, knowledge), case.profile, knowledge)]


@pytest.mark.parametrize(
    ("age", "told", "expected"),
    [
        (55, ("chest_pain",), [Urgency.EMERGENCY]),
        (None, ("chest_pain",), [Urgency.EMERGENCY]),  # an age that was not told is an adult's
        (22, ("chest_pain",), [Urgency.CONSULTATION_24H]),
        (9, ("chest_pain",), []),
        (55, ("chest_pain", "chest_pain_on_pressing"), []),
        (55, ("cough",), []),
    ],
)
def test_chest_pain_counts_until_it_is_explained(knowledge, age, told, expected):
    """A bare "chest pain" of an adult must not be sent home; a sore rib need not frighten."""
    assert levels(case_of(age, *told), knowledge) == expected


def test_a_denied_explanation_explains_nothing(knowledge):
    """ "It does not hurt when I press" leaves the heart as possible as before."""
    case = case_of(55, "chest_pain", absent=("chest_pain_on_pressing",))
    assert levels(case, knowledge) == [Urgency.EMERGENCY]


def test_it_is_risk_and_no_floor(knowledge):
    """The talk goes on to ask for what would explain it, so it must not end like a red flag."""
    case = case_of(55, "chest_pain")
    judged = triage(case, facts_of(case, knowledge), Differential(), knowledge)
    assert judged.level is Urgency.EMERGENCY
    assert judged.floor < Urgency.EMERGENCY
    assert judged.reasons[-1].kind == "presentation"


def test_every_presentation_can_stand_and_be_explained(knowledge):
    for name, entry in knowledge.presentations.items():
        age = 40 if entry.age is None else (entry.age[0] or 0) + 1
        told = tuple(line[0] for line in entry.when)
        standing = unexplained(
            facts_of(case_of(age, *told), knowledge), Profile(age_years=age), knowledge
        )
        assert name in {reason.id for reason in standing}
        for explanation in entry.unless:
            explained = facts_of(case_of(age, *told, explanation), knowledge)
            found = unexplained(explained, Profile(age_years=age), knowledge)
            assert name not in {reason.id for reason in found}
