"""What ambiguous words may mean stays open until the patient says which."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.dialogue.clarifying import MOST_ASKED, clarified, open_question, opened
from assistant.knowledge import facts_of
from assistant.records.case import Case, Profile, settled
from assistant.records.dialogue import Consultation, Exchange, Question, QuestionKind
from assistant.records.extraction import Extraction
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Language, Sex

MEANINGS = ("vaginal_discharge", "penile_discharge", "ear_discharge", "eye_discharge")
VAGUE = Finding(
    concept=MEANINGS[0],
    assertion=Assertion.PRESENT,
    evidence="discharge",
    duration_days=2,
    turn=1,
    ambiguous_with=MEANINGS[1:],
)
START = Consultation(id="x", profile=Profile(age_years=30))


def told(concept, assertion=Assertion.PRESENT, **more):
    return Finding(concept=concept, assertion=assertion, evidence=concept, turn=2, **more)


def after(knowledge, *findings, before=START):
    extraction = opened(Extraction(findings=(VAGUE, *findings)), before, knowledge)
    return replace(before, findings=(*before.findings, *extraction.findings), turns=1)


def states(consultation):
    return {c: f.assertion for c, f in consultation.case.latest().items()}


def test_every_meaning_is_possible_and_counts_for_red_flags_alone(knowledge):
    """Nothing is committed to, and no danger is overlooked."""
    facts = facts_of(after(knowledge).case, knowledge)
    assert facts.undecided == set(MEANINGS)
    assert set(MEANINGS) <= facts.ever
    assert not facts.stated
    assert facts.undecided <= facts.known, "it is not asked as if it had never been told"


def test_a_meaning_that_cannot_be_is_left_out(knowledge):
    """No man is asked about his vagina; where one meaning is left, it is meant."""
    man = replace(START, profile=Profile(age_years=30, sex=Sex.MALE))
    assert "vaginal_discharge" not in states(after(knowledge, before=man))
    only = replace(VAGUE, ambiguous_with=("penile_discharge",))
    found = opened(Extraction(findings=(only,)), man, knowledge).findings
    assert [(f.concept, f.assertion) for f in found] == [("penile_discharge", Assertion.PRESENT)]


@pytest.mark.parametrize("concept", ["ear_discharge", "vaginal_discharge_curdy"])
def test_what_was_told_beside_it_tells_which(knowledge, concept):
    """Told in the same message, or earlier: no question."""
    same = after(knowledge, told(concept))
    earlier = after(knowledge, before=replace(START, findings=(told(concept),)))
    for consultation in (same, earlier):
        assert open_question(consultation) is None
        assert Assertion.POSSIBLE not in states(consultation).values()


@pytest.mark.parametrize("chosen", MEANINGS)
def test_the_chosen_one_is_there_and_the_others_are_gone(knowledge, chosen):
    """Not denied: nobody was asked about them."""
    now = after(knowledge)
    now = replace(now, findings=(*now.findings, told(chosen, origin=Origin.ANSWERED)))
    assert states(now) == {chosen: Assertion.PRESENT}
    assert now.case.latest()[chosen].duration_days == 2, "what was told of it stays"
    assert now.case.findings[0].evidence == "discharge"
    assert facts_of(now.case, knowledge).ever == {chosen}


def test_none_of_these_denies_all(knowledge):
    """Then each was named and denied."""
    now = after(knowledge)
    no = tuple(told(c, Assertion.ABSENT, origin=Origin.ANSWERED) for c in MEANINGS)
    assert set(states(replace(now, findings=now.findings + no)).values()) == {Assertion.ABSENT}
    again = after(knowledge, before=replace(now, findings=now.findings + no))
    assert open_question(again) is None


def test_not_sure_leaves_it_open_and_is_not_asked_again(knowledge):
    now = after(knowledge)
    question = open_question(now)
    assert question.kind is QuestionKind.CLARIFY
    assert question.findings == MEANINGS
    assert question.words == "discharge"
    unsure = tuple(told(c, Assertion.UNKNOWN, origin=Origin.ANSWERED) for c in MEANINGS)
    then = replace(now, findings=now.findings + unsure, exchanges=(Exchange(question=question),))
    assert facts_of(then.case, knowledge).undecided == set(MEANINGS)
    assert open_question(then) is None


def test_few_such_questions_in_one_talk(knowledge):
    """Somebody vague is not examined word by word."""
    other = Question(id="clarify", kind=QuestionKind.CLARIFY, findings=("cough", "fever"))
    now = replace(after(knowledge), exchanges=(Exchange(question=other),) * MOST_ASKED)
    assert open_question(now) is None


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("from my ear", "ear_discharge"),
        ("no, it's the eyes", "eye_discharge"),
        ("Vaginal.", "vaginal_discharge"),
        ("the third one", "ear_discharge"),
        ("2", "penile_discharge"),
        ("not the ear", None),
        ("ear and eye", None),
        ("I don't know", None),
        ("the ninth one", None),
        ("blue", None),
    ],
)
def test_free_text_names_one_choice(knowledge, words, chosen):
    """Words of one choice alone, or its place; what could be two of them, or a no, is no answer."""
    asked = replace(after(knowledge), pending=open_question(after(knowledge)))
    found = clarified(Extraction(), asked, words, knowledge).findings
    assert [f.concept for f in found] == ([chosen] if chosen else [])


@pytest.mark.parametrize(
    ("words", "chosen"),
    [("是耳朵", "ear_discharge"), ("第四个", "eye_discharge"), ("不是耳朵", None)],
)
def test_free_text_in_chinese(knowledge, words, chosen):
    chinese = replace(START, profile=Profile(age_years=30, language=Language.CHINESE))
    asked = after(knowledge, before=chinese)
    asked = replace(asked, pending=open_question(asked))
    found = clarified(Extraction(), asked, words, knowledge).findings
    assert [f.concept for f in found] == ([chosen] if chosen else [])


def test_a_form_of_a_choice_names_it(knowledge):
    """ "White and lumpy" is a vaginal discharge, so that is what was meant."""
    asked = replace(after(knowledge), pending=open_question(after(knowledge)))
    curdy = Extraction(findings=(told("vaginal_discharge_curdy"),))
    found = clarified(curdy, asked, "white and lumpy", knowledge).findings
    assert {f.concept for f in found} == {"vaginal_discharge_curdy", "vaginal_discharge"}


@given(
    st.lists(
        st.tuples(st.sampled_from((*MEANINGS, "cough")), st.sampled_from(list(Assertion))),
        max_size=6,
    )
)
def test_settling_never_loses_what_was_told_plainly(later):
    """Whatever comes later, only open meanings go, and settling twice is settling once."""
    vague = tuple(
        replace(
            VAGUE,
            concept=c,
            assertion=Assertion.POSSIBLE,
            ambiguous_with=tuple(m for m in MEANINGS if m != c),
        )
        for c in MEANINGS
    )
    plain = tuple(told(c, a, origin=Origin.ANSWERED) for c, a in later)
    found = settled(vague + plain)
    assert found[len(found) - len(plain) :] == plain
    assert settled(found) == found
    case = Case(findings=vague).with_findings(*plain)
    assert case.findings == found
    open_now = {f.concept for f in found if f.undecided}
    present = {c for c, a in later if a is Assertion.PRESENT}
    assert open_now == (set() if present & set(MEANINGS) else open_now - present)
