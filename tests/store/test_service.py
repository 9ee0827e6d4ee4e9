"""The service over the real assistant: a turn counts once, is never lost, and is bounded."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import pytest

from assistant.errors import (
    ConsultationConflictError,
    InputLimitError,
    InvalidInputError,
    UnknownConsultationError,
)
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Assertion, Language, Withdrawal
from assistant.service import ConsultationService, ServiceBusyError
from assistant.store import Store

ADULT = Profile(age_years=34)


def say(text, key=None):
    return Turn(kind=TurnKind.SAY, text=text, key=key)


@dataclass(frozen=True)
class Slow:
    """The real assistant, which waits for a signal before it works: for turns that overlap."""

    real: object
    begun: threading.Event
    go_on: threading.Event

    @property
    def knowledge(self):
        return self.real.knowledge

    def open(self, consultation_id, profile):
        return self.real.open(consultation_id, profile)

    def reply(self, consultation, turn):
        self.begun.set()
        assert self.go_on.wait(10)
        return self.real.reply(consultation, turn)


@dataclass(frozen=True)
class Failing(Slow):
    """The real assistant, which fails on a turn whose text says so."""

    def reply(self, consultation, turn):
        if "fail" in turn.text:
            raise ZeroDivisionError
        return self.real.reply(consultation, turn)


def test_every_step_is_there_after_a_restart(assistant, any_store, settings):
    """A restarted server resumes where the patient was, in the same words."""
    first = ConsultationService(assistant, any_store, settings)
    reply = first.open(ADULT)
    id = reply.consultation.id
    assert len(id) == 32
    assert first.last_reply(id) == reply
    for text in ("I have had a sore throat for two days", "no", "no"):
        reply = first.turn(id, say(text))
    second = ConsultationService(assistant, any_store, settings)
    assert second.last_reply(id) == reply
    assert second.get(id) == reply.consultation
    assert second.turn(id, say("no")) == assistant.reply(reply.consultation, say("no"))


def test_a_double_click_counts_once(assistant, any_store, settings):
    service = ConsultationService(assistant, any_store, settings)
    id = service.open(ADULT).consultation.id
    turn = say("I have a headache", key="k1")
    first = service.turn(id, turn)
    assert service.turn(id, turn) == first
    assert service.get(id).turns == 1
    later = service.turn(id, say("since yesterday", key="k2"))
    assert service.turn(id, turn).messages == first.messages
    assert service.get(id) == later.consultation


def test_clicks_at_the_same_time_count_once(service):
    """Two clicks within one turn's work get the same reply."""
    id = service.open(ADULT).consultation.id
    turn = say("I have a headache", key="k1")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: service.turn(id, turn), range(8)))
    assert all(reply == replies[0] for reply in replies)
    assert service.get(id).turns == 1


def test_a_key_belongs_to_one_turn(service):
    id = service.open(ADULT).consultation.id
    service.turn(id, say("I have a headache", key="k1"))
    with pytest.raises(InvalidInputError, match="another turn"):
        service.turn(id, say("I have a fever", key="k1"))


def test_of_turns_at_the_same_time_one_wins(assistant, any_store, settings):
    """Two windows answer the same question: the second one must look again."""
    slow = Slow(assistant, threading.Event(), threading.Event())
    service = ConsultationService(slow, any_store, settings)
    id = service.open(ADULT).consultation.id

    def take(text):
        try:
            return service.turn(id, say(text))
        except ConsultationConflictError:
            return None

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(take, "I have a cough")
        assert slow.begun.wait(10)
        others = [pool.submit(take, f"I have a headache {n}") for n in range(3)]
        assert not wait(others, timeout=0.2).done
        slow.go_on.set()
        assert first.result().consultation == service.get(id)
        assert [other.result() for other in others] == [None] * 3
    assert service.get(id).said == ("I have a cough",)


def test_a_turn_that_was_accepted_is_worked_on_after_a_restart(assistant, any_store, settings):
    """The power went between accepting and answering: the words of the patient are not lost."""
    service = ConsultationService(assistant, any_store, settings)
    before = service.open(ADULT).consultation
    any_store.accept(before.id, say("I have a headache", key="k1"), 0)
    again = ConsultationService(assistant, any_store, settings)
    expected = assistant.reply(before, say("I have a headache", key="k1"))
    assert again.last_reply(before.id) == expected
    assert again.turn(before.id, say("I have a headache", key="k1")) == expected
    assert again.get(before.id).turns == 1


