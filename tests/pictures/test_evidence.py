"""What a reading does to belief and urgency: more care, never less."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.diagnosis import Belief
from assistant.knowledge import facts_of, findings_in, sights_of
from assistant.knowledge.sights import LEAST, MOST, log_ratio
from assistant.records.case import Case, Profile
from assistant.records.finding import Finding, Origin
from assistant.records.picture import ImageReading, Modality, SeenPicture, Verdict
from assistant.records.terms import Assertion, Urgency
from assistant.turn.judging import Judge
from tests.pictures.spots import finding

MOLE = Finding(concept="mole_changing", assertion=Assertion.PRESENT, evidence="my mole grew")

# A doctor has found a brain tumour: without it, the model that tells its kinds apart is silent.
CONFIRMED = Finding(
    concept="brain_tumor_found", assertion=Assertion.PRESENT, evidence="yes", origin=Origin.ANSWERED
)


def read(*found, modality=Modality.DERMOSCOPY):
    return ImageReading(modality=modality, modality_probability=0.9, findings=found, model="m")


def case_with(knowledge, *readings, age=50.0, told=(MOLE,)):
    case = Case(profile=Profile(age_years=age), findings=tuple(told))
    for turn, reading in enumerate(readings, start=2):
        case = case.with_findings(*findings_in(reading, turn, knowledge))
        seen = (*case.readings, SeenPicture(turn=turn, reading=reading))
        case = Case(profile=case.profile, findings=case.findings, readings=seen)
    return case


@pytest.fixture(scope="module")
def judge(knowledge):
    return Judge(knowledge=knowledge, belief=Belief(knowledge))


def odds(judgement, knowledge, condition):
    p = judgement.posterior.probabilities[knowledge.condition_index[condition]]
    return p / (1 - p)


def test_likely_multiplies_the_odds_by_the_cards_ratio(judge, knowledge):
    plain = judge.judge(case_with(knowledge))
    seen = judge.judge(case_with(knowledge, read(finding("mel", 0.9, ratio=6.0))))

    grown = odds(seen, knowledge, "melanoma") / odds(plain, knowledge, "melanoma")
    assert grown == pytest.approx(6.0)


@pytest.mark.parametrize("ratio", [50.0, 1e9])
def test_no_ratio_counts_for_more_than_the_bound(judge, knowledge, ratio):
    plain = judge.judge(case_with(knowledge))
    seen = judge.judge(case_with(knowledge, read(finding("mel", 0.99, ratio=ratio))))

    grown = odds(seen, knowledge, "melanoma") / odds(plain, knowledge, "melanoma")
    assert grown == pytest.approx(MOST)


def test_unsure_weighs_nothing(judge, knowledge):
    plain = judge.judge(case_with(knowledge))
    seen = judge.judge(case_with(knowledge, read(finding("mel", 0.5, ratio=40.0))))

    assert (seen.posterior.probabilities == plain.posterior.probabilities).all()


def test_unlikely_lowers_belief_a_little_and_the_level_not_at_all(judge, knowledge):
    plain = judge.judge(case_with(knowledge))
    seen = judge.judge(case_with(knowledge, read(finding("mel", 0.01, ratio=0.001))))

    fallen = odds(seen, knowledge, "melanoma") / odds(plain, knowledge, "melanoma")
    assert fallen == pytest.approx(LEAST)
    assert seen.triage.level >= plain.triage.level


@pytest.mark.parametrize("ratio", [float("nan"), float("inf"), 0.0, -3.0])
def test_a_ratio_that_is_none_weighs_nothing(ratio):
    assert log_ratio(finding("mel", 0.9, ratio=ratio)) == 0.0


def test_two_pictures_of_one_spot_are_not_two_witnesses(judge, knowledge):
    once = judge.judge(case_with(knowledge, read(finding("mel", 0.9))))
    twice = judge.judge(case_with(knowledge, read(finding("mel", 0.9)), read(finding("mel", 0.9))))

    assert odds(twice, knowledge, "melanoma") == pytest.approx(odds(once, knowledge, "melanoma"))


def test_a_model_that_never_saw_health_moves_only_between_its_labels(judge, knowledge):
    """It names a tumour whatever it sees, so it may not make a tumour likelier than a cold."""
    ache = Finding(concept="headache", assertion=Assertion.PRESENT, evidence="headache")
    pair = [knowledge.condition_index[c] for c in ("brain_tumor", "pituitary_adenoma")]
    plain = judge.judge(case_with(knowledge, told=(ache, CONFIRMED)))
    reading = read(finding("pituitary", 0.95, task="brain_tumor"), modality=Modality.BRAIN_MRI)
    seen = judge.judge(case_with(knowledge, reading, told=(ache, CONFIRMED)))

    before, after = plain.posterior.probabilities, seen.posterior.probabilities
    assert after[pair].sum() == pytest.approx(before[pair].sum())
    assert after[pair[1]] > before[pair[1]]
    assert seen.triage.level >= Urgency.CONSULTATION_24H


@pytest.mark.parametrize(
    ("task", "label", "age", "level"),
    [
        ("skin_lesion", "mel", 60.0, Urgency.CONSULTATION),
        ("pneumonia", "pneumonia", 4.0, Urgency.CONSULTATION_24H),
        ("pneumonia", "pneumonia", None, Urgency.CONSULTATION_24H),
        ("brain_tumor", "glioma", 60.0, Urgency.CONSULTATION_24H),
        ("breast_ultrasound", "malignant", 60.0, Urgency.CONSULTATION),
    ],
)
def test_a_dangerous_label_demands_its_level(judge, knowledge, task, label, age, level):
    cold = Finding(concept="runny_nose", assertion=Assertion.PRESENT, evidence="a cold")
    reading = read(finding(label, 0.9, task=task), modality=knowledge.imaging[task].modality)
    told = (cold, CONFIRMED) if task == "brain_tumor" else (cold,)
    seen = judge.judge(case_with(knowledge, reading, age=age, told=told))

    assert seen.triage.level >= level
    assert any(r.kind == "picture" for r in seen.triage.reasons) or seen.triage.level > level
    assert seen.triage.floor is judge.judge(case_with(knowledge, told=told)).triage.floor


def test_a_demonstration_moves_nothing(judge, knowledge):
    reading = read(finding("covid", 0.99, task="covid_ct"), modality=Modality.CHEST_CT)
    plain = judge.judge(case_with(knowledge))
    seen = judge.judge(case_with(knowledge, reading))

    assert (seen.posterior.probabilities == plain.posterior.probabilities).all()
    assert seen.triage == plain.triage


def test_what_a_picture_shows_is_no_fact(knowledge):
    """A model's guess must not fire a rule that is about a radiologist's finding."""
    reading = read(finding("pneumonia", 0.99, task="pneumonia"), modality=Modality.CHEST_XRAY)
    case = case_with(knowledge, reading, told=())

    facts = facts_of(case, knowledge)
    assert "xray_consolidation" in {f.concept for f in case.findings}
    assert not facts.known - facts.barred
    assert not facts.ever


def test_what_was_told_in_words_counts_once(judge, knowledge):
    told = Finding(concept="xray_consolidation", assertion=Assertion.PRESENT, evidence="it is")
    reading = read(finding("pneumonia", 0.9, task="pneumonia"), modality=Modality.CHEST_XRAY)
    plain = judge.judge(case_with(knowledge, told=(told,)))
    seen = judge.judge(case_with(knowledge, reading, told=(told,)))

    assert (seen.posterior.probabilities == plain.posterior.probabilities).all()


@pytest.mark.parametrize("by_hand", [Assertion.ABSENT, Assertion.UNKNOWN])
def test_only_not_there_by_hand_takes_the_evidence_back(knowledge, by_hand):
    case = case_with(knowledge, read(finding("mel", 0.9)))
    said = Finding(
        concept="derm_melanoma_pattern", assertion=by_hand, evidence="", origin=Origin.CORRECTED
    )
    standing = [s.label for s in sights_of(case.with_findings(said), knowledge)]

    assert standing == ([] if by_hand is Assertion.ABSENT else ["mel"])


LABELS = [
    (task, label)
    for task, labels in {
        "skin_lesion": ("mel", "bcc", "akiec", "bkl", "df", "nv", "vasc"),
        "pneumonia": ("pneumonia", "normal"),
        "brain_tumor": ("glioma", "meningioma", "pituitary"),
        "breast_ultrasound": ("malignant", "benign", "normal"),
        "covid_ct": ("covid", "other"),
    }.items()
    for label in labels
]
TOLD = (
    *("chest_pain", "dyspnea", "fever", "cough", "headache", "mole_changing", "breast_lump"),
    *("weakness_one_sided", "rash", "abdominal_pain", "vomiting", "dizziness", "leg_pain"),
)


@st.composite
def readings(draw):
    task = draw(st.sampled_from(sorted({task for task, _ in LABELS})))
    found = [
        finding(label, draw(st.floats(0, 1)), ratio=draw(st.floats(0.001, 1000)), task=task)
        for known, label in LABELS
        if known == task
    ]
    return read(*found, modality=Modality.OTHER_MEDICAL)


@given(
    told=st.lists(st.sampled_from(TOLD), max_size=4, unique=True),
    denied=st.lists(st.sampled_from(TOLD), max_size=3, unique=True),
    age=st.none() | st.floats(0, 99),
    shown=st.lists(readings(), min_size=1, max_size=3),
    found=st.none() | st.sampled_from(Assertion),
)
def test_no_picture_ever_lowers_the_urgency(judge, knowledge, told, denied, age, shown, found):
    """The level with pictures is at least that without, whatever they show; so is the floor."""
    said = [Finding(concept=c, assertion=Assertion.ABSENT, evidence="") for c in denied]
    said += [Finding(concept=c, assertion=Assertion.PRESENT, evidence="") for c in told]
    said = [f for f in said if f.concept in knowledge.findings]
    said += [replace(CONFIRMED, assertion=found)] if found is not None else []
    plain = judge.judge(case_with(knowledge, age=age, told=said))
    seen = judge.judge(case_with(knowledge, *shown, age=age, told=said))

    assert seen.triage.level >= plain.triage.level
    assert seen.triage.floor is plain.triage.floor
    assert math.isclose(seen.posterior.probabilities.sum(), 1.0)
    assert not seen.missing


def test_a_failure_of_the_weighing_never_lowers_the_urgency(judge, knowledge, monkeypatch):
    monkeypatch.setattr("assistant.turn.judging.sights_of", lambda *_: 1 / 0)
    seen = judge.judge(case_with(knowledge, read(finding("glioma", 0.9, task="brain_tumor"))))

    assert seen.missing == ("imaging",)
    assert seen.triage.level >= Urgency.CONSULTATION_24H


def test_verdict_words_follow_the_list(knowledge):
    """Likely may be there, unsure is not known, unlikely is no entry: a picture denies nothing."""
    found = read(finding("mel", 0.9), finding("bcc", 0.5), finding("nv", 0.1))
    said = {f.concept: f.assertion for f in findings_in(found, 3, knowledge)}

    assert said == {
        "derm_melanoma_pattern": Assertion.POSSIBLE,
        "derm_skin_cancer_pattern": Assertion.UNKNOWN,
    }
    assert finding("nv", 0.1).verdict is Verdict.UNLIKELY
