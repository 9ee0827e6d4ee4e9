"""One person speaking into a stream: frames in, events out.

While somebody speaks, what was said so far is transcribed again about once a second; once they
fall silent the final transcript is begun before the turn is over, and used if they stay silent.
So most of the work is done by the time the turn ends.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assistant.records.speech import RATE, Recording, Samples, Utterance
from assistant.records.terms import Language
from assistant.speech.activity import FRAME, Endpointer
from assistant.speech.hearing import Hearing

PATIENCE, LONGER = 0.6, 1.3  # seconds of silence that end a turn; after an unfinished sentence
_RESUMED, _MORE = 1.2, 0.3  # who goes on so soon was only pausing: from then on, so much longer
_EVERY = 1.2  # seconds of new sound between two partial transcripts
_EARLY = 0.25  # seconds of silence after which the final transcript is begun
_BEFORE, _BEFORE_GUARDED = 0.4, 0.9  # seconds kept from before speech is believed to be speech
_UNFINISHED = (
    "and", "but", "or", "because", "so", "then", "with", "my", "the", "a", "um", "uh", "er",
    "since", "when", "like", "is", "to", "of", "in", "i", "和", "但是", "因为", "然后", "就是",
    "还有", "嗯", "呃", "那个",
)  # fmt: skip


class Event(NamedTuple):
    """What became known: "start", "partial", "final", or "nothing" where no words were said."""

    kind: str
    utterance: Utterance | None = None


class Stream:
    """Feeds on sound at `RATE`; not for several threads at a time."""

    def __init__(
        self,
        hearing: Hearing,
        *,
        language: Language | None,
        page: Language,
        asked: tuple[str, ...] = (),
        hands_free: bool = True,
        most_seconds: float = 120.0,
    ) -> None:
        self._hearing, self._language, self._page = hearing, language, page
        self.asked = asked  # findings that the patient was just asked about
        self._hands_free, self._most = hands_free, most_seconds
        self._ends = Endpointer(patience=PATIENCE)
        self._rest = np.zeros(0, np.float32)
        self._heard: list[Samples] = []
        self._told = 0  # samples that the last partial covered
        self._not_before = 0.0  # seconds of the clock: partials take at most half of the time
        self._early: tuple[int, Utterance] | None = None
        self._spoke = False
        self._patience = PATIENCE  # grows with somebody who pauses long
        self._since_end = _RESUMED  # seconds since the last turn ended

    @property
    def guarded(self) -> bool:
        """Whether the assistant itself is speaking just now."""
        return self._ends.guarded

    @guarded.setter
    def guarded(self, value: bool) -> None:
        self._ends.guarded = value

    def feed(self, samples: Samples) -> Iterator[Event]:
        """Take sound; yield what it brought about."""
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // FRAME * FRAME
        self._rest = joined[whole:]
        for at in range(0, whole, FRAME):
            yield from self._frame(joined[at : at + FRAME])
        if self._ends.speaking:
            yield from self._ahead()

    def finish(self) -> Iterator[Event]:
        """End the turn now, as when the button is let go."""
        if self._spoke and self._heard:
            yield self._final()
        else:
            yield Event("nothing")
        self._reset()

    def _frame(self, frame: Samples) -> Iterator[Event]:
        self._heard.append(frame)
        change = self._ends.push(frame)
        self._since_end += FRAME / RATE
        if change == "start":
            self._spoke = True
            if self._since_end < _RESUMED and not self.guarded:
                self._patience = min(self._patience + _MORE, LONGER)
                self._ends.patience = self._patience
            yield Event("start")
        if not self._spoke:
            kept = _BEFORE_GUARDED if self.guarded else _BEFORE
            self._heard = self._heard[-int(kept * RATE / FRAME) :]
        elif self._seconds() >= self._most or (change == "end" and self._hands_free):
            yield self._final()
            self._reset()
            self._since_end = 0.0

    def _ahead(self) -> Iterator[Event]:
        """Work ahead: the partial transcript, or the final one where it falls silent."""
        length = sum(map(len, self._heard))
        if self._ends.silence >= _EARLY:
            if self._early is None:
                self._early = (length, self._transcript())
                unfinished = _unfinished(self._early[1].text)
                self._ends.patience = LONGER if unfinished else self._patience
                yield Event("partial", self._early[1])
        else:
            self._early = None
            now = time.monotonic()
            due = length - self._told >= _EVERY * RATE and now >= self._not_before
            # Where others wait for their final words, nobody waits for a partial one.
            if due and not self._hearing.transcriber.busy:
                self._told = length
                yield Event("partial", self._transcript(quick=True))
                self._not_before = 2 * time.monotonic() - now

    def _final(self) -> Event:
        utterance = self._early[1] if self._early else self._transcript()
        return Event("final" if utterance.text else "nothing", utterance)

    def _transcript(self, quick: bool = False) -> Utterance:
        return self._hearing.hear(
            Recording(samples=np.concatenate(self._heard)),
            language=self._language,
            page=self._page,
            asked=self.asked,
            quick=quick,
        )

    def _seconds(self) -> float:
        return len(self._heard) * FRAME / RATE

    def _reset(self) -> None:
        self._heard, self._told, self._early, self._spoke = [], 0, None, False
        self._ends.patience, self._ends.speaking = self._patience, False
        self._ends.spoken = 0.0


def _unfinished(text: str) -> bool:
    """Whether a sentence stops where people go on: after a comma, "and", "because", "嗯"…"""
    if text.rstrip().endswith((",", "，", "…", "...", "-")):
        return True
    plain = text.casefold().rstrip(" .,…，。")
    last = plain.rsplit(" ", 1)[-1]
    return last in _UNFINISHED or plain.endswith(tuple(w for w in _UNFINISHED if not w.isascii()))
