"""What a turn adds to a consultation, and what it never adds."""

from dataclasses import replace

import pytest

from assistant.dialogue.listening import hear_answers, hear_back, hear_skip, hear_text
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Question, QuestionKind, Turn, TurnKind
from assistant.records.extraction import Extraction
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Experiencer, Sex

NOTHING = Extraction()
COUGH = Question(id="cough", kind=QuestionKind.YES_NO, findings=("cough",))
CHEST = Question(id="chest_pain", kind=QuestionKind.YES_NO, findings=("chest_pain",))
SINCE = Question(id="since_when", kind=QuestionKind.DURATION, findings=("cough",))
HOW_BAD = Question(id="how_bad", kind=QuestionKind.SCALE, findings=("headache",))
SEVERAL = Question(id="noises", kind=QuestionKind.CHOOSE_MANY, findings=("wheezing", "stridor"))


def asked(question, **more):
    return Consultation(id="c", profile=Profile(), pending=question, turns=1, **more)


def say(text):
    return Turn(kind=TurnKind.SAY, text=text)


def found(concept, assertion=Assertion.PRESENT, **more):
    return Finding(concept=concept, assertion=assertion, evidence="", **more)


def known(heard):
    return {c: f.assertion for c, f in heard.consultation.case.latest().items()}


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("yes", Assertion.PRESENT),
        ("没有", Assertion.ABSENT),
        ("maybe", Assertion.POSSIBLE),
        ("不知道", Assertion.UNKNOWN),
    ],
)
def test_plain_answer_settles_the_question(text, assertion):
    heard = hear_text(asked(COUGH), say(text), NOTHING)

    assert known(heard) == {"cough": assertion}
    assert heard.consultation.pending is None
    assert heard.consultation.exchanges[-1].question == COUGH


def test_another_symptom_leaves_the_question_open():
    """A patient who tells something else has not answered, and is asked again."""
    heard = hear_text(asked(CHEST), say("my ear aches"), Extraction(findings=(found("ear_pain"),)))

    assert known(heard) == {"ear_pain": Assertion.PRESENT}
    assert heard.consultation.pending == CHEST


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I have a headache", found("headache")),
        ("I don't have a headache", found("headache", Assertion.ABSENT)),
    ],
)
def test_a_sentence_about_another_symptom_says_nothing_of_the_question(text, told):
    """ "I don't have a headache" must not deny the chest pain that was asked about."""
    heard = hear_text(asked(CHEST), say(text), Extraction(findings=(told,)))

    assert "chest_pain" not in known(heard)


def test_what_was_named_goes_before_a_plain_yes():
    """ "No, but a little cough" is about the cough what the words say of it."""
    told = found("cough", Assertion.POSSIBLE)
    heard = hear_text(asked(COUGH), say("no, well, perhaps a cough"), Extraction(findings=(told,)))

    assert known(heard) == {"cough": Assertion.POSSIBLE}


def test_yes_to_several_choices_is_asked_again():
    heard = hear_text(asked(SEVERAL), say("yes"), NOTHING)

    assert heard.consultation.pending == SEVERAL
    assert not heard.consultation.findings


def test_no_to_several_choices_denies_them_all():
    heard = hear_text(asked(SEVERAL), say("none of these"), NOTHING)

    assert known(heard) == {"wheezing": Assertion.ABSENT, "stridor": Assertion.ABSENT}


def test_duration_is_taken_from_the_words():
    heard = hear_text(asked(SINCE), say("two days"), Extraction(duration_days=2))

    assert heard.consultation.findings[-1].duration_days == 2
    assert heard.consultation.pending is None


@pytest.mark.parametrize(
    ("text", "severity", "assertion"), [("7", 7, Assertion.PRESENT), ("0", 0, Assertion.ABSENT)]
)
def test_score_is_taken_from_the_words(text, severity, assertion):
    """Nought of ten says that it is gone."""
    heard = hear_text(asked(HOW_BAD), say(text), NOTHING)

    assert heard.consultation.findings[-1].severity == severity
    assert known(heard) == {"headache": assertion}


def test_words_that_say_nothing_leave_everything_as_it_was():
    before = asked(COUGH)
    heard = hear_text(before, say("the sky is blue"), NOTHING)

    assert not heard.understood
    assert heard.consultation == replace(before, said=("the sky is blue",))
    assert heard.aside == "off_topic"


def test_age_and_sex_fill_only_what_the_form_left_open():
    told = Extraction(age_years=30, sex=Sex.MALE)
    blank = hear_text(asked(COUGH), say("30M"), told)
    filled = replace(asked(COUGH), profile=Profile(age_years=70, sex=Sex.FEMALE))

    assert blank.consultation.profile == Profile(age_years=30, sex=Sex.MALE)
    assert hear_text(filled, say("30M"), told).consultation.profile == filled.profile


def test_a_denial_of_what_was_told_is_a_contradiction():
    before = asked(COUGH, findings=(found("fever"),))
    heard = hear_text(before, say("x"), Extraction(findings=(found("fever", Assertion.ABSENT),)))

    assert heard.contradicted == ("fever",)


@pytest.mark.parametrize(
    "told",
    [
        found("fever", Assertion.UNKNOWN),
        found("fever", Assertion.ABSENT, experiencer=Experiencer.RELATIVE),
        found("fever"),
    ],
)
def test_a_doubt_or_somebody_elses_denial_contradicts_nothing(told):
    before = asked(COUGH, findings=(found("fever"),))

    assert not hear_text(before, say("x"), Extraction(findings=(told,))).contradicted


def test_pressed_buttons_settle_the_question():
    turn = Turn(kind=TurnKind.ANSWER, answers=(("cough", Assertion.PRESENT),))
    heard = hear_answers(asked(COUGH), turn)

    assert heard.consultation.pending is None
    assert heard.consultation.findings[-1].origin is Origin.ANSWERED


def test_skip_concludes_nothing():
    heard = hear_skip(asked(COUGH))

    assert heard.consultation.pending is None
    assert heard.consultation.exchanges[-1].skipped
    assert not heard.consultation.findings


def test_back_forgets_the_last_answer_and_keeps_what_was_said():
    said = asked(COUGH, findings=(found("headache", turn=0),))
    after = hear_answers(said, Turn(kind=TurnKind.ANSWER, answers=(("cough", Assertion.PRESENT),)))
    waiting = replace(after.consultation, pending=SINCE, turns=2)

    heard = hear_back(waiting)

    assert heard.consultation.pending == COUGH
    assert known(heard) == {"headache": Assertion.PRESENT}
    assert not heard.consultation.exchanges


def test_back_at_the_beginning_changes_nothing():
    before = asked(COUGH)
    heard = hear_back(before)

    assert heard.consultation == before
    assert not heard.understood
