"""Records as JSON and back; what cannot be read back is a damaged database, never quoted."""

import json
from dataclasses import replace
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from assistant.errors import AssistantError
from assistant.records.dialogue import Consultation, Reply, Turn
from assistant.store.errors import StoreCorruptError

T = TypeVar("T")

_CONSULTATION = TypeAdapter(Consultation)
_TURN = TypeAdapter(Turn)
_REPLY = TypeAdapter(Reply)


def state_to_json(consultation: Consultation) -> str:
    """Return the consultation as JSON, without its id."""
    return _written(replace(consultation, id=""))


def state_from_json(text: str, consultation_id: str) -> Consultation:
    """Return the consultation that `state_to_json` wrote; StoreCorruptError where it cannot be."""
    try:
        return replace(_CONSULTATION.validate_json(text), id=consultation_id)
    except (ValidationError, AssistantError):  # their words quote the patient: not chained
        raise StoreCorruptError from None


def turn_to_json(turn: Turn) -> str:
    """Return a turn as JSON."""
    return _written(turn)


def turn_from_json(text: str) -> Turn:
    """Return the turn that `turn_to_json` wrote; StoreCorruptError where it cannot be."""
    try:
        return _TURN.validate_json(text)
    except (ValidationError, AssistantError):
        raise StoreCorruptError from None


def reply_to_json(reply: Reply) -> str:
    """Return a reply as JSON, without its consultation: that one is kept once, as the state."""
    return to_json(reply, exclude={"consultation"}, inf_nan_mode="constants").decode()


def reply_from_json(text: str, consultation: Consultation) -> Reply:
    """Return a reply around `consultation`; StoreCorruptError where it cannot be read."""
    try:
        parts = json.loads(text)
        return _REPLY.validate_python({**parts, "consultation": consultation})
    except (ValueError, TypeError, AssistantError):
        raise StoreCorruptError from None


def _written(record: object) -> str:
    # "constants": a weight may be infinite, and null would not come back as one.
    return to_json(record, inf_nan_mode="constants").decode()
