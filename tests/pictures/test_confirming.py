"""A model that only tells kinds apart is silent until it is known that there is any of them.

It was never taught a healthy brain and names a tumour in one, often surely: nobody may read that.
"""

import re

import pytest

from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.finding import Origin
from assistant.records.picture import Verdict
from assistant.records.terms import Assertion, Urgency
from tests.pictures.brains import head
from tests.pictures.confirming import (  # noqa: F401 (eyes: a fixture)
    ASKED,
    CANNOT,
    EN,
    FOUND,
    KINDS,
    NOT_YES,
    READER,
    ZH,
    all_that_is_shown,
    answer,
    begun,
    both,
    correct,
    eyes,
    reports,
    say,
    words,
)
from tests.pictures.spots import picture


@both
def test_the_question_comes_before_anything_of_the_reading(service, language):
    identity, before = begun(service, language)

    after = service.show(identity, picture(head()))

    assert after.reading.findings[0].verdict is Verdict.LIKELY  # the fault: a healthy head
    assert CANNOT[language] in words(after)
    assert after.messages[-1].text == ASKED[language]
    assert not KINDS.search(words(after))
    assert (after.question.id, after.question.findings) == ("confirm", (FOUND,))
    pressed = [choice.answers[0][1] for choice in after.choices]
    assert pressed == [Assertion.PRESENT, Assertion.ABSENT, Assertion.UNKNOWN]
    assert after.why
    assert after.differential == before.differential
    assert after.triage == before.triage
    assert not any(f.origin is Origin.PICTURE for f in after.consultation.findings)


@both
def test_yes_lets_the_kinds_speak(service, language):
    identity, _ = begun(service, language)
    service.show(identity, picture(head("pituitary")))

    after = answer(service, identity, Assertion.PRESENT)

    assert re.search("pituitary gland|垂体", words(after))
    assert after.consultation.case.latest()["mri_pituitary_mass"].origin is Origin.PICTURE
    assert after.triage.level >= Urgency.CONSULTATION_24H
    assert after.question is None or after.question.id != "confirm"


def test_after_yes_they_are_weighed_among_each_other(service):
    shares = {}
    for kind in ("glioma", "pituitary"):
        identity, _ = begun(service)
        service.show(identity, picture(head(kind)))
        after = answer(service, identity, Assertion.PRESENT)
        p = {h.condition: h.probability for h in after.differential.hypotheses}
        shares[kind] = p.get("pituitary_adenoma", 0.0)

    assert shares["pituitary"] > 5 * shares["glioma"]


@both
@pytest.mark.parametrize("assertion", NOT_YES)
def test_without_a_yes_nothing_is_concluded(service, settings, language, assertion):
    """Said plainly, with who should read it; the questions go on as if there were no picture."""
    identity, before = begun(service, language)
    plain, _ = begun(service, language)
    service.show(identity, picture(head("glioma")))

    after = answer(service, identity, assertion)

    assert CANNOT[language] in words(after)
    assert READER[language] in words(after)
    assert not KINDS.search(words(after))
    assert after.triage.level >= before.triage.level
    assert not any(r.kind == "picture" for r in after.triage.reasons)
    assert after.consultation.readings[0].reading.findings, "the reading stays recorded"
    shown = all_that_is_shown(service, settings, identity, language)
    without = all_that_is_shown(service, settings, plain, language)
    assert sorted(KINDS.findall(shown)) == sorted(KINDS.findall(without))
    assert service.picture(identity, 2).heat is None


@both
def test_the_report_says_that_it_was_read_and_withheld(service, language):
    identity, _ = begun(service, language)
    service.show(identity, picture(head("glioma")))
    open_words = reports(service, identity, language)
    answer(service, identity, Assertion.ABSENT)
    denied = reports(service, identity, language)

    for texts, reason in ((open_words, "not answered|未回答"), (denied, "one: no|发现：没有")):
        for text in texts:
            assert re.search("Read by the model, and withheld|结果不予采用", text)
            assert re.search(reason, text)
            assert "drawn-heads-1" in text


@both
def test_no_is_no_sign_against_a_tumour(service, language):
    """Nobody found one: perhaps nobody looked. What is believed and asked stays what it was."""
    identity, before = begun(service, language)
    service.show(identity, picture(head()))

    after = answer(service, identity, Assertion.ABSENT)

    assert after.differential == before.differential
    assert after.triage == before.triage
    assert after.question == before.question


