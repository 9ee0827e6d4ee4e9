"""What may be kept: every limit is checked before anything of an input is."""

import re
from collections.abc import Container

from assistant.errors import (
    ConsultationConflictError,
    InputLimitError,
    InvalidInputError,
    UnknownPictureError,
)
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Question, QuestionKind, Turn, TurnKind
from assistant.settings import Settings

_MAX_ANSWERS = 100
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def check_profile(profile: Profile, settings: Settings) -> None:
    """Raise InputLimitError or InvalidInputError where a profile cannot be kept."""
    for name in ("conditions", "medicines", "allergies"):
        _check_text(f"text about {name}", getattr(profile, name), settings.max_text_characters)
    if not _COUNTRY.fullmatch(profile.country):
        raise InvalidInputError("country must be two capital letters (ISO 3166-1), e.g. GB.")


def check_turn(turn: Turn, settings: Settings, findings: Container[str]) -> None:
    """Raise InputLimitError or InvalidInputError where a turn cannot be kept.

    `findings` are the ids that the knowledge defines.
    """
    _check_text("message", turn.text, settings.max_text_characters)
    if turn.key is not None and not _KEY.fullmatch(turn.key):
        raise InvalidInputError("key must be 1 to 100 printable ASCII characters without spaces.")
    for name, named in (("answers", turn.answers), ("withdrawn", turn.withdrawn)):
        if len(named) > _MAX_ANSWERS:
            raise InputLimitError(f"list of {name}", _MAX_ANSWERS, "entries")
        if any(finding not in findings for finding, _ in named):
            raise InvalidInputError(f"{name} names a finding that does not exist.")
    if len(turn.pictures) > _MAX_ANSWERS:
        raise InputLimitError("list of pictures", _MAX_ANSWERS, "entries")
    if turn.severity is not None and not 0 <= turn.severity <= 10:
        raise InvalidInputError("severity must be a whole number from 0 to 10.")
    _check_kind(turn)


def check_turn_fits(turn: Turn, consultation: Consultation, settings: Settings) -> None:
    """Raise where a turn does not fit the consultation as it stands.

    InputLimitError where it has had its most turns; ConsultationConflictError where the turn
    answers another question than the one that is put now.
    """
    if consultation.turns >= settings.max_turns:
        raise InputLimitError("consultation", settings.max_turns, "turns")
    if turn.kind is TurnKind.ANSWER and not _answers(turn, consultation.pending):
        raise ConsultationConflictError
    if turn.kind is TurnKind.PICTURE and len(consultation.readings) >= settings.max_pictures:
        raise InputLimitError("consultation", settings.max_pictures, "pictures")
    if set(turn.pictures) - {seen.turn for seen in consultation.readings}:
        raise UnknownPictureError


def _check_text(what: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise InputLimitError(what, limit, "characters")
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair; the error would quote the text
        raise InvalidInputError(f"The {what} is not valid Unicode; type it again.") from None


def _check_kind(turn: Turn) -> None:
    """Each kind of turn needs its own part."""
    if turn.kind is TurnKind.SAY and not turn.text.strip():
        raise InvalidInputError("The message is empty: write what troubles you.")
    if turn.kind is TurnKind.ANSWER and not turn.answers and turn.severity is None:
        raise InvalidInputError("An answer needs answers or a severity.")
    if turn.kind is TurnKind.CORRECT and not (turn.answers or turn.withdrawn or turn.pictures):
        raise InvalidInputError(
            "A correction needs answers (which finding is set to what), or withdrawn or pictures "
            "(which is taken back)."
        )
    if (turn.withdrawn or turn.pictures) and turn.kind is not TurnKind.CORRECT:
        raise InvalidInputError("Only a correction can have withdrawn or pictures.")
    if (turn.kind is TurnKind.PICTURE) != (turn.reading is not None):
        raise InvalidInputError("A picture is sent as a file: its turn is made when it was read.")
    if turn.kind is TurnKind.PICTURE and turn.text:
        raise InvalidInputError("Send the words beside a picture as a message of their own.")
    if {finding for finding, _ in turn.answers} & {finding for finding, _ in turn.withdrawn}:
        raise InvalidInputError("A finding is set right or taken back, not both in one turn.")
    if turn.kind is TurnKind.LANGUAGE and turn.language is None:
        raise InvalidInputError("Say which language: en or zh.")


def _answers(turn: Turn, pending: Question | None) -> bool:
    if pending is None:
        return False
    if turn.severity is not None and pending.kind is not QuestionKind.SCALE:
        return False
    return not turn.answers or any(finding in pending.findings for finding, _ in turn.answers)
