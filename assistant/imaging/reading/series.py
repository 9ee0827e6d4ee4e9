"""A Series: the frames of one file, each made when it is asked for."""

from dataclasses import dataclass, field

import numpy as np

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.windows import Preset
from assistant.imaging.reading.workshop import Workshop
from assistant.records.picture import Modality, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One file or series, ready to be looked at frame by frame; a single picture has one frame.

    It holds the frames and the technical facts needed to show them; names, dates and numbers of
    the patient were dropped when it was opened, so `data` may be kept as the picture may.
    """

    format: str  # "png", "jpeg", "webp", "heif", "dicom"
    frames: int
    declared: Modality | None = None  # what the header says it is
    window: tuple[float, float] | None = (
        None  # the default: centre, width; None where grey is fixed
    )
    span: tuple[float, float] | None = None  # least and greatest value of the frame at `start`
    presets: tuple[Preset, ...] = ()  # windows to offer; empty where none can be chosen
    notes: tuple[str, ...] = ()  # ids `picture.notes.<id>`
    size: tuple[int, int] | None = None  # height, width, where `data` is the pixels of one photo
    limits: Limits = field(default_factory=Limits)
    key: str = ""  # by which the workshop knows it again
    data: bytes = field(default=b"", repr=False)  # the stripped file
    workshop: Workshop = field(repr=False)

    @property
    def start(self) -> int:
        """The frame to show first: the middle one."""
        return self.frames // 2

    @property
    def adjustable(self) -> bool:
        """Whether window and level do anything here."""
        return self.window is not None

    def frame(self, index: int | None = None, window: tuple[float, float] | None = None) -> Picture:
        """Return frame `index` (from 0; None is `start`) in a window (None is the default).

        Raises PictureError "no_such_frame", "window", or what is wrong with this very frame.
        """
        chosen = self.start if index is None else index
        if not 0 <= chosen < self.frames:
            raise PictureError("no_such_frame", frames=self.frames)
        if window is not None and not (window[1] > 0 and abs(window[0]) + window[1] < 1e9):
            raise PictureError("window")
        if self.size is not None:
            pixels = np.frombuffer(self.data, np.uint8).reshape(*self.size, 3)
            return Picture(pixels=pixels, format=self.format, notes=self.notes)
        facts, raw = self.workshop.frame(self.key, self.data, chosen, window, self.limits)
        used = facts["window"]
        several = ("one_of_several",) if self.frames > 1 else ()
        return Picture(
            pixels=np.frombuffer(raw, np.uint8).reshape(facts["height"], facts["width"], 3),
            format=self.format,
            declared=self.declared,
            frames=self.frames,
            frame=chosen,
            window=(used[0], used[1]) if used else None,
            notes=tuple(dict.fromkeys((*several, *self.notes, *facts["notes"]))),
        )
