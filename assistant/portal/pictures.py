"""Pictures over HTTP: as a turn, looked at without a consultation, and the copies that are kept.

The body is the file itself, as it is for sound. It is never written anywhere: what a consultation
keeps are a reduced copy and the heatmap, encoded anew from pixels, erased with it.
"""

import threading
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, cast

import anyio
from fastapi import APIRouter, Header, Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from assistant.errors import InvalidInputError, UnknownPictureError
from assistant.imaging.errors import TooManyPicturesError
from assistant.imaging.reading import PictureError
from assistant.knowledge import Knowledge
from assistant.portal.guards import API, PICTURE_TYPES, is_picture
from assistant.portal.problems import of_picture, responses
from assistant.portal.showing import Shown
from assistant.portal.views import PictureTurnView, PictureView
from assistant.records.case import Case
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Language
from assistant.service import ConsultationService
from assistant.settings import Settings

_TURNS = f"{API}/consultations/{{consultation_id}}/turns"
_BODIES = 8  # files held in memory at a time; one more is told to come back
_held = threading.BoundedSemaphore(_BODIES)
_WEBP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}}}
}

Id = Annotated[str, Path(description="What opening the consultation gave.")]
Number = Annotated[int, Path(ge=1, le=100_000, description="The picture's number.")]
Frame = Annotated[int | None, Query(ge=0, description="Of a series; default: the middle one.")]
_FOUND = (
    "A doctor has already found what the model only tells kinds of (a brain tumour): without it, "
    "such a reading is withheld."
)
Window = Annotated[
    str | None, Query(description='"centre,width" in units of the modality, for DICOM.')
]


class LookView(PictureView):
    """What is seen in a picture that no consultation holds."""

    heatmap: str | None = Field(None, description="Data URI (WebP), where it was asked for.")


class PictureRoute(APIRoute):
    """A route that only takes pictures: the same address takes JSON and sound elsewhere."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match like any route, where the body is a picture."""
        return super().matches(scope) if is_picture(scope) else (Match.NONE, {})


# It shares its address with the turn in JSON, so `describe_pictures` writes it into that entry.
turns = APIRouter(prefix=API, route_class=PictureRoute, include_in_schema=False)
pictures = APIRouter(prefix=API, tags=["pictures"])


@turns.post("/consultations/{consultation_id}/turns")
async def take_picture_turn(
    consultation_id: Id,
    request: Request,
    key: Annotated[str | None, Header(alias="idempotency-key")] = None,
    frame: Frame = None,
    window: Window = None,
) -> Response:
    """Take a picture as a turn: it is looked at first, then the consultation goes on."""
    service = _service(request)
    now = await anyio.to_thread.run_sync(service.get, consultation_id)
    language = now.profile.language

    def take(data: bytes) -> PictureTurnView:
        picture = service.eyes.open(data, "", frame, _window(window))
        reply = service.show(consultation_id, picture, key)
        shown = Shown(service.assistant, reply.consultation.profile.language)
        assert reply.reading is not None
        came = reply.messages[0].turn  # also where the same key came again, turns later
        kept = any(seen.turn == came for seen in reply.consultation.readings)
        case = reply.consultation.case
        view = shown.picture(reply.reading, case, came if kept else None)
        return PictureTurnView(**dict(shown.turn(reply)), picture=view)

    return await _answered(request, language, take)


