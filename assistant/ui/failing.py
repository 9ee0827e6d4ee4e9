"""What the page says when something did not work, and whether trying again may help."""

from pydantic import ValidationError

from assistant.errors import (
    AssistantError,
    ConsultationConflictError,
    InputLimitError,
    InvalidInputError,
    InvalidRecordError,
    UnknownConsultationError,
    UnknownPictureError,
)
from assistant.imaging.errors import PicturesOffError, TooManyPicturesError
from assistant.imaging.reading import PictureError
from assistant.portal.tray import PictureGoneError
from assistant.records.terms import Language
from assistant.service import ServiceBusyError
from assistant.ui.wording import Wording


class TooOftenError(AssistantError):
    """One address acted more often in a minute than the settings allow."""


# What went wrong -> the page's words for it, and whether the same may be sent again.
_WORDS: tuple[tuple[type[Exception], str, bool], ...] = (
    (InputLimitError, "error_too_long", False),
    (ConsultationConflictError, "error_conflict", False),
    (UnknownConsultationError, "error_gone", False),
    (ServiceBusyError, "error_busy", True),
    (TooManyPicturesError, "error_busy", True),
    (PictureGoneError, "pic_gone", False),
    (UnknownPictureError, "error_conflict", False),
    (PicturesOffError, "pic_off", False),
    (TooOftenError, "error_often", True),
    (InvalidRecordError, "age_needed", False),
    (InvalidInputError, "error_invalid", False),
    (ValidationError, "error_invalid", False),
)


def explained(error: Exception, language: Language, wording: Wording) -> dict[str, object]:
    """Return the error as the browser shows it: its text, and whether to offer "try again"."""
    if isinstance(error, PictureError):
        return {"text": error.said(language), "retry": error.reason == "busy"}
    line, again = next(
        ((line, again) for kind, line, again in _WORDS if isinstance(error, kind)),
        ("error_unexpected", True),
    )
    if isinstance(error, InputLimitError) and error.unit != "characters":
        line = "error_too_many"
    text = wording.texts.say(
        line,
        language,
        limit=getattr(error, "limit", ""),
        number=wording.ambulance(wording.settings.country),
    )
    return {"text": text, "retry": again}