def test_a_turn_without_a_key_is_not_counted_twice_after_a_restart(service, store):
    """The browser sends it again; the patient must look first, since it counts already."""
    id = service.open(ADULT).consultation.id
    store.accept(id, say("I have a headache"), 0)
    with pytest.raises(ConsultationConflictError):
        service.turn(id, say("I have a headache"))
    assert service.get(id).said == ("I have a headache",)


def test_a_turn_that_cannot_be_worked_on_is_taken_back(assistant, store, settings, caplog):
    failing = Failing(assistant, threading.Event(), threading.Event())
    service = ConsultationService(failing, store, settings)
    before = service.open(ADULT).consultation
    with pytest.raises(ZeroDivisionError):
        service.turn(before.id, say("please fail"))
    assert service.get(before.id) == before
    store.accept(before.id, say("fail in a restart"), 0)
    assert service.get(before.id) == before
    assert "ZeroDivisionError" in caplog.text
    assert "restart" not in caplog.text
    assert service.turn(before.id, say("I have a cough")).consultation.turns == 1


def test_a_turn_that_stops_the_process_each_time_is_given_up(service, store):
    """One poisoned message must not bring the server down for everybody for ever."""
    before = service.open(ADULT).consultation
    store.accept(before.id, say("poison"), 0)
    for _ in range(3):
        store.resume(before.id, 0)
    assert service.get(before.id) == before


@pytest.mark.parametrize(
    "turn",
    [
        say("x" * 4001),
        Turn(kind=TurnKind.FINISH, text="x" * 4001),
        Turn(kind=TurnKind.CORRECT, answers=(("cough", Assertion.ABSENT),) * 101),
    ],
)
def test_what_is_too_long_leaves_the_consultation_as_it_is(service, turn):
    before = service.open(ADULT).consultation
    with pytest.raises(InputLimitError, match="limit"):
        service.turn(before.id, turn)
    assert service.get(before.id) == before


@pytest.mark.parametrize(
    "turn",
    [
        say("  \n"),
        say("\ud83e half of a character"),
        say("hello", key="two words"),
        say("hello", key=""),
        say("hello", key="k" * 101),
        Turn(kind=TurnKind.ANSWER),
        Turn(kind=TurnKind.ANSWER, severity=11),
        Turn(kind=TurnKind.CORRECT),
        Turn(kind=TurnKind.CORRECT, withdrawn=(("no_such_finding", Withdrawal.REMOVE),)),
        Turn(kind=TurnKind.SKIP, withdrawn=(("cough", Withdrawal.REMOVE),)),
        Turn(
            kind=TurnKind.CORRECT,
            answers=(("cough", Assertion.ABSENT),),
            withdrawn=(("cough", Withdrawal.NOT_MINE),),
        ),
        Turn(kind=TurnKind.CORRECT, answers=(("no_such_finding", Assertion.PRESENT),)),
        Turn(kind=TurnKind.LANGUAGE),
    ],
)
def test_what_cannot_be_used_leaves_the_consultation_as_it_is(service, turn):
    before = service.open(ADULT).consultation
    with pytest.raises(InvalidInputError):
        service.turn(before.id, turn)
    assert service.get(before.id) == before


@pytest.mark.parametrize(
    "profile",
    [replace(ADULT, allergies="\udc00"), replace(ADULT, country="gb"), replace(ADULT, country="")],
)
def test_a_profile_that_cannot_be_used_is_said(service, store, profile):
    with pytest.raises(InvalidInputError):
        service.open(profile)
    assert store.count() == 0


def test_a_profile_that_is_too_long_is_said(service, store):
    with pytest.raises(InputLimitError, match="medicines"):
        service.open(replace(ADULT, medicines="a" * 4001))
    assert store.count() == 0


