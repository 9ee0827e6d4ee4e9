"""What lies open in the child: a photo, a DICOM file, or a zip of slices."""

from typing import Any, Protocol

from assistant.imaging.reading.bundles import open_bundle, open_own
from assistant.imaging.reading.dicom import Dicom
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.photos import open_photo
from assistant.imaging.reading.showing import Shown
from assistant.records.picture import Pixels


class Opened(Protocol):
    """A file that lies open."""

    @property
    def data(self) -> bytes:
        """The stripped file, from which `open_stripped` makes the same again."""

    def facts(self) -> dict[str, Any]:
        """Return what travels of the header: nothing in it names a person."""

    def frame(self, index: int, window: tuple[float, float] | None) -> Shown:
        """Make one frame."""


def open_whole(data: bytes, kind: str, limits: Limits) -> Opened:
    """Open a file as it was sent."""
    if kind in ("dicom", "bare_dicom"):
        return Dicom(data, limits)
    if kind == "zip":
        return open_bundle(data, limits)
    return Photo(*open_photo(data, kind, limits), kind)


def open_stripped(data: bytes, limits: Limits) -> Opened:
    """Open what `Opened.data` gave."""
    if data.startswith(b"PK"):
        return open_own(data, limits)
    return Dicom(data, limits)


class Photo:
    """One picture in colour."""

    def __init__(self, pixels: Pixels, notes: list[str], kind: str) -> None:
        self._pixels, self._notes, self._kind = pixels, notes, kind

    @property
    def data(self) -> bytes:
        """The pixels, row by row."""
        return self._pixels.tobytes()

    def facts(self) -> dict[str, Any]:
        """Return format, size and notes."""
        return {
            "format": self._kind,
            "frames": 1,
            "declared": None,
            "code": "",
            "window": None,
            "span": None,
            "notes": self._notes,
            "size": self._pixels.shape[:2],
        }

    def frame(self, index: int, window: tuple[float, float] | None) -> Shown:
        """Return the picture."""
        return Shown(self._pixels, None, tuple(self._notes))
