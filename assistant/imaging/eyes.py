"""The sight of one server: opens and looks at pictures for many people, and bounds the load."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from assistant.imaging.copying import copies_of
from assistant.imaging.errors import TooManyPicturesError
from assistant.records.picture import Look, Picture, Viewed

_WAITING = 16  # pictures that may wait; one more is told to come back
_PATIENCE = 30.0  # seconds that a picture waits for its turn


class Looks(Protocol):
    """Anything that says what is in a picture, or why it does not judge it."""

    def look(self, picture: Picture) -> Look:
        """Return the reading of a picture, and where the model looked."""


class Eyes:
    """Looks at `seats` pictures at a time; the models are loaded when the first one comes."""

    def __init__(
        self,
        build: Callable[[], Looks],
        read: Callable[[bytes, str], Picture],
        seats: int = 1,
    ) -> None:
        """`build` makes what looks; `read` makes a picture of a file within its limits."""
        self._build, self._read = build, read
        self._looks: Looks | None = None
        self._loading = threading.Lock()
        self._working = threading.BoundedSemaphore(seats)
        self._places = threading.BoundedSemaphore(seats + _WAITING)

    def open(self, data: bytes, name: str = "") -> Picture:
        """Return the picture in a file's bytes, in a seat as looking is: decoding costs too."""
        with self._seat():
            return self._read(data, name)

    def look(self, picture: Picture) -> Viewed:
        """Return what was read in a picture, and the copies that may be kept.

        Raises TooManyPicturesError where too many wait, ModelFileError where a model is missing.
        """
        with self._seat():
            looked = self._looking().look(picture)
            return Viewed(reading=looked.reading, copies=copies_of(picture, looked))

    def _looking(self) -> Looks:
        with self._loading:
            if self._looks is None:
                self._looks = self._build()
            return self._looks

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise TooManyPicturesError
        try:
            if not self._working.acquire(timeout=_PATIENCE):
                raise TooManyPicturesError
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._places.release()
