"""Belief follows the numbers of the knowledge, and counts nothing twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.diagnosis import Belief
from assistant.knowledge import Knowledge, facts_of
from assistant.knowledge.schema import AGE_BANDS
from assistant.paths import shipped
from assistant.records.case import Case, Profile
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Sex

KNOWLEDGE = Knowledge.load(shipped("knowledge"))
BELIEF = Belief(KNOWLEDGE)
WOMAN = Profile(age_years=30, sex=Sex.FEMALE)


def told(**findings: Assertion) -> Case:
    return Case(
        profile=WOMAN,
        findings=tuple(Finding(concept=c, assertion=a, evidence="") for c, a in findings.items()),
    )


def probability(case: Case, condition: str) -> float:
    posterior = BELIEF.posterior(facts_of(case, KNOWLEDGE), case.profile)
    return float(posterior.probabilities[KNOWLEDGE.condition_index[condition]])


def test_child_finding_brings_its_parent_only_once():
    """A "throbbing headache" is one fact, not a headache and a throbbing headache."""
    child = told(headache_throbbing=Assertion.PRESENT)
    both = told(headache=Assertion.PRESENT, headache_throbbing=Assertion.PRESENT)

    assert probability(child, "migraine") == pytest.approx(probability(both, "migraine"))


def test_denied_parent_denies_its_children_once():
    """ "No cough" already says "no dry cough"."""
    parent = told(cough=Assertion.ABSENT)
    both = told(cough=Assertion.ABSENT, cough_dry=Assertion.ABSENT)

    assert probability(parent, "pneumonia") == pytest.approx(probability(both, "pneumonia"))


def test_denial_speaks_against_what_nearly_always_has_it():
    """No fever makes flu less likely, and nothing told leaves it as it was."""
    cough = told(cough=Assertion.PRESENT)
    without = told(cough=Assertion.PRESENT, fever=Assertion.ABSENT)
    unclear = told(cough=Assertion.PRESENT, fever=Assertion.UNKNOWN)

    assert probability(without, "influenza") < probability(cough, "influenza")
    assert probability(unclear, "influenza") == pytest.approx(probability(cough, "influenza"))


@pytest.mark.parametrize(
    ("condition", "sex"),
    [("testicular_torsion", Sex.FEMALE), ("ovarian_torsion", Sex.MALE), ("preeclampsia", Sex.MALE)],
)
def test_impossible_for_the_sex_is_impossible(condition, sex):
    """Nobody is told of an organ that they do not have."""
    case = Case(
        profile=Profile(age_years=30, sex=sex),
        findings=(Finding(concept="abdominal_pain", assertion=Assertion.PRESENT, evidence=""),),
    )

    assert probability(case, condition) < 1e-6


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(KNOWLEDGE.findings)),
            st.sampled_from([Assertion.PRESENT, Assertion.ABSENT, Assertion.POSSIBLE]),
        ),
        max_size=40,
    )
)
def test_belief_is_always_a_distribution(findings):
    """However odd the facts, the belief stays finite and sums to one."""
    case = Case(findings=tuple(Finding(concept=c, assertion=a, evidence="") for c, a in findings))
    posterior = BELIEF.posterior(facts_of(case, KNOWLEDGE), case.profile)

    assert np.isfinite(posterior.probabilities).all()
    assert posterior.probabilities.sum() == pytest.approx(1)


def typical_patient(condition: str, rng: np.random.Generator) -> Case:
    """Draw a patient of `condition` from its own numbers: age, sex, and what is listed."""
    row = KNOWLEDGE.condition_index[condition]
    weights = KNOWLEDGE.incidence[:, row, :].ravel()
    drawn = rng.choice(weights.size, p=weights / weights.sum())
    sex = (Sex.FEMALE, Sex.MALE)[drawn // len(AGE_BANDS)]
    age = float(np.append(AGE_BANDS, 90.0)[[drawn % 8, drawn % 8 + 1]].mean())
    case = Case(profile=Profile(age_years=age, sex=sex))
    present: set[str] = set()
    for column in np.flatnonzero(KNOWLEDGE.listed[row]):
        finding, parent = KNOWLEDGE.finding_ids[column], KNOWLEDGE.parent_index[column]
        if KNOWLEDGE.findings[finding].sex not in (None, sex):
            continue
        p = BELIEF.table[row, column]
        if parent >= 0 and KNOWLEDGE.listed[row, parent]:
            inside = KNOWLEDGE.finding_ids[parent] in present
            p = p / BELIEF.table[row, parent] if inside else 0.0
        there = rng.random() < p
        present |= {finding} if there else set()
        said = Assertion.PRESENT if there else Assertion.ABSENT
        case = case.with_findings(Finding(concept=finding, assertion=said, evidence=""))
    return case


def test_typical_patient_of_every_condition_is_recognised():
    """A condition that its own typical patient does not lead to can never be found."""
    rng = np.random.default_rng(7)
    ranks = []
    for condition in KNOWLEDGE.condition_ids:
        case = typical_patient(condition, rng)
        posterior = BELIEF.posterior(facts_of(case, KNOWLEDGE), case.profile)
        mine = posterior.probabilities[KNOWLEDGE.condition_index[condition]]
        ranks.append(int((posterior.probabilities[:-1] > mine).sum()))
    first, third = np.mean(np.array(ranks) < 1), np.mean(np.array(ranks) < 3)

    assert first >= 0.75
    assert third >= 0.90


def test_explanation_names_what_speaks_for_and_against():
    """Each condition shown carries its findings with the sign that a clinician expects."""
    case = told(
        dysuria=Assertion.PRESENT, urinary_frequency=Assertion.PRESENT, fever=Assertion.ABSENT
    )
    facts = facts_of(case, KNOWLEDGE)
    differential = BELIEF.differential(facts, BELIEF.posterior(facts, WOMAN))
    by_id = {h.condition: {e.concept: e.weight for e in h.evidence} for h in differential.top(5)}

    assert differential.hypotheses[0].condition == "cystitis"
    assert by_id["cystitis"]["dysuria"] > 0
    assert by_id["pyelonephritis"]["fever"] < 0