def test_a_button_of_an_earlier_question_is_refused(service):
    """An old button must not answer the question that is put now."""
    id = service.open(ADULT).consultation.id
    stale = Turn(kind=TurnKind.ANSWER, answers=(("cough", Assertion.PRESENT),))
    with pytest.raises(ConsultationConflictError):
        service.turn(id, stale)
    assert service.get(id).findings == ()


def test_a_consultation_has_its_most_turns(assistant, store, settings):
    service = ConsultationService(assistant, store, settings.model_copy(update={"max_turns": 2}))
    id = service.open(ADULT).consultation.id
    service.turn(id, say("I have a cough"))
    last = service.turn(id, say("no"))
    with pytest.raises(InputLimitError, match="2 turns"):
        service.turn(id, say("no"))
    assert service.get(id) == last.consultation


def test_no_more_turns_wait_than_there_are_places(assistant, store, settings, monkeypatch):
    """A crowd is told to come back; it does not pile up until nothing works."""
    monkeypatch.setattr("assistant.service._WAITING", 0)
    slow = Slow(assistant, threading.Event(), threading.Event())
    service = ConsultationService(slow, store, settings.model_copy(update={"workers": 1}))
    one, other = (service.open(ADULT).consultation.id for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.turn, one, say("I have a cough"))
        assert slow.begun.wait(10)
        with pytest.raises(ServiceBusyError):
            service.turn(other, say("I have a headache"))
        slow.go_on.set()
        assert first.result().consultation.turns == 1
    assert service.turn(other, say("I have a headache")).consultation.turns == 1


def test_an_erased_consultation_is_unknown(service):
    id = service.open(ADULT).consultation.id
    service.turn(id, say("I have a cough"))
    service.erase(id)
    for use in (service.get, service.last_reply, service.report, service.erase):
        with pytest.raises(UnknownConsultationError):
            use(id)
    with pytest.raises(UnknownConsultationError):
        service.turn(id, say("hello"))


def test_consultations_left_alone_are_erased_when_their_time_is_over(assistant, settings):
    now = 0.0
    store = Store(settings.store_url, clock=lambda: now)
    service = ConsultationService(assistant, store, settings)
    old = service.open(ADULT).consultation.id
    now = 29 * 86400.0
    young = service.open(ADULT).consultation.id
    now = 30 * 86400.0 + 1
    service.open(ADULT)
    with pytest.raises(UnknownConsultationError):
        service.get(old)
    assert service.get(young).turns == 0
    store.close()


def test_the_report_says_when_it_was_made(assistant, settings):
    store = Store(settings.store_url, clock=lambda: 86400.0)
    service = ConsultationService(assistant, store, settings)
    id = service.open(replace(ADULT, language=Language.CHINESE)).consultation.id
    service.turn(id, say("我头疼两天了"))
    report = service.report(id)
    assert report.created == "1970-01-02T00:00:00+00:00"
    assert report.consultation_id == id
    assert report.case.text == "我头疼两天了"
    store.close()


def test_many_consultations_at_once_stay_apart(assistant, settings):
    """What one patient says must never show up in another one's talk."""
    store = Store(settings.store_url)  # eight write at once: each may wait as long as in earnest
    service = ConsultationService(assistant, store, settings)

    def whole(number):
        id = service.open(ADULT).consultation.id
        for n in range(3):
            service.turn(id, say(f"patient {number} has a cough {n}"))
        return number, service.get(id).said

    with ThreadPoolExecutor(8) as pool:
        for number, said in pool.map(whole, range(12)):
            assert said == tuple(f"patient {number} has a cough {n}" for n in range(3))
    store.close()


def test_an_open_meaning_survives_a_restart(assistant, any_store, settings):
    """Which words, which meanings, and the question itself come back as they were."""
    service = ConsultationService(assistant, any_store, settings)
    opened = service.open(ADULT)
    before = service.turn(opened.consultation.id, say("I have swelling", "a"))
    second = ConsultationService(assistant, any_store, settings)
    again = second.last_reply(opened.consultation.id)
    assert again.question == before.question
    assert again.question.words == "swelling"
    assert again.choices == before.choices
    assert again.consultation.case.findings == before.consultation.case.findings
    assert all(f.undecided for f in again.consultation.case.findings)
