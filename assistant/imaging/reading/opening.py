"""The front door: bytes in, a Series or a Picture out, or a refusal in words."""

import uuid

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.kinds import kind_of
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.series import Series
from assistant.imaging.reading.windows import presets
from assistant.imaging.reading.workshop import shared_workshop
from assistant.records.picture import Modality, Picture

_DEFAULT = Limits()


def open_series(data: bytes, name: str = "", limits: Limits = _DEFAULT) -> Series:
    """Open a PNG, JPEG, WebP, HEIC, DICOM, or a zip of DICOM, PNG or JPEG slices.

    What a file is, is told by its bytes; `name` only tells a DICOMDIR. Raises PictureError and
    nothing else, whatever the bytes are; nothing is kept of a file that is refused.
    """
    if len(data) > limits.most_bytes:
        raise PictureError("too_large", megabytes=limits.most_bytes // 1_000_000)
    if name.replace("\\", "/").rpartition("/")[2].upper() == "DICOMDIR":
        raise PictureError("dicomdir")
    key, workshop = uuid.uuid4().hex, shared_workshop()
    facts, stripped = workshop.open(key, bytes(data), kind_of(data), limits)
    window = tuple(facts["window"]) if facts["window"] else None
    return Series(
        format=facts["format"],
        frames=facts["frames"],
        declared=Modality(facts["declared"]) if facts["declared"] else None,
        window=window,
        span=tuple(facts["span"]) if facts["span"] else None,
        presets=presets(facts["code"], window),
        notes=tuple(facts["notes"]),
        size=tuple(facts["size"]) if facts["size"] else None,
        limits=limits,
        key=key,
        data=stripped,
        workshop=workshop,
    )


def read_picture(data: bytes, name: str = "", limits: Limits = _DEFAULT) -> Picture:
    """Return the one picture of a file, or the middle frame of a series, in its default window."""
    return open_series(data, name, limits).frame()
