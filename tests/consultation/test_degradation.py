"""Whatever part fails, a reply comes, the level is not lower, and what is missing is said."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Language, Sex, Urgency

MAN = Profile(age_years=58, sex=Sex.MALE)
HEART = "I have crushing chest pain and I'm sweating."
COLD = "I've had a runny nose for two days."
SECRET = "my neighbour Zebulon"


class BrokenExtractor:
    """Fails, and its error quotes the patient as careless errors do."""

    def extract(self, text, **_):
        raise RuntimeError(f"cannot read {text}")


class BrokenRetriever:
    """An index whose file is gone."""

    def retrieve(self, query, n=3):
        raise OSError("index not found")


class BrokenTextMatch:
    """A dense match that fails."""

    def match(self, text):
        raise RuntimeError("encoder lost")


class BrokenHead:
    """A triage head whose file is gone."""

    def likeness(self, case):
        raise OSError("weights not found")


class BrokenBelief:
    """A belief that cannot be computed."""

    def posterior(self, facts, profile, likeness=None):
        raise FloatingPointError("overflow")

    def differential(self, *_):
        raise FloatingPointError("overflow")


class NotANumberBelief:
    """A belief whose probabilities came out as NaN."""

    def __init__(self, belief):
        self.belief = belief

    def posterior(self, facts, profile, likeness=None):
        sound = self.belief.posterior(facts, profile)
        return replace(sound, probabilities=np.full_like(sound.probabilities, np.nan))

    def differential(self, *given, **more):
        return self.belief.differential(*given, **more)


class BrokenQuestioner:
    """A choice of questions that fails."""

    def next_question(self, state):
        raise IndexError("no column")

    def most_telling(self, state, n):
        raise IndexError("no column")


def with_belief(assistant, belief):
    judge = replace(assistant.judge, belief=belief)
    return replace(assistant, judge=judge, decider=replace(assistant.decider, judge=judge))


def say(assistant, text, profile=MAN, opened=None):
    before = opened or assistant.open("c", profile)
    return assistant.reply(before.consultation, Turn(kind=TurnKind.SAY, text=text))


def words(reply):
    return "\n".join(message.text for message in reply.messages)


FAULTS = {
    "extractor": lambda a: replace(a, extractor=BrokenExtractor()),
    "both extractors": lambda a: replace(
        a, extractor=BrokenExtractor(), spare_extractor=BrokenExtractor()
    ),
    "retriever": lambda a: replace(a, decider=replace(a.decider, retriever=BrokenRetriever())),
    "text match": lambda a: replace(
        a, judge=(judge := replace(a.judge, text_match=BrokenTextMatch())),
        decider=replace(a.decider, judge=judge),
    ),
    "triage head": lambda a: replace(
        a, judge=(judge := replace(a.judge, whole=BrokenHead())),
        decider=replace(a.decider, judge=judge),
    ),
    "belief": lambda a: with_belief(a, BrokenBelief()),
    "not a number": lambda a: with_belief(a, NotANumberBelief(a.judge.belief)),
    "questioner": lambda a: replace(
        a, decider=replace(a.decider, questioner=BrokenQuestioner())
    ),
}  # fmt: skip
PART = {
    "extractor": "extraction",
    "both extractors": "extraction",
    "retriever": "retrieval",
    "text match": "retrieval",
    "triage head": "triage_head",
    "belief": "diagnosis",
    "not a number": "diagnosis",
    "questioner": "questions",
}


@pytest.mark.parametrize("fault", [f for f in FAULTS if f != "both extractors"])
def test_an_emergency_stays_one(assistant, fault):
    """Red flags need neither the model, nor the belief, nor the passages."""
    reply = say(FAULTS[fault](assistant), HEART)

    assert reply.consultation.announced is Urgency.EMERGENCY_AMBULANCE
    assert reply.consultation.advice is not None
    assert "possible_heart_attack" in reply.triage.red_flags
    assert "999" in words(reply)


def finished(assistant, profile=MAN):
    """Return the advice about a cold; "finish" is pressed after the first question."""
    first = say(assistant, COLD, profile)
    return assistant.reply(first.consultation, Turn(kind=TurnKind.FINISH))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_level_is_not_lower_than_without_the_fault(assistant, fault):
    """A failure may make the advice more careful, never less."""
    sound = finished(assistant).consultation.announced
    faulty = finished(FAULTS[fault](assistant)).consultation

    assert faulty.advice is not None
    assert faulty.announced >= sound


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("language", list(Language))
def test_the_reply_the_state_and_the_report_say_what_is_missing(assistant, fault, language):
    """Nothing falls back in silence."""
    faulty = FAULTS[fault](assistant)
    reply = finished(faulty, replace(MAN, language=language))
    degraded = reply.consultation.degraded
    notice = assistant.voice.speaker.phrasing.say(f"flow.{PART[fault]}", language)
    told = "\n".join(m.text for m in reply.consultation.messages)

    assert PART[fault] in degraded
    assert PART[fault] in faulty.report(reply.consultation, "2026-01-01T00:00:00Z").missing
    assert notice in told


def test_the_spare_extractor_understands(assistant):
    """Phrases and rules go on where the model fails."""
    reply = say(FAULTS["extractor"](assistant), COLD)

    assert reply.missing == ("extraction",)
    assert {f.concept for f in reply.consultation.findings} >= {"runny_nose"}
    assert reply.question is not None


@pytest.mark.parametrize("fault", ["belief", "not a number"])
def test_without_a_belief_nobody_is_left_at_home(assistant, fault):
    """Nothing can be ruled out without a belief: a doctor within a day."""
    advice = finished(FAULTS[fault](assistant)).consultation

    assert advice.announced >= Urgency.CONSULTATION_24H


def test_with_nothing_understood_nobody_is_left_at_home(assistant):
    faulty = FAULTS["both extractors"](assistant)
    advice = finished(faulty).consultation

    assert advice.announced >= Urgency.CONSULTATION


def test_no_failure_keeps_no_passages_from_coming(assistant):
    """Without passages the advice still names conditions."""
    reply = finished(FAULTS["retriever"](assistant))

    assert reply.consultation.advice.passages == ()
    assert reply.differential.hypotheses


def test_no_number_that_is_none_reaches_the_patient(assistant):
    reply = finished(FAULTS["not a number"](assistant))

    assert all(0 <= h.probability <= 1 for h in reply.differential.hypotheses)
    assert "nan" not in words(reply).lower()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_middle_does_not_lower_the_level(assistant, fault):
    """The part fails after an emergency was told."""
    told = say(assistant, HEART)
    later = say(FAULTS[fault](assistant), "It is a bit better now.", opened=told)

    assert later.consultation.announced is Urgency.EMERGENCY_AMBULANCE
    assert later.consultation.floor is Urgency.EMERGENCY_AMBULANCE
    assert words(later)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_part_that_comes_back_is_used_again(assistant, fault):
    """A passing fault is not carried along, but the report still tells of it."""
    faulty = say(FAULTS[fault](assistant), COLD)
    again = say(assistant, "I also have a cough.", opened=faulty)

    assert again.missing == ()
    assert set(faulty.missing) <= set(again.consultation.degraded)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_word_of_the_patient_reaches_the_log(assistant, fault, caplog):
    """Errors quote their input; the log must not."""
    caplog.set_level(logging.DEBUG)
    reply = say(FAULTS[fault](assistant), f"{SECRET} has a cough, and so have I")

    assert "Zebulon" not in caplog.text
    assert "failed" in caplog.text or not reply.missing
