"""A plain answer is read for what it says; an answer that is none is not guessed at."""

import pytest

from assistant.dialogue.answers import (
    answered,
    plain_answer,
    scale_answer,
    wants_back,
    wants_finish,
    wants_skip,
)
from assistant.records.dialogue import Question, QuestionKind
from assistant.records.terms import Assertion

ABSENT, PRESENT = Assertion.ABSENT, Assertion.PRESENT
POSSIBLE, UNKNOWN = Assertion.POSSIBLE, Assertion.UNKNOWN


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("no", ABSENT),
        ("Nope.", ABSENT),
        ("NO!!", ABSENT),
        ("not really", ABSENT),
        ("none of these", ABSENT),
        ("no, never", ABSENT),
        ("I don't", ABSENT),
        ("I don’t", ABSENT),
        ("没有", ABSENT),
        ("没", ABSENT),
        ("不疼", ABSENT),
        ("都没有", ABSENT),
        ("yes", PRESENT),
        ("Yeah, it does", PRESENT),
        ("yes, a lot", PRESENT),
        ("I do", PRESENT),
        ("是的", PRESENT),
        ("有", PRESENT),
        ("有的，很厉害", PRESENT),
        ("对", PRESENT),
        ("没错", PRESENT),
        ("maybe", POSSIBLE),
        ("I think so", POSSIBLE),
        ("a little", POSSIBLE),
        ("可能有", POSSIBLE),
        ("好像有一点", POSSIBLE),
        ("有点", POSSIBLE),
        ("not sure", UNKNOWN),
        ("I'm not sure", UNKNOWN),
        ("I don't know", UNKNOWN),
        ("no idea", UNKNOWN),
        ("不知道", UNKNOWN),
        ("不太清楚", UNKNOWN),
        ("不是很清楚", UNKNOWN),
        ("没注意", UNKNOWN),
        ("不确定", UNKNOWN),
    ],
)
def test_plain_answer_is_read(text, meaning):
    assert plain_answer(text) is meaning


@pytest.mark.parametrize(
    "text",
    [
        "nosebleeds since Monday",
        "noisy breathing",
        "yesterday evening",
        "next week",
        "nauseous",
        "my leg hurts",
        "Right lower belly",
        "发烧两天",
        "无所谓",
        "",
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(text):
    """A word that only begins like yes or no must not settle a finding."""
    assert plain_answer(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I have a headache",
        "I am taking ibuprofen",
        "I was at work",
        "I don't feel well",
        "I don't have a fever",
        "I haven't slept for two nights",
        "I didn't see a doctor",
    ],
)
def test_a_sentence_about_something_else_is_no_answer(text):
    """ "I don't feel well" to "is there chest pain?" would deny the chest pain."""
    assert plain_answer(text) is None


@pytest.mark.parametrize(
    "text", ["skip", "Skip this.", "next question", "跳过", "下一题", "不想说"]
)
def test_skip_is_understood(text):
    assert wants_skip(text)


@pytest.mark.parametrize("text", ["I skipped breakfast", "skipping heartbeats", "跳过一次月经"])
def test_a_symptom_is_no_wish_to_skip(text):
    assert not wants_skip(text)


@pytest.mark.parametrize("text", ["go back", "Back", "previous question", "返回", "上一题", "后退"])
def test_back_is_understood(text):
    assert wants_back(text)


@pytest.mark.parametrize("text", ["back pain", "Back hurts too", "back of my head", "backache"])
def test_a_pain_in_the_back_is_no_wish_to_go_back(text):
    """Else the patient's own words would delete what was answered before."""
    assert not wants_back(text)


@pytest.mark.parametrize(
    "text",
    ["that's all", "That’s it", "what do you think?", "I'm done", "别问了", "就这些", "没有了"],
)
def test_finish_is_understood(text):
    assert wants_finish(text)


@pytest.mark.parametrize(
    "text", ["I can't stop coughing", "stopped yesterday", "没有发烧", "结束工作后头疼"]
)
def test_a_symptom_is_no_wish_to_finish(text):
    assert not wants_finish(text)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("7", 7),
        ("It's a 7.", 7),
        ("7/10", 7),
        ("8 out of 10", 8),
        ("10/10", 10),
        ("0", 0),
        ("七分", 7),
        ("大概六分吧", 6),
        ("８", 8),
        ("quite bad", None),
        ("12", None),
        ("很疼", None),
    ],
)
def test_scale_answer_is_read(text, score):
    assert scale_answer(text) == score


def question(kind, *findings):
    return Question(id="q", kind=kind, findings=findings)


def test_no_to_several_denies_each():
    several = question(QuestionKind.CHOOSE_MANY, "cough", "fever")

    assert answered(several, ABSENT) == (("cough", ABSENT), ("fever", ABSENT))


@pytest.mark.parametrize("assertion", [PRESENT, POSSIBLE])
def test_yes_to_several_says_not_which(assertion):
    """A plain yes must not make every one of the choices true."""
    assert answered(question(QuestionKind.CHOOSE_MANY, "cough", "fever"), assertion) == ()


@pytest.mark.parametrize("kind", [QuestionKind.OPEN, QuestionKind.SCALE, QuestionKind.DURATION])
def test_yes_to_a_question_that_asks_for_more_says_nothing(kind):
    assert answered(question(kind, "cough"), PRESENT) == ()
