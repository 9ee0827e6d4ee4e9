"""PNG, JPEG, WebP and HEIC to upright RGB; runs in the child.

Only pixels come out: EXIF (where the picture was taken), colour profiles, comments and thumbnails
end here.
"""

import importlib.util
import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from assistant.imaging.reading.burned_in import has_text
from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.grey import robust_window, shown
from assistant.imaging.reading.limits import Limits
from assistant.records.picture import Pixels


def open_photo(data: bytes, kind: str, limits: Limits) -> tuple[Pixels, list[str]]:
    """Return the pixels and the notes; the header's size is checked before anything is decoded."""
    if kind == "webp":
        _check_size(*_webp_size(data), limits)
    if kind == "heif":
        _allow_heif()
    Image.MAX_IMAGE_PIXELS = limits.most_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=[kind.upper()])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_many(limits) from error
    _check_size(image.width, image.height, limits)
    notes = []
    if kind in ("png", "webp") and getattr(image, "n_frames", 1) > 1:
        notes.append("first_frame_only")
    image.load()
    pixels = _upright_rgb(image, notes)
    if has_text(pixels):
        notes.append("text_seen")
    return pixels, notes


def _upright_rgb(image: Image.Image, notes: list[str]) -> Pixels:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (ValueError, TypeError, KeyError, SyntaxError, OSError):
        notes.append("orientation_unknown")  # damaged EXIF; the picture itself is whole
    if image.mode.startswith("I"):
        values: NDArray[np.float32] = np.asarray(image).astype(np.float32)
        notes.append("window_guessed")
        return np.repeat(shown(values, robust_window(values))[..., None], 3, axis=2)
    if image.mode == "CMYK":
        notes.append("print_colours")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema()[0] != 255:
            notes.append("transparent")
        paper = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, image)
    return np.asarray(image.convert("RGB"))


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.most_pixels:
        raise _too_many(limits)
    if min(width, height) < limits.least_side:
        raise PictureError("too_small", side=limits.least_side)


def _too_many(limits: Limits) -> PictureError:
    return PictureError("too_many_pixels", megapixels=limits.most_pixels // 1_000_000)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height as the container says; its reader allocates before it tells."""
    head = data[:30]
    if len(head) < 30:
        raise PictureError("damaged")
    if head[12:16] == b"VP8X":
        wide, high = head[24:27], head[27:30]
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    wide, high = head[26:28], head[28:30]
    return int.from_bytes(wide, "little") & 0x3FFF, int.from_bytes(high, "little") & 0x3FFF


def _allow_heif() -> None:
    if importlib.util.find_spec("pi_heif") is None:
        raise PictureError("heic_unavailable")
    import pi_heif

    pi_heif.register_heif_opener(thumbnails=False)
