"""Files into documents: one reader a format, chosen by name or by what a file begins with."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InvalidInputError
from assistant.retrieval.library import Document
from assistant.retrieval.library import read_prose as prose
from assistant.retrieval.library import read_xml as xml

LARGEST = 512 << 20  # bytes of one file; a larger corpus comes in several
MOST_PACKED = 4 << 30  # bytes that an archive may hold unpacked
_PACKED = (".tar.gz", ".tgz", ".tar", ".zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the operator says about a corpus; it fills what the files do not tell."""

    source: str = ""
    licence: str = ""
    language: str = "en"
    audience: str = "patient"
    questions: bool = True  # of MedQuAD: whether the question is part of the title path


Reader = Callable[[str, bytes, Reading], Iterator[Document]]
READERS: dict[str, Reader] = {
    "medquad": xml.medquad,
    "medlineplus": xml.medlineplus,
    "pubmed": xml.pubmed,
    "jsonl": prose.jsonl,
    "markdown": prose.markdown,
    "html": prose.html_page,
    "pdf": prose.pdf,
}
_ENDINGS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown", ".markdown": "markdown",
    ".txt": "markdown", ".html": "html", ".htm": "html", ".pdf": "pdf", ".xml": "xml",
}  # fmt: skip


def documents(
    path: Path, name: str, reading: Reading, skipped: Callable[[str, str], None]
) -> Iterator[Document]:
    """Return the documents of a file, a folder or an archive, in a fixed order.

    A file that cannot be read is told to `skipped` (name, why) and the rest goes on.
    """
    if name != "auto" and name not in READERS:
        raise InvalidInputError(f"--format must be auto or one of {', '.join(READERS)}.")
    for file, content in _files(path):
        try:
            chosen = name if name != "auto" else _kind(file, content)
            if chosen is None:
                skipped(file, "its format is not known")
                continue
            yield from READERS[chosen](file, content, reading)
        except (InvalidInputError, UnicodeDecodeError) as error:
            skipped(file, str(error) if isinstance(error, InvalidInputError) else "not UTF-8 text")


def _kind(file: str, content: bytes) -> str | None:
    ending = _ENDINGS.get(Path(file.removesuffix(".gz")).suffix.lower())
    return xml.kind(content) if ending == "xml" else ending


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Return (name, content) of every file that could be a text; nothing is unpacked to disk."""
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()):
            yield from _files(file)
    elif path.name.lower().endswith(_PACKED):
        yield from _unpacked(path)
    elif path.is_file():
        if path.stat().st_size > LARGEST:
            raise InvalidInputError(f"{path} is larger than {LARGEST >> 20} MB: split it.")
        yield path.name, path.read_bytes()
    else:
        raise InvalidInputError(f"{path} is neither a file nor a folder.")


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    room = MOST_PACKED
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as packed:
                for entry in sorted(packed.infolist(), key=lambda e: e.filename):
                    room = _room(path, room, entry.file_size)
                    if not entry.is_dir():
                        yield entry.filename, packed.read(entry)
        else:
            with tarfile.open(path) as packed_tar:
                for member in sorted(packed_tar.getmembers(), key=lambda m: m.name):
                    room = _room(path, room, member.size)
                    opened = packed_tar.extractfile(member) if member.isfile() else None
                    if opened is not None:
                        yield member.name, opened.read()
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, io.UnsupportedOperation):
        raise InvalidInputError(f"{path} is damaged or no archive.") from None


def _room(path: Path, room: int, size: int) -> int:
    if size > LARGEST or size > room:
        raise InvalidInputError(f"{path} unpacks to too much: split it.")
    return room - size
