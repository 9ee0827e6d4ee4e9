"""The buttons under a question say and answer what they seem to."""

import pytest

from assistant.dialogue.choices import DURATIONS, choices_for, days_of_choice
from assistant.dialogue.phrasing import Phrasing
from assistant.paths import shipped
from assistant.records.dialogue import Question, QuestionKind, TurnKind
from assistant.records.terms import Assertion, Language


@pytest.fixture(scope="module")
def phrasing(knowledge):
    return Phrasing(shipped("prompts"), knowledge)


def question(kind, *findings):
    return Question(id="q", kind=kind, findings=findings)


@pytest.mark.parametrize("language", list(Language))
def test_yes_no_and_not_sure(phrasing, language):
    """A doubt has a button of its own, so that nobody is pressed into a no."""
    buttons = choices_for(question(QuestionKind.YES_NO, "cough"), phrasing, language)

    assert [b.answers for b in buttons] == [
        (("cough", Assertion.PRESENT),),
        (("cough", Assertion.ABSENT),),
        (("cough", Assertion.UNKNOWN),),
    ]
    assert all(b.label for b in buttons)


@pytest.mark.parametrize("kind", [QuestionKind.CHOOSE_ONE, QuestionKind.CHOOSE_MANY])
def test_each_choice_answers_every_finding_of_the_question(phrasing, kind):
    """Otherwise what was not pressed would be asked again."""
    findings = ("wheezing", "stridor", "cyanosis")
    *named, none, unsure = choices_for(question(kind, *findings), phrasing, Language.ENGLISH)

    assert [dict(b.answers) for b in named] == [
        {f: Assertion.PRESENT if f == chosen else Assertion.ABSENT for f in findings}
        for chosen in findings
    ]
    assert set(dict(none.answers).values()) == {Assertion.ABSENT}
    assert set(dict(unsure.answers).values()) == {Assertion.UNKNOWN}


def test_scale_has_eleven_buttons_and_a_way_out(phrasing):
    *buttons, unsure = choices_for(
        question(QuestionKind.SCALE, "headache"), phrasing, Language.CHINESE
    )

    assert [b.severity for b in buttons] == list(range(11))
    assert unsure.kind is TurnKind.SKIP


@pytest.mark.parametrize("language", list(Language))
def test_pressed_duration_is_its_words(phrasing, language):
    """A pressed duration comes back as text, and stands for the middle of its range."""
    *buttons, unsure = choices_for(question(QuestionKind.DURATION, "cough"), phrasing, language)

    assert unsure.kind is TurnKind.SKIP
    assert {b.kind for b in buttons} == {TurnKind.SAY}
    assert [days_of_choice(b.text, phrasing) for b in buttons] == [days for _, days in DURATIONS]


def test_other_words_are_no_pressed_duration(phrasing):
    assert days_of_choice("since my birthday", phrasing) is None


def test_open_question_has_no_buttons(phrasing):
    assert choices_for(question(QuestionKind.OPEN), phrasing, Language.ENGLISH) == ()