@both
def test_a_correction_lets_it_speak_and_another_silences_it(service, language):
    identity, before = begun(service, language)
    service.show(identity, picture(head("meningioma")))
    answer(service, identity, Assertion.ABSENT)

    spoken = correct(service, identity, Assertion.PRESENT)

    assert re.search("meningioma|脑膜", words(spoken))
    assert "ct_brain_mass" in spoken.consultation.case.latest()
    assert service.picture(identity, 2).heat is not None
    silent = correct(service, identity, Assertion.ABSENT)
    assert READER[language] in words(silent)
    assert "ct_brain_mass" not in silent.consultation.case.latest()
    assert not any(r.kind == "picture" for r in silent.triage.reasons)
    assert silent.triage.level >= before.triage.level
    assert service.picture(identity, 2).heat is None


@both
def test_a_red_flag_goes_first_and_the_picture_stays_silent(service, language):
    """No quiz in an emergency: it is said that nothing is concluded, and the level stays."""
    told = {
        EN: "The worst headache of my life, it came in a second",
        ZH: "突然剧烈头痛，像炸开一样",
    }
    identity, before = begun(service, language, told[language])
    assert before.consultation.announced.is_emergency

    after = service.show(identity, picture(head("glioma")))

    assert after.question is None
    assert READER[language] in words(after)
    assert not KINDS.search(words(after))
    assert after.consultation.announced >= before.consultation.announced
    assert after.consultation.floor >= before.consultation.floor


def test_a_red_flag_fires_while_the_question_waits(service):
    identity, _ = begun(service)
    service.show(identity, picture(head()))

    after = say(service, identity, "I suddenly cannot move my right arm and my face droops")

    assert after.consultation.announced.is_emergency
    assert READER[EN] in words(after)
    assert "glioma" not in words(after)


@pytest.mark.parametrize("kind", [TurnKind.SKIP, TurnKind.FINISH])
def test_no_answer_is_no_yes(service, kind):
    identity, _ = begun(service)
    service.show(identity, picture(head("glioma")))

    after = service.turn(identity, Turn(kind=kind))

    assert READER[EN] in words(after)
    assert "in the picture" not in words(after)
    assert not any(f.origin is Origin.PICTURE for f in after.consultation.findings)


def test_it_is_asked_once(service):
    identity, _ = begun(service)
    service.show(identity, picture(head("glioma")))
    answer(service, identity, Assertion.UNKNOWN)

    again = service.show(identity, picture(head("glioma", seed=2)))

    assert again.question.id != "confirm"
    assert READER[EN] in words(again)


def test_back_takes_the_yes_back(service):
    identity, _ = begun(service)
    service.show(identity, picture(head("glioma")))
    answer(service, identity, Assertion.PRESENT)

    after = service.turn(identity, Turn(kind=TurnKind.BACK))

    assert after.messages[-1].text == ASKED[EN]
    assert not any(f.origin is Origin.PICTURE for f in after.consultation.findings)


def test_back_from_the_question_is_possible(service):
    identity, _ = begun(service)
    first = say(service, identity, "no")
    service.show(identity, picture(head("glioma")))

    after = service.turn(identity, Turn(kind=TurnKind.BACK))

    assert after.question.id != "confirm"
    assert after.question != first.question


@both
def test_a_picture_that_comes_first_leaves_the_opening_for_later(service, language):
    opened = service.open(Profile(age_years=45, language=language))
    identity = opened.consultation.id
    assert service.show(identity, picture(head())).question.id == "confirm"

    after = answer(service, identity, Assertion.ABSENT)

    assert after.messages[-1].text == opened.messages[-1].text


def test_it_is_asked_after_the_advice_too(service):
    identity, _ = begun(service)
    advised = service.turn(identity, Turn(kind=TurnKind.FINISH))

    asked = service.show(identity, picture(head("glioma")))
    assert asked.question.id == "confirm"
    after = answer(service, identity, Assertion.PRESENT)

    assert "glioma" in words(after)
    assert after.consultation.announced >= advised.consultation.announced
    assert after.consultation.advice.differential == after.differential


def test_the_language_may_change_while_it_waits(service):
    identity, _ = begun(service)
    service.show(identity, picture(head("glioma")))

    after = service.turn(identity, Turn(kind=TurnKind.LANGUAGE, language=ZH))

    assert ASKED[ZH] in words(after)


def test_a_picture_left_out_takes_the_question_with_it(service):
    identity, _ = begun(service)
    service.show(identity, picture(head("glioma")))

    after = service.turn(identity, Turn(kind=TurnKind.CORRECT, pictures=(2,)))

    assert after.consultation.readings == ()
    assert after.question is None or after.question.id != "confirm"
