"""Ambiguous words in a whole talk: asked once, early, with choices; settled by the answer."""

import pytest

from assistant.records.case import Profile
from assistant.records.dialogue import Question, QuestionKind, Turn, TurnKind
from assistant.records.terms import Assertion, Language, Sex, Urgency

SAID = {Language.ENGLISH: "I have some discharge", Language.CHINESE: "流脓了"}
NAMES = {
    Language.ENGLISH: ("discharge", "ear_discharge", "Discharge from the ear"),
    Language.CHINESE: ("流脓", "ear_discharge", "耳朵流水流脓"),
}


def begin(assistant, text, language=Language.ENGLISH, sex=None):
    profile = Profile(age_years=30, language=language, sex=sex)
    return say(assistant, assistant.open("x", profile), text)


def say(assistant, reply, text):
    return assistant.reply(reply.consultation, Turn(kind=TurnKind.SAY, text=text))


def press(assistant, reply, label):
    choice = next(c for c in reply.choices if c.label == label)
    turn = Turn(kind=TurnKind.ANSWER, text=label, answers=choice.answers)
    return assistant.reply(reply.consultation, turn)


def states(reply):
    return {c: f.assertion for c, f in reply.consultation.case.latest().items()}


@pytest.mark.parametrize("language", list(Language))
def test_it_is_asked_first_with_the_meanings_as_choices(assistant, language):
    """Before the next best question, in the patient's own word, with ways out."""
    words, concept, label = NAMES[language]
    reply = begin(assistant, SAID[language], language)
    say_ = assistant.voice.speaker.phrasing.say
    assert reply.question.kind is QuestionKind.CLARIFY
    assert reply.messages[-1].text == say_("ask.clarify", language, words=words)
    labels = [c.label for c in reply.choices]
    assert label in labels
    assert labels[-2:] == [say_("choices.none", language), say_("choices.unsure", language)]
    assert reply.why == say_("why.clarify", language)
    settled = press(assistant, reply, label)
    assert states(settled) == {concept: Assertion.PRESENT}
    assert settled.question.kind is not QuestionKind.CLARIFY


def test_belief_waits_for_the_answer(assistant):
    """What is open moves no condition; what was meant does."""
    reply = begin(assistant, SAID[Language.ENGLISH])
    judged = assistant.judge.judge(reply.consultation.case)
    assert judged.posterior.findings == ()
    settled = press(assistant, reply, "Discharge from the ear")
    assert settled.differential.hypotheses[0].evidence[0].concept == "ear_discharge"


def test_never_asked_twice(assistant):
    """Said again, or answered with "not sure": no second time."""
    reply = begin(assistant, SAID[Language.ENGLISH])
    reply = press(assistant, reply, "Not sure")
    for _ in range(3):
        assert reply.question is None or reply.question.kind is not QuestionKind.CLARIFY
        reply = say(assistant, reply, "I have some discharge")


def test_not_understood_it_is_put_again_once(assistant):
    reply = begin(assistant, SAID[Language.ENGLISH])
    reply = say(assistant, reply, "blue monkeys")
    assert reply.question.kind is QuestionKind.CLARIFY
    assert reply.question.repeated
    reply = say(assistant, reply, "green monkeys")
    assert reply.question is None or reply.question.kind is not QuestionKind.CLARIFY


@pytest.mark.parametrize(
    ("first", "second", "language", "concept"),
    [
        ("I have some discharge", "no, it's from my ear", Language.ENGLISH, "ear_discharge"),
        ("I have swelling", "my left leg", Language.ENGLISH, "leg_swelling"),
        ("有点肿", "是腿", Language.CHINESE, "leg_swelling"),
    ],
)
def test_free_text_answers_it(assistant, first, second, language, concept):
    reply = say(assistant, begin(assistant, first, language), second)
    assert states(reply)[concept] is Assertion.PRESENT
    assert Assertion.POSSIBLE not in states(reply).values()


def test_none_of_these_denies_them(assistant):
    reply = begin(assistant, SAID[Language.ENGLISH])
    reply = press(assistant, reply, "None of these")
    assert set(states(reply).values()) == {Assertion.ABSENT}


def test_going_back_opens_it_again(assistant):
    """A slip of the finger is no fate."""
    reply = begin(assistant, SAID[Language.ENGLISH])
    before = states(reply)
    reply = press(assistant, reply, "Discharge from the eye")
    reply = assistant.reply(reply.consultation, Turn(kind=TurnKind.BACK))
    assert reply.question.kind is QuestionKind.CLARIFY
    assert states(reply) == before


def test_red_flags_see_every_meaning(assistant):
    """Bleeding of any kind in pregnancy is urgent before it is asked which."""
    text = "I am 32 weeks pregnant"
    reply = begin(assistant, text, sex=Sex.FEMALE)
    calm = reply.consultation.floor
    reply = say(assistant, reply, "and I am bleeding")
    facts = assistant.judge.judge(reply.consultation.case).facts
    assert facts.undecided or "vaginal_bleeding_abnormal" in facts.stated
    assert reply.consultation.floor > calm
    assert reply.consultation.floor >= Urgency.CONSULTATION_24H


def test_it_is_not_asked_where_it_makes_no_difference(assistant):
    """A question whose answers lead to the same advice wastes the patient's patience."""
    reply = begin(assistant, "I have a runny nose and a sore throat")
    judged = assistant.judge.judge(reply.consultation.case)

    def matters(*findings):
        question = Question(id="clarify", kind=QuestionKind.CLARIFY, findings=findings)
        return assistant.decider._matters(question, judged)

    assert not matters("runny_nose", "sore_throat")
    assert matters("ear_discharge", "hemoptysis")


def test_an_emergency_goes_before_it(assistant):
    """No quiz over a call for an ambulance."""
    reply = begin(assistant, "He is unconscious and not breathing, and there is some discharge")
    assert reply.consultation.floor.is_emergency
    assert reply.question is None
