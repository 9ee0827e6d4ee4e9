"""Red flags are a floor: nothing told, and no doubt, ever lowers it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assistant.knowledge import Knowledge, facts_of
from assistant.paths import shipped
from assistant.records.case import Case, Profile
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.terms import Assertion, Experiencer, Sex, Time, Urgency
from assistant.triage import fired, floor_of

KNOWLEDGE = Knowledge.load(shipped("knowledge"))
MAN = Profile(age_years=58, sex=Sex.MALE)
concepts = st.sampled_from(sorted(KNOWLEDGE.findings))
assertions = st.sampled_from(list(Assertion))


def finding(concept, assertion=Assertion.PRESENT, **more):
    return Finding(concept=concept, assertion=assertion, evidence="", **more)


findings = st.builds(finding, concepts, assertions)
profiles = st.builds(
    Profile,
    age_years=st.one_of(st.none(), st.floats(0, 100)),
    sex=st.sampled_from([None, *Sex]),
)


def floor(case: Case) -> Urgency:
    return floor_of(fired(facts_of(case, KNOWLEDGE), case.profile, KNOWLEDGE))


@pytest.mark.parametrize(
    ("assertion", "expected"),
    [
        (Assertion.PRESENT, Urgency.EMERGENCY_AMBULANCE),
        (Assertion.POSSIBLE, Urgency.EMERGENCY_AMBULANCE),
        (Assertion.ABSENT, Urgency.SELF_CARE),
        (Assertion.UNKNOWN, Urgency.SELF_CARE),
    ],
)
def test_floor_follows_assertion(assertion, expected):
    """A denied symptom must not call an ambulance; a doubtful one must."""
    case = Case(profile=MAN, findings=(finding("stridor", assertion),))

    assert floor(case) == expected


@pytest.mark.parametrize(
    "harmless",
    [
        {"experiencer": Experiencer.RELATIVE},
        {"time": Time.PAST},
    ],
)
def test_somebody_elses_or_earlier_finding_does_not_fire(harmless):
    """A father's stroke, or one's own years ago, is not today's emergency."""
    case = Case(profile=MAN, findings=(finding("stridor", **harmless),))

    assert floor(case) == Urgency.SELF_CARE


@given(st.lists(findings, max_size=8), findings, profiles)
def test_more_information_never_lowers_the_floor(known, new, profile):
    """Telling us more, even taking something back in passing, must not make us less careful."""
    before = Case(profile=profile, findings=tuple(known))

    assert floor(before.with_findings(new)) >= floor(before)


@given(st.lists(st.tuples(concepts, assertions), max_size=8, unique_by=lambda p: p[0]), st.data())
def test_order_of_findings_does_not_matter(told, data):
    """The same facts in another order are the same case."""
    told = [finding(c, a) for c, a in told]
    shuffled = data.draw(st.permutations(told))

    one = facts_of(Case(profile=MAN, findings=tuple(told)), KNOWLEDGE)
    other = facts_of(Case(profile=MAN, findings=tuple(shuffled)), KNOWLEDGE)
    assert one == other


@given(st.lists(findings, max_size=5), concepts)
def test_unknown_is_not_absent(known, concept):
    """Not asked, or not known, must never count as a no."""
    assume(all(f.concept != concept for f in known))
    case = Case(findings=(*known, finding(concept, Assertion.UNKNOWN)))
    without = Case(findings=tuple(known))

    assert facts_of(case, KNOWLEDGE).absent == facts_of(without, KNOWLEDGE).absent


def test_only_a_correction_by_hand_lowers_the_floor():
    """A misheard symptom can be taken out, in the list of what was understood."""
    heard = Case(profile=MAN, findings=(finding("stridor"),))
    in_passing = heard.with_findings(finding("stridor", Assertion.ABSENT))
    by_hand = heard.with_findings(finding("stridor", Assertion.ABSENT, origin=Origin.CORRECTED))

    assert floor(in_passing) == Urgency.EMERGENCY_AMBULANCE
    assert floor(by_hand) == Urgency.SELF_CARE


@pytest.mark.parametrize("flag_id", sorted(KNOWLEDGE.red_flags))
def test_every_flag_fires_on_each_way_to_meet_it(flag_id):
    """A flag that its own findings do not fire protects nobody."""
    flag = KNOWLEDGE.red_flags[flag_id]
    low = flag.age[0] if flag.age else None
    profile = Profile(
        age_years=flag.profile.age if flag.profile.age is not None else (low or 0) + 1,
        sex=flag.sex or flag.profile.sex,
    )
    for varied in flag.lines:
        for concept in varied.of:
            told = {concept}
            for line in flag.lines:
                told |= set(line.of[: line.at_least])
            case = Case(profile=profile, findings=tuple(finding(c) for c in sorted(told)))
            reasons = fired(facts_of(case, KNOWLEDGE), profile, KNOWLEDGE)
            assert flag_id in {r.id for r in reasons}


@pytest.mark.parametrize(
    ("measure", "value", "age", "concept"),
    [
        ("temperature_c", 39.6, 40, "fever_high"),
        ("heart_rate", 135, 40, "tachycardia_severe"),
        ("heart_rate", 135, 0.5, None),  # normal for an infant
        ("spo2", 90, 70, "hypoxia_severe"),
        ("sbp", 85, 60, "hypotension"),
        ("glucose_mmol_l", 2.8, 30, "lab_glucose_low"),
    ],
)
def test_numbers_give_findings_for_the_age(measure, value, age, concept):
    """A pulse of 135 is an emergency in an adult and ordinary in a baby."""
    told = Measurement(measure=measure, value=value, evidence="")
    facts = facts_of(Case(profile=Profile(age_years=age), measurements=(told,)), KNOWLEDGE)

    if concept is None:
        assert not facts.present & {"tachycardia", "tachycardia_severe"}
    else:
        assert concept in facts.present
