"""Pictures that were opened and are being looked at before they are sent: in memory, and briefly.

Each belongs to one consultation and is found only through it. Nothing is written to disk; what is
not sent is forgotten after a quarter of an hour, or when newer pictures need the room.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.imaging.reading import Series

LASTING = 900.0  # seconds after a picture was last looked at
_EACH = 2  # pictures that one consultation may have waiting
_MOST_BYTES = 256_000_000  # of all pictures that wait


class PictureGoneError(AssistantError):
    """A picture waits here no longer: it was sent, dropped, or left alone for too long."""

    def __init__(self) -> None:
        super().__init__("This picture is no longer waiting here: send its file again.")


@dataclass(slots=True)
class _Waiting:
    consultation: str
    series: Series
    until: float


class Tray:
    """Holds opened pictures by token; safe to call from many threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()  # the oldest first
        self._guard = threading.Lock()

    def put(self, consultation: str, series: Series) -> str:
        """Keep an opened picture; return the token under which it waits."""
        token = secrets.token_urlsafe(16)
        with self._guard:
            self._sweep()
            own = [t for t, w in self._waiting.items() if w.consultation == consultation]
            for old in own[: max(0, len(own) - _EACH + 1)]:
                del self._waiting[old]
            self._waiting[token] = _Waiting(consultation, series, self._clock() + LASTING)
            while self._bytes() > _MOST_BYTES and len(self._waiting) > 1:
                self._waiting.popitem(last=False)
        return token

    def get(self, consultation: str, token: str) -> Series:
        """Return a picture of a consultation; raises PictureGoneError where it waits no more."""
        with self._guard:
            self._sweep()
            waiting = self._waiting.get(token)
            if waiting is None or waiting.consultation != consultation:
                raise PictureGoneError
            waiting.until = self._clock() + LASTING
            return waiting.series

    def drop(self, consultation: str, token: str | None = None) -> None:
        """Forget one picture of a consultation, or all of them; what is not there is no error."""
        with self._guard:
            for known, waiting in list(self._waiting.items()):
                if waiting.consultation == consultation and token in (None, known):
                    del self._waiting[known]

    def _sweep(self) -> None:
        now = self._clock()
        for token, waiting in list(self._waiting.items()):
            if waiting.until < now:
                del self._waiting[token]

    def _bytes(self) -> int:
        return sum(len(waiting.series.data) for waiting in self._waiting.values())
