"""Speech over HTTP, and the door of the WebSocket. `docs/speech.md` describes the messages.

A recording sent as a turn counts at once where it was heard clearly; otherwise the words come back
to be looked at, and nothing was taken. One sent only to be heard never counts: it may be old, or
somebody else's. Recordings are never kept: they are not written anywhere.
"""

from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import anyio
from fastapi import APIRouter, Path
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from assistant.errors import AssistantError
from assistant.log import failure
from assistant.portal.guards import API, SOUND_TYPES, is_sound
from assistant.portal.problems import responses
from assistant.portal.rates import RateLimit
from assistant.portal.showing import Shown
from assistant.portal.talking import CLOSED, Talk
from assistant.portal.views import TurnView
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.speech import Utterance
from assistant.records.terms import Language
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.speech.ears import Ears
from assistant.speech.mouth import Mouth
from assistant.turn.doubting import doubtful_words, needs_a_look

_TURNS = f"{API}/consultations/{{consultation_id}}/turns"
_FILE = {"schema": {"type": "string", "format": "binary"}}

Id = Annotated[str, Path(description="What opening the consultation gave.")]


class HeardView(BaseModel):
    """What was heard in a recording."""

    text: str = Field(description="Empty where nobody spoke or nothing was understood.")
    language: Language
    confidence: float = Field(description="Mean probability of the words, 0 to 1.")
    confirm: bool = Field(description="Show the words and let them be corrected; none were taken.")
    unsure: list[str] = Field(description="Words that may be other words.")
    seconds: float
    speech_seconds: float = Field(description="How long somebody spoke in it.")


class HeardOnlyView(BaseModel):
    """What was heard and not taken as a turn."""

    id: str
    heard: HeardView


class SpokenTurnView(TurnView):
    """The reply to a spoken turn."""

    heard: HeardView | None = Field(None, description="Only where the turn was a recording.")


class AudioRoute(APIRoute):
    """A route that only takes sound: the same address takes JSON elsewhere."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match like any route, where the body is a recording."""
        headers = dict(scope.get("headers", ()))
        if not headers.get(b"content-type", b"").decode("latin-1").startswith(SOUND_TYPES):
            return Match.NONE, {}
        return super().matches(scope)


# It shares its address with the turn in JSON, so `describe` writes it into that one's entry.
audio = APIRouter(prefix=API, route_class=AudioRoute, include_in_schema=False)


heard = APIRouter(prefix=API, tags=["speech"])


@audio.post("/consultations/{consultation_id}/turns")
async def take_audio_turn(consultation_id: Id, request: Request) -> Response:
    """Take a turn that is spoken: 200 with the reply, or 202 with words to look at first."""
    service, ears = _parts(request)
    data = await request.body()
    key = request.headers.get("idempotency-key")
    taken = await anyio.to_thread.run_sync(_take, service, ears, consultation_id, data, key)
    return JSONResponse(
        taken.model_dump(mode="json"), status_code=200 if "reply" in taken.model_fields_set else 202
    )


@heard.post(
    "/consultations/{consultation_id}/heard",
    summary="Hear a recording, and take no turn",
    responses=responses(400, 404, 408, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"audio/*": _FILE}}},
)
async def hear_only(consultation_id: Id, request: Request) -> HeardOnlyView:
    """Give what is said in a sound file; the patient looks at it before it is sent as a turn."""
    if not is_sound(request.scope):
        raise HTTPException(415, "Send the recording itself (Content-Type: audio/…).")
    service, ears = _parts(request)
    data = await request.body()
    view = await anyio.to_thread.run_sync(_hear, service, ears, consultation_id, data)
    return HeardOnlyView(id=consultation_id, heard=view)


def _parts(request: Request) -> tuple[ConsultationService, Ears]:
    state = request.app.state
    return cast(ConsultationService, state.service), cast(Ears, state.ears)


def _hear(service: ConsultationService, ears: Ears, identity: str, data: bytes) -> HeardView:
    now = service.get(identity)
    page = now.profile.language
    asked = now.pending.findings if now.pending else ()
    utterance = ears.hear(ears.decode(data), language=ears.language(page), page=page, asked=asked)
    return shown(service, utterance)


def _take(
    service: ConsultationService, ears: Ears, identity: str, data: bytes, key: str | None
) -> HeardOnlyView | SpokenTurnView:
    view = _hear(service, ears, identity, data)
    if view.confirm:
        return HeardOnlyView(id=identity, heard=view)
    reply = service.turn(identity, Turn(kind=TurnKind.SAY, text=view.text, key=key))
    turn = Shown(service.assistant, reply.consultation.profile.language).turn(reply)
    return SpokenTurnView(**dict(turn), heard=view)


def shown(service: ConsultationService, heard: Utterance) -> HeardView:
    """Return an utterance as a client sees it."""
    return HeardView(
        text=heard.text,
        language=heard.language,
        confidence=round(heard.confidence, 3),
        confirm=needs_a_look(heard, service.assistant.spare_extractor),
        unsure=list(doubtful_words(heard)),
        seconds=round(heard.seconds, 2),
        speech_seconds=round(heard.speech_seconds, 2),
    )


def describe(document: dict[str, Any]) -> None:
    """Write the spoken turn into the OpenAPI document, beside the turn in JSON."""
    schemas, turn = document["components"]["schemas"], document["paths"][_TURNS]["post"]
    for view in (HeardOnlyView, SpokenTurnView):
        schema = view.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update({n: s for n, s in schema.pop("$defs", {}).items() if n not in schemas})
        schemas[view.__name__] = schema
    turn["requestBody"]["content"]["audio/*"] = _FILE
    turn["responses"]["200"]["content"]["application/json"]["schema"] = _reference(SpokenTurnView)
    turn["responses"]["202"] = {
        "description": "The recording was not heard clearly: show the words; no turn was taken.",
        "content": {"application/json": {"schema": _reference(HeardOnlyView)}},
    }


def _reference(view: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{view.__name__}"}


def speech_routes(
    service: ConsultationService, ears: Ears, mouth: Mouth, settings: Settings
) -> APIRouter:
    """Return the WebSocket `/api/v1/consultations/{id}/speech`."""
    router = APIRouter()
    opening = RateLimit(settings.max_turns_per_minute)

    @router.websocket(f"{API}/consultations/{{consultation_id}}/speech")
    async def speech(socket: WebSocket, consultation_id: str) -> None:
        address = socket.client.host if socket.client else "unknown"
        if _is_foreign(socket, settings) or opening.take(address):
            await socket.close(CLOSED["refused"])
            return
        await socket.accept()
        talk = Talk(socket, consultation_id, service, ears, mouth, settings, shown)
        try:
            await talk.run()
        except WebSocketDisconnect:
            pass
        except TimeoutError:  # the client does not read; what it was told before is not lost
            await talk.leave()
        except AssistantError as error:
            await talk.end(getattr(error, "reason", "error"), str(error))
        except Exception as error:  # its words may quote a patient: only its kind is logged
            failure("speech", error)
            await talk.end("error", "Something went wrong here. Try again, or type instead.")

    return router


def _is_foreign(socket: WebSocket, settings: Settings) -> bool:
    """Whether a page of another site opened the connection (a browser always says which)."""
    origin = socket.headers.get("origin")
    if origin is None or origin in settings.portal_origins:
        return False
    return urlsplit(origin).netloc != socket.headers.get("host", "")
