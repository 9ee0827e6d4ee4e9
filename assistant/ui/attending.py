"""Attending to the page: each act is taken to the service, and what comes back is shown."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

from anyio import to_thread
from pydantic import ValidationError

from assistant.errors import AssistantError, InvalidInputError, UnknownConsultationError
from assistant.imaging.arranging import arranged
from assistant.log import failure
from assistant.portal.rates import RateLimit
from assistant.portal.tray import Tray
from assistant.records.dialogue import Reply
from assistant.records.terms import Language
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.ui.acts import Act, ActKind
from assistant.ui.failing import TooOftenError, explained
from assistant.ui.showing import Showing, View, told
from assistant.ui.transcript import ChatMessage, said, spoken, transcript

_REVEAL = 0.5  # seconds over which a reply appears; an emergency appears at once
_STEPS = 10
_WITHOUT_BEFORE = frozenset({ActKind.BEGIN, ActKind.RESUME, ActKind.ERASE})


class Attendant:
    """Carries acts to the service; it keeps nothing, since the tab knows its consultation."""

    def __init__(
        self,
        service: ConsultationService,
        showing: Showing,
        settings: Settings,
        tray: Tray | None = None,
    ) -> None:
        """`tray` holds the pictures that were opened; None: this page takes none."""
        self._service, self._showing, self._settings = service, showing, settings
        self._tray = tray
        self._opening = RateLimit(settings.max_consultations_per_minute)
        self._turning = RateLimit(settings.max_turns_per_minute)

    async def attend(self, sent: object, address: str) -> AsyncIterator[View]:
        """Yield what to show for an act from `address`, the last view being what it leaves.

        Nothing is raised: whatever goes wrong is a view that says so.
        """
        try:
            act = Act.model_validate(sent)
        except ValidationError as error:
            key = sent.get("key", "") if isinstance(sent, dict) else ""
            yield self._failed(error, str(key)[:64], Language(self._settings.language))
            return
        try:
            self._admit(act, address)
            async for view in self._taken(act):
                yield view
        except Exception as error:  # the patient is told, and the browser keeps the words
            if not isinstance(error, AssistantError):
                failure("page", error)
            yield await self._put_right(error, act)

    def _admit(self, act: Act, address: str) -> None:
        limit = self._opening if act.kind is ActKind.BEGIN else self._turning
        if act.kind is not ActKind.ERASE and limit.take(address):
            raise TooOftenError

    async def _taken(self, act: Act) -> AsyncIterator[View]:
        if act.kind is ActKind.ERASE:
            if self._tray is not None:
                self._tray.drop(act.consultation)
            await to_thread.run_sync(self._service.erase, act.consultation)
            yield _nothing_left(act.key)
            return
        if act.kind in (ActKind.SAY, ActKind.ANSWER, ActKind.PICTURE):
            yield await self._echoed(act)
        before = told(await self._last(act)) if act.kind not in _WITHOUT_BEFORE else None
        reply = await to_thread.run_sync(self._reply, act)
        level = told(reply)
        urgent = level is not None and level.is_emergency and level is not before
        if not urgent and act.kind is not ActKind.RESUME:
            fresh = [message.text for message in reply.messages]
            for talk in revealed(transcript(reply, self._showing.wording), fresh):
                yield View(signal={"key": act.key, "done": False}, transcript=talk)
                await asyncio.sleep(_REVEAL / _STEPS)
        yield self._showing.view(reply, act.key)

    async def _last(self, act: Act) -> Reply:
        return await to_thread.run_sync(self._service.last_reply, act.consultation)

    async def _echoed(self, act: Act) -> View:
        """Show the patient's own words, or that there is a picture, while it is worked on."""
        wording, last = self._showing.wording, await self._last(act)
        picture = act.kind is ActKind.PICTURE
        phrasing = wording.speaker.phrasing
        text = phrasing.say("picture.said.placeholder", act.language) if picture else act.text
        shown = [*transcript(last, wording), said(text)]
        return View(signal={"key": act.key, "done": False}, transcript=shown)

    def _reply(self, act: Act) -> Reply:
        if act.kind is ActKind.BEGIN:
            if act.person is None or not act.person.consent:
                raise InvalidInputError("Consent is needed before a consultation begins.")
            return self._service.open(act.person.profile(act.language))
        if act.kind is ActKind.RESUME:
            return self._service.last_reply(act.consultation)
        if act.kind is ActKind.PICTURE:
            return self._shown_picture(act)
        return self._service.turn(act.consultation, act.turn())

    def _shown_picture(self, act: Act) -> Reply:
        """Take a picture from the tray, as the patient arranged it, to be looked at."""
        if act.picture is None or self._tray is None:
            raise InvalidInputError("A picture is opened first: see docs/pictures.md.")
        before = self._service.answered(act.consultation, act.key)
        if before is not None:
            return before
        chosen = act.picture
        series = self._tray.get(act.consultation, chosen.token)
        picture = series.frame(chosen.frame, chosen.window)
        reply = self._service.show(
            act.consultation, arranged(picture, chosen.arrangement()), act.key
        )
        self._tray.drop(act.consultation, chosen.token)
        return reply

    async def _put_right(self, error: Exception, act: Act) -> View:
        """Return what went wrong in words, over the consultation as it really stands."""
        failed = self._failed(error, act.key, act.language)
        if isinstance(error, UnknownConsultationError):
            empty = _nothing_left(act.key)
            expected = act.kind in (ActKind.RESUME, ActKind.ERASE)
            return empty if expected else replace(empty, signal=failed.signal | empty.signal)
        if not act.consultation:
            return failed
        try:
            view = self._showing.view(await self._last(act), act.key)
        except Exception as second:  # then the page stays as it is, and says so
            failure("page", second)
            return failed
        return replace(view, signal=view.signal | failed.signal | {"announce": ""})

    def _failed(self, error: Exception, key: str, language: Language) -> View:
        words = explained(error, language, self._showing.wording)
        return View(signal={"key": key, "done": True, "error": words})


def _nothing_left(key: str) -> View:
    """Return the page without a consultation; no word of one stays in it."""
    signal = {"key": key, "done": True, "screen": "start"}
    return View(signal=signal, transcript=[], banner="", case="", dock="")


def revealed(talk: list[ChatMessage], fresh: list[str]) -> Iterator[list[ChatMessage]]:
    """Yield the talk as `fresh`, its last messages, appear a few words at a time.

    Fold-outs come with the finished view. Nothing is yielded where nothing new was said.
    """
    settled, length = talk[: len(talk) - len(fresh)], sum(map(len, fresh))
    for step in range(1, _STEPS + 1 if length else 1):
        left, shown = round(length * step / _STEPS), []
        for text in fresh:
            if left > 0:
                shown.append(spoken(_cut(text, left)))
            left -= len(text)
        yield [*settled, *shown]


def _cut(text: str, length: int) -> str:
    """Return the start of `text`, not ending within a word or an open piece of bold."""
    if length >= len(text):
        return text
    start = text[:length].rsplit(" ", 1)[0] if " " in text[:length] else text[:length]
    return start + "**" if start.count("**") % 2 else start
