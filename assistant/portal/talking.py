"""One connection of somebody who speaks: sound in, words and a voice out.

Messages are read one at a time and worked on before the next is read, so that a client that sends
faster than it is heard is slowed by the connection. The voice has a task of its own: it is stopped
by the first word that the patient says.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import anyio
from anyio.abc import TaskGroup
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from assistant.errors import AssistantError
from assistant.portal.showing import Shown
from assistant.records.dialogue import Reply, Turn, TurnKind
from assistant.records.speech import Utterance
from assistant.records.terms import Language
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.speech.decoding import from_pcm, to_pcm
from assistant.speech.ears import Ears
from assistant.speech.errors import NoVoiceError
from assistant.speech.mouth import Mouth
from assistant.speech.saying import sentences
from assistant.speech.streaming import Event, Stream

START_SECONDS, IDLE_SECONDS, SEND_SECONDS = 10.0, 30.0, 10.0
QUIET_SECONDS = 300.0  # a seat is not kept longer for somebody who says nothing
_MOST_FRAME = 64_000  # bytes of one message in: two seconds of sound
_VOICE_FRAME = 32_000  # bytes of one message out
CLOSED = {"refused": 1008, "idle": 1001, "too_large": 1009, "busy": 1013}


class Start(BaseModel):
    """The first message of a client."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["start"]
    language: Language | None = None  # None: as the settings say; "detect" beside it
    detect: bool = False
    hands_free: bool = False
    reply: bool = False  # take clear words as a turn, and send the reply
    listen: bool = True  # False: only the voice is wanted; it takes no seat
    voice: bool = False  # say replies of this connection
    speed: float = Field(1.0, ge=0.5, le=2.0)  # of the voice


