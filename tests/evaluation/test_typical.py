"""Simulated patients follow a condition's own numbers, and the knowledge finds them."""

from random import Random

import pytest

from assistant.diagnosis import Belief
from assistant.evaluation.deep_check import (
    FIRST,
    IN_FIRST_3,
    leading_on_nothing,
    simulated_problems,
)
from assistant.evaluation.typical import Simulated, figures, sampled_case, simulate
from assistant.records.terms import Assertion, Urgency


@pytest.fixture(scope="module")
def belief(knowledge):
    return Belief(knowledge)


def test_samples_are_the_conditions_own(knowledge):
    """Its findings only, a child only under its parent, and only people who can have it."""
    random = Random(1)
    for condition in ("appendicitis", "endometriosis", "benign_prostatic_hyperplasia", "croup"):
        entry = knowledge.conditions[condition]
        for _ in range(20):
            case = sampled_case(condition, knowledge, random)
            told = {f.concept: f.assertion for f in case.findings}
            assert set(told) == {*entry.findings, *entry.risks}
            for finding, assertion in told.items():
                above = knowledge.parent(finding)
                if assertion is Assertion.PRESENT and above in told:
                    assert told[above] is Assertion.PRESENT
            rates = getattr(entry.incidence, case.profile.sex.value)
            assert any(rates)


def test_the_same_seed_gives_the_same_patients(knowledge, belief):
    assert simulate(knowledge, belief, ["gout"], 3) == simulate(knowledge, belief, ["gout"], 3)


def test_most_simulated_patients_find_their_own_condition(knowledge, belief):
    """A condition that cannot find its own typical patients will find no real ones."""
    found = figures(simulate(knowledge, belief, knowledge.condition_ids, patients=1, seed=11))
    assert found["first"] >= FIRST - 0.03  # one patient each: ± 2 points by chance
    assert found["in_first_3"] >= IN_FIRST_3 - 0.03
    assert found["dangerous_too_low"] <= 0.02


def test_nothing_told_is_no_diagnosis(knowledge, belief):
    assert list(leading_on_nothing(knowledge, belief)) == []


def test_problems_are_named():
    lost = Simulated(
        condition="a",
        rank=9,
        leader="b",
        needed=Urgency.EMERGENCY,
        advised=Urgency.SELF_CARE,
    )
    said = [str(problem) for problem in simulated_problems([lost])]
    assert any("none of its simulated patients finds it: b lead" in line for line in said)
    assert any("rated too low" in line for line in said)