@pictures.post(
    "/look",
    response_model=LookView,
    summary="Look at a picture",
    responses=responses(400, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": {"required": True, "content": {}}},
)
async def look(
    request: Request,
    language: Annotated[Language | None, Query(description="Default: the server's.")] = None,
    heatmap: Annotated[bool, Query(description="Send the heatmap too.")] = False,
    found: Annotated[bool, Query(description=_FOUND)] = False,
    frame: Frame = None,
    window: Window = None,
) -> Response:
    """Say what kind of picture it is and what a model sees in it; nothing is kept."""
    service, settings = _service(request), cast(Settings, request.app.state.settings)
    spoken = language or Language(settings.language)
    if not is_picture(request.scope):
        raise HTTPException(415, f"Send the file itself as one of {', '.join(PICTURE_TYPES)}.")

    def seen(data: bytes) -> LookView:
        viewed = service.eyes.look(service.eyes.open(data, "", frame, _window(window)))
        case = Case(findings=_confirming(service.knowledge) if found else ())
        shown = Shown(service.assistant, spoken).picture(viewed.reading, case)
        heat = viewed.copies.heat if heatmap and shown.withheld is None else None
        uri = f"data:image/webp;base64,{b64encode(heat).decode()}" if heat else None
        return LookView(**dict(shown), heatmap=uri)

    return await _answered(request, spoken, seen)


@pictures.get(
    "/consultations/{consultation_id}/pictures/{number}",
    summary="Get the reduced copy of a picture",
    response_class=Response,
    responses={**_WEBP, **responses(404, 422, 429, 503)},
)
def get_picture(consultation_id: Id, number: Number, request: Request) -> Response:
    """Return it as WebP, at most 512 pixels on its longer side."""
    return _webp(_service(request).picture(consultation_id, number).picture)


@pictures.get(
    "/consultations/{consultation_id}/pictures/{number}/heatmap",
    summary="Get the heatmap of a picture",
    response_class=Response,
    responses={**_WEBP, **responses(404, 422, 429, 503)},
)
def get_heatmap(consultation_id: Id, number: Number, request: Request) -> Response:
    """Return it as WebP with transparency, to lay over the copy; 404 where there is none."""
    heat = _service(request).picture(consultation_id, number).heat
    if heat is None:
        raise UnknownPictureError
    return _webp(heat)


def _confirming(knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return that a doctor has found whatever a model may only tell kinds of."""
    return tuple(
        Finding(concept=concept, assertion=Assertion.PRESENT, evidence="", origin=Origin.ANSWERED)
        for concept in knowledge.confirms
    )


def _service(request: Request) -> ConsultationService:
    return cast(ConsultationService, request.app.state.service)


def _webp(data: bytes) -> Response:
    return Response(data, media_type="image/webp")


async def _answered(request: Request, language: Language, work: Any) -> Response:
    """Read the body while there is room for it, and answer; a refusal speaks the language."""
    async with room():
        data = await request.body()
        try:
            view: BaseModel = await anyio.to_thread.run_sync(work, data)
        except PictureError as error:
            return of_picture(error, language)
    return JSONResponse(view.model_dump(mode="json"))


@asynccontextmanager
async def room() -> AsyncIterator[None]:
    """Hold a place for one file in memory; raises TooManyPicturesError where all are taken."""
    if not _held.acquire(blocking=False):
        raise TooManyPicturesError
    try:
        yield
    finally:
        _held.release()


def _window(told: str | None) -> tuple[float, float] | None:
    """Return centre and width; InvalidInputError where they are no two numbers."""
    if told is None:
        return None
    try:
        centre, width = (float(part) for part in told.split(","))
    except ValueError:
        raise InvalidInputError("window must be two numbers: centre,width.") from None
    if not (abs(centre) < 1e6 and 0 < width < 1e6):  # also refuses what is no number
        raise InvalidInputError("window must be two numbers below a million, width above 0.")
    return centre, width


def describe_pictures(document: dict[str, Any]) -> None:
    """Write the turn that is a picture into the OpenAPI document, beside the others."""
    schemas, turn = document["components"]["schemas"], document["paths"][_TURNS]["post"]
    schema = PictureTurnView.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update({n: s for n, s in schema.pop("$defs", {}).items() if n not in schemas})
    schemas["PictureTurnView"] = schema
    binary = {"schema": {"type": "string", "format": "binary"}}
    looked = document["paths"][f"{API}/look"]["post"]
    for operation in (turn, looked):
        content = operation["requestBody"]["content"]
        content.update(dict.fromkeys(("image/*", *PICTURE_TYPES[1:]), binary))
    answer = turn["responses"]["200"]["content"]["application/json"]
    other = {"$ref": "#/components/schemas/PictureTurnView"}
    if "anyOf" not in answer["schema"]:  # the document is made once and asked for often
        answer["schema"] = {"anyOf": [other, answer["schema"]]}
