"""A correction by hand changes the consultation at once, and only what it should."""

import pytest

from assistant.records.case import Profile
from assistant.records.dialogue import QuestionKind, Turn, TurnKind
from assistant.records.terms import Assertion, Language, Sex, Urgency, Withdrawal
from assistant.turn.judging import _told

MAN = Profile(age_years=30, sex=Sex.MALE)


@pytest.fixture(scope="module")
def plain_assistant(tmp_path_factory):
    """Return the real assistant without networks: lexicon, rules, belief, questions."""
    from assistant.assembly import build_assistant
    from assistant.settings import Settings

    return build_assistant(
        Settings(
            _env_file=None,
            data_dir=tmp_path_factory.mktemp("data"),
            extractor="lexicon",
            encoder="none",
            index="none",
        )
    )


@pytest.fixture
def told(plain_assistant):
    """Return a function that opens a consultation with a message."""

    def tell(text, profile=MAN):
        opened = plain_assistant.open("c", profile).consultation
        return plain_assistant.reply(opened, Turn(kind=TurnKind.SAY, text=text))

    return tell


@pytest.fixture
def correct(plain_assistant):
    """Return a function that corrects entries of the list."""

    def set_right(reply, **parts):
        return plain_assistant.reply(reply.consultation, Turn(kind=TurnKind.CORRECT, **parts))

    return set_right


def words(reply):
    return "\n".join(message.text for message in reply.messages)


@pytest.mark.parametrize(
    "parts",
    [
        {"answers": (("cyanosis", Assertion.ABSENT),)},
        {"withdrawn": (("cyanosis", Withdrawal.REMOVE),)},
        {"withdrawn": (("cyanosis", Withdrawal.NOT_MINE),)},
    ],
)
def test_a_misunderstood_emergency_does_not_end_the_questions(told, correct, parts):
    """Blue lips that were lipstick: the urgency falls, and the interview goes on."""
    before = told("I have a runny nose and my lips are blue")
    assert before.consultation.announced is Urgency.EMERGENCY_AMBULANCE
    assert before.question is None

    after = correct(before, **parts)

    assert after.consultation.announced is None
    assert after.consultation.floor < Urgency.EMERGENCY
    assert after.question is not None
    assert "no longer holds" in words(after)


def test_a_doubt_by_hand_lowers_nothing(told, correct):
    """ "Not sure" about blue lips is no all-clear."""
    before = told("I have a runny nose and my lips are blue")
    after = correct(before, answers=(("cyanosis", Assertion.UNKNOWN),))

    assert after.consultation.announced is Urgency.EMERGENCY_AMBULANCE


def test_setting_a_red_flag_to_there_raises_the_urgency(told, correct):
    """What was missed and put right counts as if it had been said."""
    before = told("I have chest pain, but no cold sweat")
    assert before.consultation.announced is not Urgency.EMERGENCY_AMBULANCE

    after = correct(before, answers=(("sweating_cold", Assertion.PRESENT),))

    assert after.consultation.announced is Urgency.EMERGENCY_AMBULANCE
    assert after.question is None


def test_the_question_is_chosen_anew(told, correct):
    """ "Since when do you have a sore throat?" is idle once there is none."""
    before = told("I have a sore throat and a runny nose")
    assert before.question.findings == ("sore_throat",)

    after = correct(before, withdrawn=(("sore_throat", Withdrawal.REMOVE),))

    assert after.question is not None
    assert "sore_throat" not in after.question.findings
    assert after.differential != before.differential


def test_nothing_left_asks_openly_again(told, correct):
    """With the only complaint gone, guessing at illnesses would be a quiz about nothing."""
    before = told("I have a sore throat")
    after = correct(before, withdrawn=(("sore_throat", Withdrawal.REMOVE),))

    assert after.question.kind is QuestionKind.OPEN
    assert after.consultation.case.latest() == {}


def test_advice_is_given_anew_after_taking_back(plain_assistant, told, correct):
    """Advice that rests on what was taken back must not stand."""
    before = told("I have a sore throat and a rash")
    advised = plain_assistant.reply(before.consultation, Turn(kind=TurnKind.FINISH))
    after = correct(advised, withdrawn=(("rash", Withdrawal.NOT_MINE),))

    evidence = {e.concept for h in after.differential.hypotheses for e in h.evidence}
    assert "rash" not in evidence
    assert after.consultation.advice.differential == after.differential
    assert len(after.messages) > 1


def test_words_taken_back_are_not_matched_either(told, correct):
    """The match of the text must not see what the list no longer shows."""
    before = told("I have a sore throat and a rash")
    for parts in (
        {"withdrawn": (("rash", Withdrawal.REMOVE),)},
        {"answers": (("rash", Assertion.ABSENT),)},
    ):
        after = correct(before, **parts)
        assert "rash" not in _told(after.consultation.case)
        assert "sore throat" in _told(after.consultation.case)
        assert "rash" in after.consultation.case.text, "what was said stays on record"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        (Language.ENGLISH, "I have a sore throat and a rash", "Somebody else's: rash."),
        (Language.CHINESE, "嗓子疼，身上起皮疹", "别人的情况：皮疹。"),
    ],
)
def test_what_was_corrected_is_said_back(told, correct, language, text, said):
    """Somebody who cannot see the list hears what it now says."""
    before = told(text, Profile(age_years=30, sex=Sex.MALE, language=language))
    assert said in words(correct(before, withdrawn=(("rash", Withdrawal.NOT_MINE),)))
