"""A DICOM file that lies open in the child: frames through modality LUT, window and colour."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, get_decoder
from pydicom.uid import UID

from assistant.imaging.reading.burned_in import has_text
from assistant.imaging.reading.codecs import made_native, plug_in
from assistant.imaging.reading.declaring import declared, modality_code
from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.grey import Values, by_function, by_table, robust_window
from assistant.imaging.reading.headers import read_header, stripped, written
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.showing import Shown
from assistant.records.picture import Modality, Pixels

_MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
_LOSSY = ("4.50", "4.51", "4.81", "4.91", "4.112", "4.203")


class Dicom:
    """One file, of which only the technical elements are left."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        plug_in()
        whole, self._notes = read_header(data, limits)
        self.declared: Modality | None = declared(whole)
        self.code = modality_code(whole)
        self.series = str(whole.get("SeriesInstanceUID") or "")  # to sort a zip; goes no further
        _check_syntax(whole.file_meta.TransferSyntaxUID)
        self.dataset = stripped(whole)
        made_native(self.dataset, limits)
        self.fallback: tuple[float, float] | None = None  # window where no header gives one
        self._last: tuple[int, NDArray[Any]] | None = None
        self._windows: dict[int, tuple[tuple[float, float], bool]] = {}
        self._note_header()

    @property
    def frames(self) -> int:
        """The number of frames."""
        return int(self.dataset.NumberOfFrames)

    @property
    def data(self) -> bytes:
        """The stripped file."""
        return written(self.dataset)

    @property
    def grey(self) -> bool:
        """Whether it has a window."""
        return self.dataset.PhotometricInterpretation in _MONOCHROME

    def facts(self) -> dict[str, Any]:
        """Return what travels of the header; the frame to show first is decoded for it."""
        start = self.frames // 2
        shown = self.frame(start, None)
        values = self._values(start) if self.grey else None
        finite = values[np.isfinite(values)] if values is not None else None
        span = (float(finite.min()), float(finite.max())) if finite is not None else None
        return {
            "format": "dicom",
            "frames": self.frames,
            "declared": self.declared,
            "code": self.code,
            "window": shown.window,
            "span": span,
            "notes": self._notes,
            "size": None,
        }

    def frame(self, index: int, window: tuple[float, float] | None) -> Shown:
        """Make one frame; raises PictureError where it cannot be shown."""
        if not self.grey:
            pixels = self._in_colour(index)
            return Shown(pixels, None, self._seen(pixels))
        values = self._values(index)
        default, guessed = self._default(index, values)
        if window is None or window == default:
            grey = self._by_table(index, values)
            notes = ("window_guessed",) if guessed and grey is None else ()
            if grey is None:
                function = "LINEAR" if guessed else str(self._voi(index).get("VOILUTFunction", ""))
                grey = by_function(values, default, "LINEAR_EXACT" if guessed else function)
        else:
            notes, grey = (), by_function(values, window, "LINEAR_EXACT")
        if self._inverted:
            np.subtract(255, grey, out=grey)
        pixels = np.repeat(grey[..., None], 3, axis=2)
        return Shown(pixels, window or default, (*notes, *self._seen(pixels)))

    def _note_header(self) -> None:
        if str(self.dataset.get("BurnedInAnnotation", "")).upper() == "YES":
            self._notes.append("burned_in_text")
        syntax = str(self.dataset.file_meta.TransferSyntaxUID)
        said = str(self.dataset.get("LossyImageCompression", ""))
        if said == "01" or syntax.removeprefix("1.2.840.10008.1.2.") in _LOSSY:
            self._notes.append("lossy")
        if self.dataset.PhotometricInterpretation == "PALETTE COLOR":
            self._notes.append("palette")

    def _seen(self, pixels: Pixels) -> tuple[str, ...]:
        return ("text_seen",) if has_text(pixels) else ()

    @property
    def _inverted(self) -> bool:
        if self.dataset.PhotometricInterpretation == "MONOCHROME1":
            return True
        return str(self.dataset.get("PresentationLUTShape", "")) == "INVERSE"

    def _stored(self, index: int) -> NDArray[Any]:
        if self._last is None or self._last[0] != index:
            decoder = get_decoder(self.dataset.file_meta.TransferSyntaxUID)
            array, _ = decoder.as_array(self.dataset, index=index)
            self._last = index, array
        return self._last[1]

    def _values(self, index: int) -> Values:
        """Return a frame in units of the modality; what lies outside the picture is NaN."""
        stored = self._stored(index)
        if stored.ndim != 2:
            raise PictureError("damaged")
        values: Values = apply_modality_lut(stored, self._transformation(index)).astype(np.float32)
        padding = self.dataset.get("PixelPaddingValue")
        if isinstance(padding, int):
            other = self.dataset.get("PixelPaddingRangeLimit")
            low, high = sorted((padding, other if isinstance(other, int) else padding))
            outside = (stored >= low) & (stored <= high)
            if not outside.all():
                values[outside] = np.nan
        return values

    def _default(self, index: int, values: Values) -> tuple[tuple[float, float], bool]:
        """Return the window of the header, or a robust one and True where there is none of use."""
        if index not in self._windows:
            told = _told_window(self._voi(index))
            robust = robust_window(values)
            if told is not None and _shows_something(told, robust):
                self._windows[index] = told, False
            else:
                self._windows[index] = self._common(index, robust), True
        return self._windows[index]

    def _common(self, index: int, robust: tuple[float, float]) -> tuple[float, float]:
        """Return one window for all frames, so that the slices of a series can be compared."""
        if self.fallback is None:
            start = self.frames // 2
            self.fallback = robust if index == start else robust_window(self._values(start))
        return self.fallback

    def _by_table(self, index: int, values: Values) -> NDArray[np.uint8] | None:
        """Return grey by the VOI table of the header, None where it has none that is whole."""
        voi = self._voi(index)
        if not voi.get("VOILUTSequence") or _told_window(voi) is not None:
            return None
        return by_table(values, voi.VOILUTSequence[0])

    def _in_colour(self, index: int) -> Pixels:
        stored = self._stored(index)
        if self.dataset.PhotometricInterpretation == "PALETTE COLOR":
            stored = apply_color_lut(stored, self.dataset)
            depth = 8 * stored.dtype.itemsize
        else:
            depth = int(self.dataset.BitsStored)
        if stored.ndim != 3 or stored.shape[2] < 3:
            raise PictureError("damaged")
        pixels: Pixels = (stored[..., :3] >> max(0, depth - 8)).astype(np.uint8)
        return pixels

    def _transformation(self, index: int) -> Dataset:
        return self._group(index, "PixelValueTransformationSequence")

    def _voi(self, index: int) -> Dataset:
        return self._group(index, "FrameVOILUTSequence")

    def _group(self, index: int, name: str) -> Dataset:
        """Return where a frame's facts stand: its own group, the shared one, or the header."""
        per_frame = self.dataset.get("PerFrameFunctionalGroupsSequence") or []
        shared = self.dataset.get("SharedFunctionalGroupsSequence") or []
        for group in (*per_frame[index : index + 1], *shared[:1]):
            if items := group.get(name):
                found: Dataset = items[0]
                return found
        return self.dataset


