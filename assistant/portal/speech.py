"""Speech over HTTP and over a WebSocket. `docs/speech.md` describes the messages.

A recording sent as a turn counts at once where it was heard clearly; otherwise the words come back
to be looked at, and nothing was taken. Recordings are never kept.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import anyio
from fastapi import APIRouter, Path
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from assistant.errors import AssistantError
from assistant.log import failure
from assistant.portal.guards import API
from assistant.portal.rates import RateLimit
from assistant.portal.showing import Shown
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.speech import Utterance
from assistant.records.terms import Language
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.speech.decoding import from_pcm
from assistant.speech.ears import UNSURE_WORD, Ears, needs_a_look
from assistant.speech.streaming import Event, Stream

AUDIO_TYPES = ("audio/", "application/octet-stream")
START_SECONDS, IDLE_SECONDS, SEND_SECONDS = 10.0, 30.0, 10.0
_MOST_FRAME = 64_000  # bytes of one message: two seconds of sound
_CLOSED = {"refused": 1008, "idle": 1001, "too_large": 1009, "busy": 1013}


class Start(BaseModel):
    """The first message of a client."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(pattern="^start$")
    language: Language | None = None  # None: the consultation's; "detect" beside it
    detect: bool = False
    hands_free: bool = False
    reply: bool = False  # take clear words as a turn, and send the reply


class AudioRoute(APIRoute):
    """A route that only takes sound: the same address takes JSON elsewhere."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match like any route, where the body is a recording."""
        headers = dict(scope.get("headers", ()))
        if not headers.get(b"content-type", b"").decode("latin-1").startswith(AUDIO_TYPES):
            return Match.NONE, {}
        return super().matches(scope)


audio = APIRouter(prefix=API, route_class=AudioRoute, include_in_schema=False)


@audio.post("/consultations/{consultation_id}/turns")
async def take_audio_turn(consultation_id: Annotated[str, Path()], request: Request) -> Response:
    """Take a turn that is spoken: 200 with the reply, or 202 with words to look at first."""
    service = cast(ConsultationService, request.app.state.service)
    ears = cast(Ears, request.app.state.ears)
    data = await request.body()
    key = request.headers.get("idempotency-key")
    taken = await anyio.to_thread.run_sync(_take, service, ears, consultation_id, data, key)
    return JSONResponse(taken, status_code=200 if "reply" in taken else 202)


def _take(
    service: ConsultationService, ears: Ears, identity: str, data: bytes, key: str | None
) -> dict[str, Any]:
    now = service.get(identity)
    page = now.profile.language
    asked = now.pending.findings if now.pending else ()
    heard = ears.hear(ears.decode(data), language=page, page=page, asked=asked)
    if needs_a_look(heard):
        return {"id": identity, "heard": shown(heard)}
    turn = Turn(kind=TurnKind.SAY, text=heard.text, key=key)
    return _replied(service, identity, turn) | {"heard": shown(heard)}


def _replied(service: ConsultationService, identity: str, turn: Turn) -> dict[str, Any]:
    reply = service.turn(identity, turn)
    view = Shown(service.assistant, reply.consultation.profile.language).turn(reply)
    return view.model_dump(mode="json")


def shown(heard: Utterance) -> dict[str, Any]:
    """Return an utterance as a client sees it."""
    return {
        "text": heard.text,
        "language": heard.language.value,
        "confidence": round(heard.confidence, 3),
        "confirm": needs_a_look(heard),
        "unsure": list(heard.unsure_words(UNSURE_WORD)),
        "seconds": round(heard.seconds, 2),
        "speech_seconds": round(heard.speech_seconds, 2),
    }


def speech_routes(service: ConsultationService, ears: Ears, settings: Settings) -> APIRouter:
    """Return the WebSocket `/api/v1/consultations/{id}/speech`."""
    router = APIRouter()
    opening = RateLimit(settings.max_turns_per_minute)

    @router.websocket(f"{API}/consultations/{{consultation_id}}/speech")
    async def speech(socket: WebSocket, consultation_id: str) -> None:
        address = socket.client.host if socket.client else "unknown"
        if _is_foreign(socket, settings) or opening.take(address):
            await socket.close(_CLOSED["refused"])
            return
        await socket.accept()
        talk = Talk(socket, consultation_id, service, ears, settings)
        try:
            await talk.run()
        except WebSocketDisconnect:
            pass
        except AssistantError as error:
            await talk.end(getattr(error, "reason", "error"), str(error))
        except Exception as error:  # its words may quote a patient: only its kind is logged
            failure("speech", error)
            await talk.end("error", "Something went wrong here. Try again, or type instead.")

    return router


