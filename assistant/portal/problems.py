"""Errors as problem documents (RFC 9457); none of them repeats what was sent."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from assistant.errors import (
    AssistantError,
    ConsultationConflictError,
    InputLimitError,
    UnknownConsultationError,
    UnknownPictureError,
)
from assistant.imaging.errors import TooManyPicturesError
from assistant.imaging.reading import PictureError
from assistant.log import failure
from assistant.portal.accepting import NotAcceptableError
from assistant.portal.tray import PictureGoneError
from assistant.records.terms import Language
from assistant.service import ServiceBusyError
from assistant.speech.errors import RecordingError, TooManySpeakersError
from assistant.store import StoreCorruptError, StoreUnavailableError

MEDIA_TYPE = "application/problem+json"
_KNOWN: tuple[tuple[type[AssistantError], int, str], ...] = (
    (InputLimitError, 422, "input-limit"),
    (UnknownConsultationError, 404, "unknown-consultation"),
    (ConsultationConflictError, 409, "conflict"),
    (ServiceBusyError, 503, "busy"),
    (TooManySpeakersError, 503, "busy"),
    (TooManyPicturesError, 503, "busy"),
    (UnknownPictureError, 404, "unknown-picture"),
    (RecordingError, 422, "recording"),
    (PictureError, 422, "picture"),
    (StoreUnavailableError, 503, "store-unavailable"),
    (StoreCorruptError, 500, "store-corrupt"),
    (NotAcceptableError, 406, "not-acceptable"),
    (PictureGoneError, 404, "no-preview"),
    (AssistantError, 422, "invalid-input"),
)
_REFUSED = {  # reasons of a PictureError by status; all others are 422
    413: {"too_large", "too_many_pixels", "too_many_frames", "unpacked_too_large"},
    415: {
        *("unknown", "text", "document", "svg", "video", "other_format", "packed", "polyglot"),
        *("heic_unavailable", "dicomdir", "dicom_video", "syntax"),
    },
    503: {"busy"},
}
_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "timeout",
    413: "too-large",
    415: "media-type",
    429: "rate-limit",
}


class FieldError(BaseModel):
    """What is wrong with one part of a body."""

    pointer: str = Field(description="JSON pointer into the body, or the parameter's name.")
    detail: str


class ProblemDocument(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:anamnesis:problem:unknown-consultation",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "There is no such consultation; it may have been erased. "
                    "Start a new one.",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str = Field(description="What is wrong, and what to do.")
    errors: list[FieldError] = Field(default=[], description="Only where a body is not valid.")
    reason: str | None = Field(None, description="Of a `recording`: why it is not taken.")


class Problem(JSONResponse):
    """A response that says what is wrong and what to do."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        reason: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        content: dict[str, Any] = {
            "type": f"urn:anamnesis:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
        }
        if errors:
            content["errors"] = [error.model_dump() for error in errors]
        if reason:
            content["reason"] = reason
        super().__init__(content, status_code=status, headers=headers)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of these error statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a problem document."""
    app.add_exception_handler(AssistantError, _assistant_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


def of_error(error: AssistantError) -> Problem:
    """Return the problem document of one of our errors."""
    status, code = next((s, c) for kind, s, c in _KNOWN if isinstance(error, kind))
    busy = status == 503
    headers = {"Retry-After": str(ServiceBusyError.retry_after)} if busy else None
    reason = error.reason if isinstance(error, RecordingError) else ""
    return Problem(status, code, str(error), reason=reason, headers=headers)


def of_picture(error: PictureError, language: Language) -> Problem:
    """Return the problem document of a file that is not taken, in the words of a language."""
    status = next((s for s, reasons in _REFUSED.items() if error.reason in reasons), 422)
    headers = {"Retry-After": str(TooManyPicturesError.retry_after)} if status == 503 else None
    return Problem(status, f"picture-{error.reason}", error.said(language), headers=headers)


def unexpected() -> Problem:
    """Return what is said of an error that is ours, without a word about it."""
    return Problem(500, "internal", "Something went wrong on the server. Nothing was lost: retry.")


async def _assistant_error(_: Request, error: Exception) -> Problem:
    assert isinstance(error, AssistantError)
    problem = of_error(error)
    if problem.status_code >= 500:
        failure("portal", error)
    return problem


async def _http_error(_: Request, error: Exception) -> Problem:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "http")
    headers = dict(error.headers) if error.headers else None
    return Problem(error.status_code, code, str(error.detail), headers=headers)


async def _validation_error(_: Request, error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return Problem(400, "bad-json", "The body is not valid JSON.")
    errors = [FieldError(pointer=_pointer(e["loc"]), detail=e["msg"]) for e in found[:20]]
    detail = "Some parts of the request are not valid; `errors` names each of them."
    return Problem(422, "validation", detail, errors=errors)


def _pointer(location: Sequence[int | str]) -> str:
    parts = [str(part)[:100].replace("~", "~0").replace("/", "~1") for part in location[1:]]
    return "/" + "/".join(parts) if location[0] == "body" else parts[0]
