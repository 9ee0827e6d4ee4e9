"""What is written is what is read: enums, tuples, infinities, any text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.records.case import Profile
from assistant.records.diagnosis import Evidence
from assistant.records.dialogue import Consultation, Message, Reply, Turn
from assistant.records.finding import Finding
from assistant.store import StoreCorruptError
from assistant.store.codec import (
    reply_from_json,
    reply_to_json,
    state_from_json,
    state_to_json,
    turn_from_json,
    turn_to_json,
)

numbers = st.floats(allow_nan=False)
days = st.none() | st.floats(0, 50_000)
scores = st.none() | st.integers(0, 10)
profiles = st.builds(Profile, age_years=st.none() | st.floats(0, 125))
findings = st.builds(Finding, duration_days=days, severity=scores)
evidence = st.builds(Evidence, weight=numbers)


@pytest.fixture(scope="module", autouse=True)
def _records_within_their_ranges():
    for kind, strategy in ((Profile, profiles), (Finding, findings), (Evidence, evidence)):
        st.register_type_strategy(kind, strategy)
    st.register_type_strategy(float, numbers)


consultations = st.deferred(lambda: st.from_type(Consultation))


@given(consultation=consultations)
def test_a_consultation_comes_back_as_it_was(consultation):
    """A state that changes when it is kept gives another question after a restart."""
    text = state_to_json(consultation)
    assert state_from_json(text, consultation.id) == consultation


@given(turn=st.deferred(lambda: st.from_type(Turn)))
def test_a_turn_comes_back_as_it_was(turn):
    assert turn_from_json(turn_to_json(turn)) == turn


@given(reply=st.deferred(lambda: st.from_type(Reply)))
def test_a_reply_comes_back_as_it_was(reply):
    assert reply_from_json(reply_to_json(reply), reply.consultation) == reply


def test_the_id_that_gives_access_is_not_in_the_state():
    """Whoever reads a backup must not be able to open the consultations in it."""
    secret = "0123456789abcdef" * 2
    assert secret not in state_to_json(Consultation(id=secret, profile=Profile()))


def test_infinite_weights_survive():
    state = Consultation(id="", profile=Profile())
    reply = Reply(consultation=state, messages=(), progress=math.inf)
    assert reply_from_json(reply_to_json(reply), reply.consultation).progress == math.inf


@pytest.mark.parametrize("text", ["", "null", "{", '{"profile": {"age_years": 999}}', "[1]"])
def test_what_cannot_be_read_is_said_without_its_words(text):
    for read in (
        lambda: state_from_json(text, "x"),
        lambda: turn_from_json(text),
        lambda: reply_from_json(text, Consultation(id="", profile=Profile())),
    ):
        with pytest.raises(StoreCorruptError) as caught:
            read()
        assert caught.value.__suppress_context__
        assert text == "" or text not in str(caught.value)


def test_messages_are_typed_again():
    message = Message(role="patient", text="头痛 🤕", turn=1)
    state = Consultation(id="a", profile=Profile(), messages=(message,))
    assert state_from_json(state_to_json(state), "a").messages == (message,)
