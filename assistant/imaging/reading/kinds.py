"""What a file is, by its first bytes: an allow-list, and a word for whatever is not on it."""

from typing import Literal

from assistant.imaging.reading.errors import PictureError

_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_KNOWN = (  # what people send by mistake: first bytes, reason, format
    (b"GIF8", "other_format", "GIF"),
    (b"II*\x00", "other_format", "TIFF"),
    (b"MM\x00*", "other_format", "TIFF"),
    (b"BM", "other_format", "BMP"),
    (b"%PDF", "document", "PDF"),
    (b"\xd0\xcf\x11\xe0", "document", "Office"),
    (b"{\\rtf", "document", "RTF"),
    (b"\x1f\x8b", "packed", "gzip"),
    (b"\x28\xb5\x2f\xfd", "packed", "zstd"),
    (b"BZh", "packed", "bzip2"),
    (b"\xfd7zXZ", "packed", "xz"),
    (b"7z\xbc\xaf", "packed", "7z"),
    (b"Rar!", "packed", "RAR"),
    (b"\x1a\x45\xdf\xa3", "video", "WebM"),
)


def kind_of(data: bytes) -> str:
    """Return "png", "jpeg", "webp", "heif", "dicom", "bare_dicom" or "zip".

    A name or a declared type is never asked. Raises PictureError for everything else, and for a
    file that is two things at once.
    """
    if not data:
        raise PictureError("empty")
    plain = _plain_kind(data)
    if data[128:132] == b"DICM":
        if plain:
            raise PictureError("polyglot")
        return "dicom"
    if plain:
        return plain
    if _looks_like_bare_dicom(data):
        return "bare_dicom"
    raise _refusal(data)


def _plain_kind(data: bytes) -> str | None:
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "heif"
    return "zip" if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") else None


def _looks_like_bare_dicom(data: bytes) -> bool:
    """Whether a file without the preamble begins with an element of group 0002 or 0008."""
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        group = int.from_bytes(data[:2], order)
        element = int.from_bytes(data[2:4], order)
        if len(data) < 64 or group not in (2, 8) or element > 0x0100:
            continue
        explicit = data[4:6].isalpha() and data[4:6].isupper()
        length = int.from_bytes(data[4:8], order)
        if explicit or length < 1024:
            return True
    return False


def _refusal(data: bytes) -> PictureError:
    for start, reason, name in _KNOWN:
        if data.startswith(start):
            return PictureError(reason, format=name)
    if data[4:8] == b"ftyp":
        if data[8:12] in (b"avif", b"avis"):
            return PictureError("other_format", format="AVIF")
        return PictureError("video", format="MP4")
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return PictureError("video", format="AVI")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        return PictureError("svg")
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" or byte >= 0x80 for byte in head)
    if head and b"\x00" not in head and printable > 0.97 * len(head):
        return PictureError("text")
    return PictureError("unknown")
