"""What is kept of a picture: a reduced copy made from pixels alone, and the heatmap.

Both are encoded anew from arrays, so nothing that a file carried (names, places, comments,
scripts behind the image data) can be in them.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.records.picture import Copies, Heat, Look, Picture

LONGEST = 512  # pixels of the longer side
_QUALITY = 85
_MOST_OPAQUE = 170  # of 255, where the model looked most
# Dark violet to yellow: told apart in grey and by the colour blind. Five stops, interpolated.
_COLOURS = np.array(
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], dtype=np.float32
)


def copies_of(picture: Picture, look: Look) -> Copies:
    """Return what may be kept of a picture after it was looked at."""
    small = _reduced(picture)
    heat = None if look.heat is None else _webp(_coloured(look.heat, small.size))
    return Copies(picture=_webp(small), heat=heat)


def overlaid(copies: Copies) -> bytes:
    """Return the copy as WebP with its heatmap over it; the copy itself where there is none."""
    if copies.heat is None:
        return copies.picture
    with Image.open(BytesIO(copies.picture)) as under, Image.open(BytesIO(copies.heat)) as over:
        both = Image.alpha_composite(under.convert("RGBA"), over.convert("RGBA"))
    return _webp(both.convert("RGB"))


def _reduced(picture: Picture) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(picture.pixels))
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return image


def _coloured(heat: Heat, size: tuple[int, int]) -> Image.Image:
    """Return a heatmap of this size, the more opaque the more the model looked there."""
    clean = np.nan_to_num(np.clip(heat, 0.0, 1.0)).astype(np.float32)
    scaled = Image.fromarray(clean).resize(size, Image.Resampling.BILINEAR)
    level: NDArray[np.float32] = np.clip(np.asarray(scaled, dtype=np.float32), 0.0, 1.0)
    stops = np.linspace(0.0, 1.0, len(_COLOURS))
    bands = [np.interp(level, stops, _COLOURS[:, band]) for band in range(3)]
    rgba = np.stack([*bands, level * _MOST_OPAQUE], axis=-1).round().astype(np.uint8)
    return Image.fromarray(rgba)


def _webp(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", quality=_QUALITY, method=4, exif=b"", icc_profile=b"")
    return written.getvalue()
