"""A series as a zip: slices found, of one series, in the order of their place in the body.

Nothing is unpacked to disk, and no name in the zip is used as a path. The sizes that the zip
declares are added up before anything is unpacked, and no member is read beyond what it declared.
Runs in the child.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image
from pydicom import Dataset
from pydicom.pixels.utils import get_expected_length

from assistant.imaging.reading.dicom import Dicom
from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.kinds import kind_of
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.photos import open_photo
from assistant.imaging.reading.showing import Shown
from assistant.records.picture import Modality

_DICOM, _PHOTOS = ("dicom", "bare_dicom"), ("png", "jpeg", "webp")
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_GAP = 1.5  # times the usual distance: a slice is missing between


class Slice(Protocol):
    """What a bundle needs of a slice."""

    @property
    def frames(self) -> int:
        """The number of frames."""

    def facts(self) -> dict[str, Any]:
        """Return what travels of the header."""

    def frame(self, index: int, window: tuple[float, float] | None) -> Shown:
        """Make one frame."""


@dataclass(frozen=True)
class Member:
    """One slice, stripped, with what sorts it."""

    data: bytes
    name: tuple[object, ...]
    kind: str
    group: tuple[object, ...] = ()  # series, size and direction: equal within a series
    place: float | None = None  # millimetres along the normal
    number: int | None = None
    frames: int = 1
    code: str = ""  # modality, of a header that is stripped since
    declared: Modality | None = None


class Bundle:
    """Slices in order; the last one that was asked for lies open."""

    def __init__(self, members: list[Member], notes: list[str], limits: Limits) -> None:
        self._members, self._notes, self._limits = members, notes, limits
        self._places = [(m, i) for m in members for i in range(m.frames)]
        if len(self._places) > limits.most_frames:
            raise PictureError("too_many_frames", frames=limits.most_frames)
        self._last: tuple[Member, Slice] | None = None
        self._fallback: tuple[float, float] | None = None

    @property
    def frames(self) -> int:
        """The number of slices."""
        return len(self._places)

    @property
    def data(self) -> bytes:
        """A zip of the stripped slices in order, named by their number."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as bundle:
            for number, member in enumerate(self._members):
                bundle.writestr(f"{number:05}-{member.frames}-{member.kind}", member.data)
        return buffer.getvalue()

    def facts(self) -> dict[str, Any]:
        """Return the facts of the middle slice, and of the whole."""
        member, _ = self._places[self.frames // 2]
        facts = self._open(member).facts()
        facts["notes"] = list(dict.fromkeys((*facts["notes"], *self._notes)))
        if member.kind in _DICOM:  # the slice was stripped of what its header says it is
            facts |= {"code": member.code, "declared": member.declared}
        return {**facts, "frames": self.frames}

    def frame(self, index: int, window: tuple[float, float] | None) -> Shown:
        """Make one slice."""
        member, inner = self._places[index]
        return self._open(member).frame(inner, window)

    def _open(self, member: Member) -> Slice:
        if self._last is None or self._last[0] is not member:
            opened = _slice(member.data, member.kind, self._limits)
            if isinstance(opened, Dicom):
                self._fallback = self._fallback or self._middle_window()
                opened.fallback = self._fallback
            self._last = member, opened
        return self._last[1]

    def _middle_window(self) -> tuple[float, float] | None:
        member, inner = self._places[self.frames // 2]
        middle = Dicom(member.data, self._limits)
        return middle.frame(inner, None).window


class PhotoSlice:
    """A slice that is a PNG or JPEG."""

    frames = 1

    def __init__(self, data: bytes, kind: str, limits: Limits) -> None:
        self._pixels, self._notes = open_photo(data, kind, limits)
        self._kind = kind

    def facts(self) -> dict[str, Any]:
        """Return format and notes; the size is left to each frame."""
        plain = {"declared": None, "code": "", "window": None, "span": None, "size": None}
        return {"format": self._kind, "frames": 1, "notes": self._notes, **plain}

    def frame(self, index: int, window: tuple[float, float] | None) -> Shown:
        """Return the picture."""
        return Shown(self._pixels, None, tuple(self._notes))


def open_bundle(data: bytes, limits: Limits) -> Bundle:
    """Open a zip as it was sent."""
    members: list[Member] = []
    left_out = 0
    for name, content in _contents(data, limits):
        try:
            members.append(_member(name, content, limits))
        except PictureError as error:
            left_out += error.reason not in ("text", "dicomdir", "unknown", "empty", "document")
    dicoms = [m for m in members if m.kind in _DICOM]
    chosen, notes = _one_series(dicoms or members)
    if left_out or len(chosen) < len(dicoms or members):
        notes.append("slices_missing")
    return Bundle(chosen, notes, limits)


def open_own(data: bytes, limits: Limits) -> Bundle:
    """Open what `Bundle.data` gave: stripped, and in order."""
    members = []
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        for info in bundle.infolist():
            _, frames, kind = info.filename.split("-")
            members.append(Member(bundle.read(info), (), kind, frames=int(frames)))
    return Bundle(members, [], limits)


def _contents(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        infos = [i for i in bundle.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
        if any(info.flag_bits & 1 for info in infos):
            raise PictureError("zip_encrypted")
        if len(infos) > 2 * limits.most_frames:
            raise PictureError("too_many_frames", frames=limits.most_frames)
        if sum(info.file_size for info in infos) > limits.most_unpacked:
            megabytes = limits.most_unpacked // 1_000_000
            raise PictureError("unpacked_too_large", megabytes=megabytes)
        for info in infos:
            if info.compress_type in _PLAIN:
                yield info.filename, bundle.read(info)


def _is_hidden(name: str) -> bool:
    parts = [part for part in name.split("/") if part not in (".", "..")]
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _member(name: str, content: bytes, limits: Limits) -> Member:
    kind = kind_of(content)
    if kind in _DICOM:
        dicom = Dicom(content, limits)
        return _from_dicom(dicom, _natural(name), kind)
    if kind not in _PHOTOS:
        raise PictureError("packed", format=kind)
    pixels, _ = open_photo(content, kind, limits)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return Member(buffer.getvalue(), _natural(name), "png", (pixels.shape[:2],))


def _from_dicom(dicom: Dicom, name: tuple[object, ...], kind: str) -> Member:
    header = dicom.dataset
    if _is_cut(header):
        raise PictureError("damaged")
    direction = _numbers(header.get("ImageOrientationPatient"), 6)
    position = _numbers(header.get("ImagePositionPatient"), 3)
    place = _numbers([header.get("SliceLocation")], 1)
    along = place[0] if place else None
    if direction and position:
        normal = np.cross(direction[:3], direction[3:])
        along = float(np.dot(normal, position))
    rounded = tuple(round(x, 2) for x in direction or ())
    group = (dicom.series, int(header.Rows), int(header.Columns), rounded)
    number = _numbers([header.get("InstanceNumber")], 1)
    order = int(number[0]) if number else None
    says = dicom.code, dicom.declared
    return Member(dicom.data, name, kind, group, along, order, dicom.frames, *says)


def _is_cut(header: Dataset) -> bool:
    """Whether plain pixels are fewer than the header tells; of packed ones a decoder must say."""
    syntax = header.file_meta.TransferSyntaxUID
    return not syntax.is_compressed and len(header.PixelData) < get_expected_length(header)


def _one_series(members: list[Member]) -> tuple[list[Member], list[str]]:
    """Return the largest group of like slices in order, and notes."""
    if not members:
        raise PictureError("zip_without_pictures")
    group = Counter(m.group for m in members).most_common(1)[0][0]
    slices = [m for m in members if m.group == group]
    notes = ["largest_series"] if len({m.group[0] for m in members}) > 1 else []
    if all(m.place is not None for m in slices):
        slices.sort(key=lambda m: (m.place, m.number or 0, m.name))
        return slices, notes + (["slices_missing"] if _has_gap(slices) else [])
    if all(m.number is not None for m in slices):
        slices.sort(key=lambda m: (m.number, m.name))
        return slices, notes
    slices.sort(key=lambda m: m.name)
    return slices, [*notes, "order_by_name"]


def _has_gap(slices: list[Member]) -> bool:
    places = sorted({round(m.place or 0.0, 2) for m in slices})
    steps = np.diff(places)
    return len(steps) > 1 and bool(steps.max() > _GAP * np.median(steps))


def _natural(name: str) -> tuple[object, ...]:
    """Return what sorts "slice10" behind "slice9"."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p)


def _numbers(values: Any, count: int) -> list[float] | None:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _slice(data: bytes, kind: str, limits: Limits) -> Slice:
    return Dicom(data, limits) if kind in _DICOM else PhotoSlice(data, kind, limits)
