"""The sight of one server: opens and looks at pictures for many people, and bounds the load."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from assistant.imaging.copying import copies_of
from assistant.imaging.errors import TooManyPicturesError
from assistant.imaging.reading import Limits, open_series
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
        limits: Limits | None = None,
        seats: int = 1,
    ) -> None:
        """`build` makes what looks; `limits` are those of a file."""
        self._build, self._limits = build, limits or Limits()
        self._looks: Looks | None = None
        self._loading = threading.Lock()
        self._working = threading.BoundedSemaphore(seats)
        self._places = threading.BoundedSemaphore(seats + _WAITING)

    def open(
        self,
        data: bytes,
        name: str = "",
        frame: int | None = None,
        window: tuple[float, float] | None = None,
    ) -> Picture:
        """Return the picture in a file's bytes, in a seat as looking is: decoding costs too.

        `frame` of a series (default: the middle one); `window` as centre and width, for DICOM.
        Raises PictureError where the file is not taken.
        """
        with self._seat():
            return open_series(data, name, self._limits).frame(frame, window)

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
