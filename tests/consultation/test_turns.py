"""How a consultation goes on from turn to turn, whatever it is about."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.records.case import Profile
from assistant.records.dialogue import QuestionKind, Turn, TurnKind
from assistant.records.finding import Origin
from assistant.records.terms import Assertion, Language, Sex, Urgency

WOMAN = Profile(age_years=34, sex=Sex.FEMALE)
OPENINGS = [
    ("I have had a cough for three days.", Language.ENGLISH),
    ("My stomach hurts and I threw up.", Language.ENGLISH),
    ("头疼，还有点发烧。", Language.CHINESE),
    ("皮肤上起了疹子，很痒。", Language.CHINESE),
]


def say(text):
    return Turn(kind=TurnKind.SAY, text=text)


def started(assistant, text, profile=WOMAN):
    return assistant.reply(assistant.open("c", profile).consultation, say(text))


def words(reply):
    return "\n".join(message.text for message in reply.messages)


def pressed(reply, pick):
    """Return the turn of one button under the question."""
    button = pick(reply.choices)
    return Turn(
        kind=button.kind, text=button.text, answers=button.answers, severity=button.severity
    )


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("other", [False, True])
def test_opening_says_what_it_is_and_asks(assistant, language, other):
    """A program, no doctor; and the number to call when it is an emergency."""
    profile = Profile(language=language, for_somebody_else=other, country="US")
    reply = assistant.open("c", profile)
    notice = {"en": "do not replace a doctor", "zh": "不能代替医生"}[language.value]

    assert reply.question.kind is QuestionKind.OPEN
    assert notice in words(reply)
    assert "911" in words(reply)
    assert reply.consultation.announced is None


def test_form_is_read_before_the_talk(assistant):
    """Illnesses and medicines from the form count as history, symptoms in it do not."""
    profile = replace(WOMAN, conditions="asthma, cough", medicines="warfarin")
    told = assistant.open("c", profile).consultation.findings

    assert {f.concept for f in told} >= {"hx_asthma", "med_anticoagulant"}
    assert "cough" not in {f.concept for f in told}
    assert {f.origin for f in told} == {Origin.PROFILE}


def test_pregnancy_in_the_form_counts(assistant):
    profile = replace(WOMAN, pregnant=Assertion.PRESENT)

    assert "pregnant" in {f.concept for f in assistant.open("c", profile).consultation.findings}


@pytest.mark.parametrize(("text", "language"), OPENINGS)
def test_same_input_gives_same_answer(assistant, text, language):
    profile = replace(WOMAN, language=language)

    assert started(assistant, text, profile) == started(assistant, text, profile)


@pytest.mark.parametrize(("text", "language"), OPENINGS)
def test_consultation_ends_after_the_most_questions(assistant, text, language):
    """Whoever answers "not sure" with every button comes to an advice."""
    reply = started(assistant, text, replace(WOMAN, language=language))
    for _ in range(assistant.decider.max_questions + 1):
        if reply.question is None:
            break
        reply = assistant.reply(reply.consultation, pressed(reply, lambda c: c[-1]))

    assert reply.consultation.advice is not None
    assert reply.progress == 1.0


@pytest.mark.parametrize(("text", "language"), OPENINGS)
def test_no_question_is_put_twice(assistant, text, language):
    reply, put = started(assistant, text, replace(WOMAN, language=language)), []
    while reply.question is not None:
        put.append(reply.question)
        reply = assistant.reply(reply.consultation, pressed(reply, lambda c: c[0]))

    assert len({q.id for q in put}) == len(put)


@pytest.mark.parametrize(("text", "language"), OPENINGS)
def test_what_is_known_is_not_asked(assistant, text, language):
    reply = started(assistant, text, replace(WOMAN, language=language))
    while reply.question is not None:
        if reply.question.kind is QuestionKind.YES_NO:
            told = {f.concept for f in reply.consultation.findings}
            assert not told & set(reply.question.findings)
        reply = assistant.reply(reply.consultation, pressed(reply, lambda c: c[1]))


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize(
    ("text", "language"), [("My knee hurts.", Language.ENGLISH), ("膝盖疼。", Language.CHINESE)]
)
def test_pressed_duration_is_understood(assistant, text, language, place):
    """A button whose own words are not understood would put the question again."""
    asked = started(assistant, text, replace(WOMAN, language=language))
    assert asked.question.kind is QuestionKind.DURATION
    reply = assistant.reply(asked.consultation, pressed(asked, lambda c: c[place]))

    assert reply.question is None or reply.question.id != asked.question.id
    assert any(f.duration_days is not None for f in reply.consultation.findings)


@given(seed=st.integers(0, 10_000), opening=st.sampled_from(OPENINGS))
@settings(max_examples=8)
def test_level_never_falls_without_a_correction(assistant, seed, opening):
    """Whatever is pressed, in whatever order, with going back and finishing in between."""
    text, language = opening
    chance = random.Random(seed)
    reply = started(assistant, text, replace(WOMAN, language=language))
    for _ in range(8):
        before = reply.consultation
        reply = assistant.reply(before, _anything(reply, chance))
        after = reply.consultation

        assert after.floor >= before.floor
        assert (after.announced or Urgency.SELF_CARE) >= (before.announced or Urgency.SELF_CARE)
        assert words(reply)


def _anything(reply, chance):
    acts = [TurnKind.SKIP, TurnKind.BACK, TurnKind.FINISH, TurnKind.ANSWER, TurnKind.ANSWER]
    act = chance.choice(acts)
    if act is TurnKind.ANSWER:
        return pressed(reply, chance.choice) if reply.choices else say("no")
    return Turn(kind=act)


def test_red_flag_in_the_middle_ends_the_questions(assistant):
    """A question that waits for its answer must not hold up an ambulance."""
    asked = started(assistant, "I have had a cough for three days.")
    assert asked.question is not None
    reply = assistant.reply(asked.consultation, say("my lips are blue"))

    assert reply.consultation.announced is Urgency.EMERGENCY_AMBULANCE
    assert reply.question is None
    assert "999" in words(reply)


def test_emergency_is_told_in_the_same_turn_as_the_answer(assistant):
    asked = started(assistant, "I have had a cough for three days.")
    turn = Turn(kind=TurnKind.ANSWER, answers=(("cyanosis", Assertion.PRESENT),))
    reply = assistant.reply(asked.consultation, turn)

    assert reply.consultation.announced is Urgency.EMERGENCY_AMBULANCE
    assert reply.question is None


def test_correction_before_the_advice_keeps_the_question(assistant):
    asked = started(assistant, "I have a cough and a sore throat.")
    turn = Turn(kind=TurnKind.CORRECT, answers=(("sore_throat", Assertion.ABSENT),))
    reply = assistant.reply(asked.consultation, turn)

    assert reply.question == asked.question
    assert "sore_throat" not in {
        c for c, f in reply.consultation.case.latest().items() if f.assertion is Assertion.PRESENT
    }


def test_advice_names_conditions_reasons_and_passages(assistant):
    """Each condition that is shown carries what speaks for it; passages are cited."""
    reply = started(assistant, "I have crushing chest pain and I'm sweating.")
    advice = reply.consultation.advice

    assert advice.triage.reasons
    assert any(e.weight > 0 for e in advice.differential.hypotheses[0].evidence)
    assert advice.passages
    assert all(p.sources for p in advice.passages)


def test_report_holds_the_level_that_was_told(assistant):
    """A report must not sound calmer than what the patient heard."""
    told = started(assistant, "My lips are blue and I cough.")
    later = assistant.reply(told.consultation, say("Actually my lips are not blue."))
    report = assistant.report(later.consultation, "2026-01-01T00:00:00Z")

    assert report.triage.level is Urgency.EMERGENCY_AMBULANCE
    assert report.case.text


@pytest.mark.parametrize("kind", [TurnKind.SKIP, TurnKind.BACK, TurnKind.FINISH, TurnKind.ANSWER])
def test_any_act_before_the_first_words_is_answered(assistant, kind):
    """Nothing that can be pressed on an empty consultation breaks it."""
    reply = assistant.reply(assistant.open("c", WOMAN).consultation, Turn(kind=kind))

    assert words(reply)
    assert (reply.consultation.announced or Urgency.CONSULTATION) >= Urgency.CONSULTATION