class Talk:
    """One connection: a seat, a stream of sound in, events and a voice out."""

    def __init__(
        self,
        socket: WebSocket,
        identity: str,
        service: ConsultationService,
        ears: Ears,
        mouth: Mouth,
        settings: Settings,
        show: Callable[[ConsultationService, Utterance], BaseModel],
    ) -> None:
        self._socket, self._identity, self._show = socket, identity, show
        self._service, self._ears, self._mouth = service, ears, mouth
        self._settings = settings
        self._start = Start(type="start")
        self._stream: Stream | None = None
        self._tasks: TaskGroup | None = None
        self._saying: anyio.CancelScope | None = None
        self._wanted = 0  # counts what was asked of the voice: an older wish is not fulfilled
        self._one_voice = anyio.Lock()
        self._spoke = time.monotonic()  # when the patient last said something
        self._failed: Exception | None = None

    async def run(self) -> None:
        """Listen until the client goes, or says nothing for too long."""
        async with anyio.create_task_group() as self._tasks:
            await self._guarded(self._attend)
            self._tasks.cancel_scope.cancel()
        if self._failed is not None:
            raise self._failed

    async def _guarded(self, work: Callable[[], Any]) -> None:
        """Keep the first error for `run`, and stop everything else."""
        try:
            await work()
        except Exception as error:
            self._failed = self._failed or error
            if self._tasks is not None:
                self._tasks.cancel_scope.cancel()

    async def _attend(self) -> None:
        if not await self._started():
            return
        await anyio.to_thread.run_sync(self._service.get, self._identity)
        if not self._start.listen:
            return await self._until_silence()
        ticket = self._ears.seats.take()
        try:
            await self._queue(ticket)
            self._stream = await self._listening()
            await self._until_silence()
        finally:
            self._ears.seats.leave(ticket)

    async def _until_silence(self) -> None:
        await self._send({"type": "ready"})
        self._spoke = time.monotonic()
        while (message := await self._next(IDLE_SECONDS)) is not None:
            if not await self._take(message):
                return
            if time.monotonic() - self._spoke > QUIET_SECONDS:
                break
        await self.end("idle", "Nothing was heard for a while: press the microphone again.")

    async def end(self, code: str, detail: str) -> None:
        """Say why, then close; nothing is lost that was said before."""
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            await self._send({"type": "error", "code": code, "detail": detail})
            await self._socket.close(CLOSED.get(code, 1000))

    async def leave(self) -> None:
        """Close towards a client that does not read."""
        with suppress(RuntimeError, WebSocketDisconnect), anyio.move_on_after(1.0):
            await self._socket.close(CLOSED["busy"])

    async def _started(self) -> bool:
        message = await self._next(START_SECONDS)
        try:
            self._start = Start.model_validate_json((message or {}).get("text") or "")
        except ValidationError:
            await self.end("refused", 'The first message must be {"type": "start", …}.')
            return False
        return True

    async def _queue(self, ticket: int) -> None:
        """Wait for a seat, telling the place in the queue whenever it changes."""
        told = 0
        while place := self._ears.seats.position(ticket):
            if place != told:
                await self._send({"type": "queue", "position": place})
                told = place
            await anyio.sleep(0.2)

    async def _listening(self) -> Stream:
        now = await anyio.to_thread.run_sync(self._service.get, self._identity)
        hearing = await anyio.to_thread.run_sync(self._ears.hearing)
        page, start = now.profile.language, self._start
        return Stream(
            hearing,
            language=None if start.detect else start.language or self._ears.language(page),
            page=page,
            asked=now.pending.findings if now.pending else (),
            hands_free=start.hands_free,
            most_seconds=min(120.0, self._settings.max_recording_seconds),
        )

    async def _take(self, message: dict[str, Any]) -> bool:
        """Take one message; return whether to go on."""
        stream = self._stream
        if (sound := message.get("bytes")) is not None and stream is not None:
            if len(sound) > _MOST_FRAME or len(sound) % 2:
                await self.end("too_large", f"Send at most {_MOST_FRAME} bytes of 16-bit sound.")
                return False
            await self._tell(lambda: list(stream.feed(from_pcm(sound))))
            return True
        match _kind(message):
            case "stop" if stream is not None:
                await self._tell(lambda: list(stream.finish()))
            case "speaking" | "silent" as kind if stream is not None:
                stream.guarded = kind == "speaking"
            case "voice":
                self._say(await anyio.to_thread.run_sync(self._service.last_reply, self._identity))
            case "hush":
                self._hush()
            case "ping":
                pass
            case _:
                known = "stop, speaking, silent, voice, hush, ping"
                await self.end("refused", f"A message is sound, or one of the types {known}.")
                return False
        return True

    async def _tell(self, work: Callable[[], list[Event]]) -> None:
        for event in await anyio.to_thread.run_sync(work):
            self._spoke = time.monotonic()
            if event.kind == "start":
                self._hush()  # whoever speaks is not talked over
            said: dict[str, Any] = {"type": event.kind}
            if event.utterance is not None:
                view = await anyio.to_thread.run_sync(self._show, self._service, event.utterance)
                said |= view.model_dump(mode="json")
            await self._send(said)
            if event.kind == "final" and self._start.reply and not said["confirm"]:
                await self._answer(said["text"])

    async def _answer(self, text: str) -> None:
        turn = Turn(kind=TurnKind.SAY, text=text)
        reply = await anyio.to_thread.run_sync(self._service.turn, self._identity, turn)
        view = Shown(self._service.assistant, reply.consultation.profile.language).turn(reply)
        await self._send({"type": "reply", **view.model_dump(mode="json")})
        if self._stream is not None and reply.question is not None:
            self._stream.asked = reply.question.findings
        if self._start.voice:
            self._say(reply)

    def _hush(self) -> None:
        self._wanted += 1
        if self._saying is not None:
            self._saying.cancel()

    def _say(self, reply: Reply) -> None:
        """Begin to say a reply, instead of whatever is being said."""
        self._hush()
        if self._tasks is not None:
            wish = self._wanted
            self._tasks.start_soon(self._guarded, lambda: self._voice(reply, wish))

    async def _voice(self, reply: Reply, wish: int) -> None:
        """Send a reply sentence by sentence: the words of each, then its sound."""
        language = reply.consultation.profile.language
        more = self._service.assistant.voice.speaker.phrasing.say("flow.rest_on_screen", language)
        end: dict[str, Any] = {"type": "voice_end", "whole": False}
        async with self._one_voice:
            with anyio.CancelScope() as self._saying:
                if wish != self._wanted:
                    self._saying.cancel()
                try:
                    for sentence in sentences([m.text for m in reply.messages], more):
                        await self._sentence(sentence, language)
                    end["whole"] = True
                except NoVoiceError:
                    end["reason"] = "no_voice"
                except AssistantError as error:
                    end |= {"reason": "failed", "detail": str(error)}
            self._saying = None
            await self._send(end)

    async def _sentence(self, sentence: str, language: Language) -> None:
        samples, rate = await anyio.to_thread.run_sync(
            self._mouth.say, sentence, language, self._start.speed, abandon_on_cancel=True
        )
        sound = to_pcm(samples)
        await self._send({"type": "voice", "text": sentence, "rate": rate, "bytes": len(sound)})
        for at in range(0, len(sound), _VOICE_FRAME):
            with anyio.fail_after(SEND_SECONDS):
                await self._socket.send_bytes(sound[at : at + _VOICE_FRAME])

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


def _kind(message: dict[str, Any]) -> str:
    """Return the type that a text message names, "" where it names none."""
    try:
        kind = json.loads(message.get("text") or "").get("type")
    except (ValueError, AttributeError):
        return ""
    return kind if isinstance(kind, str) else ""