def _check_syntax(syntax: UID) -> None:
    number = str(syntax)
    if number.startswith(("1.2.840.10008.1.2.4.10", "1.2.840.10008.1.2.7")) and number not in (
        *(f"1.2.840.10008.1.2.4.{n}" for n in (110, 111, 112)),
    ):
        raise PictureError("dicom_video")
    if number == "1.2.840.10008.1.2.8.1" or number.startswith("1.2.840.10008.1.2.4.11"):
        return
    try:
        get_decoder(syntax)
    except NotImplementedError as error:
        raise PictureError("syntax", syntax=_name(syntax)) from error


def _name(syntax: UID) -> str:
    """Return a transfer syntax in words where it is a known one, never free text of a file."""
    return syntax.name if syntax.is_transfer_syntax and syntax.name != str(syntax) else "unknown"


def _told_window(voi: Dataset) -> tuple[float, float] | None:
    try:
        centre, width = (_first(voi.get(name)) for name in ("WindowCenter", "WindowWidth"))
    except (TypeError, ValueError):
        return None
    if centre is None or width is None or not width > 0 or not np.isfinite((centre, width)).all():
        return None
    return centre, width


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float):
        return float(value)
    values = list(value)
    return float(values[0]) if values else None


def _shows_something(window: tuple[float, float], robust: tuple[float, float]) -> bool:
    """Whether a window overlaps with where the values lie."""
    low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    return low < robust[0] + robust[1] / 2 and high > robust[0] - robust[1] / 2