class Talk:
    """One connection: a seat, a stream of sound in, events out."""

    def __init__(
        self,
        socket: WebSocket,
        identity: str,
        service: ConsultationService,
        ears: Ears,
        settings: Settings,
    ) -> None:
        self._socket, self._identity = socket, identity
        self._service, self._ears, self._settings = service, ears, settings
        self._reply = False

    async def run(self) -> None:
        """Listen until the client goes, or says nothing for too long."""
        start = await self._started()
        if start is None:
            return
        ticket = self._ears.seats.take()
        try:
            await self._queue(ticket)
            stream = await self._stream(start)
            await self._send({"type": "ready"})
            while (message := await self._next(IDLE_SECONDS)) is not None:
                if not await self._take(stream, message):
                    return
            await self.end("idle", "Nothing was heard for a while: press the microphone again.")
        finally:
            self._ears.seats.leave(ticket)

    async def end(self, code: str, detail: str) -> None:
        """Say why, then close; nothing is lost that was said before."""
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            await self._send({"type": "error", "code": code, "detail": detail})
            await self._socket.close(_CLOSED.get(code, 1000))

    async def _started(self) -> Start | None:
        message = await self._next(START_SECONDS)
        try:
            start = Start.model_validate_json((message or {}).get("text") or "")
        except ValidationError:
            await self.end("refused", 'The first message must be {"type": "start", …}.')
            return None
        self._reply = start.reply
        return start

    async def _queue(self, ticket: int) -> None:
        """Wait for a seat, telling the place in the queue whenever it changes."""
        told = 0
        while place := self._ears.seats.position(ticket):
            if place != told:
                await self._send({"type": "queue", "position": place})
                told = place
            await anyio.sleep(0.2)

    async def _stream(self, start: Start) -> Stream:
        now = await anyio.to_thread.run_sync(self._service.get, self._identity)
        hearing = await anyio.to_thread.run_sync(self._ears.hearing)
        page = now.profile.language
        return Stream(
            hearing,
            language=None if start.detect else start.language or page,
            page=page,
            asked=now.pending.findings if now.pending else (),
            hands_free=start.hands_free,
            most_seconds=min(120.0, self._settings.max_recording_seconds),
        )

    async def _take(self, stream: Stream, message: dict[str, Any]) -> bool:
        """Take one message; return whether to go on."""
        if (sound := message.get("bytes")) is not None:
            if len(sound) > _MOST_FRAME or len(sound) % 2:
                await self.end("too_large", f"Send at most {_MOST_FRAME} bytes of 16-bit sound.")
                return False
            await self._tell(lambda: list(stream.feed(from_pcm(sound))))
            return True
        try:
            kind = json.loads(message.get("text") or "").get("type")
        except (ValueError, AttributeError):
            kind = None
        if kind == "stop":
            await self._tell(lambda: list(stream.finish()))
        elif kind in ("speaking", "silent"):
            stream.guarded = kind == "speaking"
        elif kind != "ping":
            await self.end(
                "refused", 'A message is sound, or "stop", "speaking", "silent", "ping".'
            )
            return False
        return True

    async def _tell(self, work: Callable[[], list[Event]]) -> None:
        for event in await anyio.to_thread.run_sync(work):
            said: dict[str, Any] = {"type": event.kind}
            if event.utterance is not None:
                said |= shown(event.utterance)
            await self._send(said)
            sure = event.utterance is not None and not needs_a_look(event.utterance)
            if event.kind == "final" and self._reply and sure:
                await self._answer(cast(Utterance, event.utterance).text)

    async def _answer(self, text: str) -> None:
        turn = Turn(kind=TurnKind.SAY, text=text)
        view = await anyio.to_thread.run_sync(_replied, self._service, self._identity, turn)
        await self._send({"type": "reply", **view})

    async def _next(self, seconds: float) -> dict[str, Any] | None:
        """Return the next message, None where none came in time."""
        with anyio.move_on_after(seconds):
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            return dict(message)
        return None

    async def _send(self, said: dict[str, Any]) -> None:
        """Send, or give up on a client that does not read."""
        with anyio.fail_after(SEND_SECONDS):
            await self._socket.send_json(said)


def _is_foreign(socket: WebSocket, settings: Settings) -> bool:
    """Whether a page of another site opened the connection (a browser always says which)."""
    origin = socket.headers.get("origin")
    if origin is None or origin in settings.portal_origins:
        return False
    return urlsplit(origin).netloc != socket.headers.get("host", "")
