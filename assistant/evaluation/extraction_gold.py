"""Gold sets of extraction: what people marked in utterances (docs/annotating.md).

A row holds its own words in `text`, or stands off: it names a file of the data folder and where in
it the words lie, with a hash of them, so that a changed source is noticed and not measured.
"""

import hashlib
import json
import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InvalidInputError
from assistant.records.extraction import ASSERTIONS
from assistant.records.terms import Experiencer, Language, Time

HALVES = ("tune", "test")
NO_CONCEPT = "none"
_CJK = re.compile(r"[㐀-鿿]")
_VALUES = (ASSERTIONS, tuple(map(str, Experiencer)), tuple(map(str, Time)))


@dataclass(frozen=True, slots=True)
class GoldMention:
    """Words that somebody marked: where, which findings would be right, and what is said."""

    start: int
    end: int
    concepts: tuple[str, ...]  # any of them is right; () where our list has none
    assertion: str
    experiencer: str
    time: str


@dataclass(frozen=True, slots=True)
class GoldUtterance:
    """One utterance and everything that was marked in it."""

    id: str
    text: str
    speaker: str
    half: str
    mentions: tuple[GoldMention, ...]

    @property
    def language(self) -> Language:
        """The language that it is written in."""
        return Language.CHINESE if _CJK.search(self.text) else Language.ENGLISH


class Sources:
    """The texts of the data folder; each file is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: dict[str, list[str]] = {}

    def words(self, file: str, line: int | None, field: str) -> str:
        """Return a whole text file, or one field of one line (counted from 0) of JSON lines.

        Raises InvalidInputError where the folder does not hold it.
        """
        lines = self._read(file)
        if line is None:
            return "\n".join(lines)
        if not 0 <= line < len(lines):
            raise InvalidInputError(f"{file} has no line {line}.")
        try:
            value = json.loads(lines[line])[field]
        except (ValueError, KeyError, TypeError):
            raise InvalidInputError(f"line {line} of {file} has no field {field!r}.") from None
        return str(value)

    def _read(self, file: str) -> list[str]:
        if file not in self._lines:
            path = (self._folder / file).resolve()
            if not path.is_relative_to(self._folder.resolve()):
                raise InvalidInputError(f"{file} lies outside the data folder.")
            try:  # some transcripts hold broken bytes; offsets count the replaced ones
                whole = path.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                raise InvalidInputError(
                    f"{path} cannot be read ({error.strerror}): name the data folder with --data."
                ) from None
            self._lines[file] = whole.split("\n")
        return self._lines[file]


def read_gold(
    text: str, folder: Path, concepts: Container[str], half: str = "all"
) -> list[GoldUtterance]:
    """Return the utterances of a gold file (JSON lines) that are in `half`, or all of them.

    `folder` holds the sources of rows that stand off, `concepts` the findings that there are.
    Raises InvalidInputError naming the first row that is wrong, or whose source has changed.
    """
    sources = Sources(folder)
    found: list[GoldUtterance] = []
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            row = json.loads(line)
            where = f"line {number} ({row['id']})"
            if half in ("all", row["half"]):
                found.append(_utterance(row, sources, concepts))
        except InvalidInputError as error:
            raise InvalidInputError(f"{where}: {error}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(f"{where} is no row of a gold set: {error!r}.") from None
        if row["id"] in seen:
            raise InvalidInputError(f"{where}: this id stands there twice.")
        seen.add(row["id"])
    return found


def _utterance(row: dict[str, object], sources: Sources, concepts: Container[str]) -> GoldUtterance:
    words = _words(row, sources)
    if row["half"] not in HALVES:
        raise InvalidInputError(f"half must be one of {', '.join(HALVES)}.")
    marked = row["mentions"]
    if not isinstance(marked, list):
        raise InvalidInputError("mentions must be a list.")
    mentions = tuple(_mention(one, words, concepts) for one in marked)
    return GoldUtterance(
        str(row["id"]), words, str(row["speaker"]), str(row["half"]), _in_order(mentions)
    )


def _in_order(mentions: tuple[GoldMention, ...]) -> tuple[GoldMention, ...]:
    return tuple(sorted(mentions, key=lambda m: (m.start, m.end)))


def _words(row: dict[str, object], sources: Sources) -> str:
    """Return the words of an utterance, its own or those of its source."""
    if "text" in row:
        words = str(row["text"])
    else:
        line, start, end = row.get("line"), row["start"], row["end"]
        if not (line is None or isinstance(line, int)):
            raise InvalidInputError("line must be a whole number, or null in a text file.")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
            raise InvalidInputError("start and end must be whole numbers, start before end.")
        source = sources.words(str(row["file"]), line, str(row.get("field") or ""))
        words = source[start:end]
    expected = row.get("sha256")
    if expected is None and "text" not in row:
        raise InvalidInputError("a row that stands off needs the sha256 of its words.")
    if expected is not None and digest(words) != expected:
        raise InvalidInputError(
            f"the words in {row.get('file', 'text')} are not those that were marked "
            f"(sha256 {digest(words)}, expected {expected}): this needs the same version of them."
        )
    return words


def digest(words: str) -> str:
    """Return the first 16 digits of the SHA-256 of an utterance."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _mention(marked: object, words: str, concepts: Container[str]) -> GoldMention:
    if not isinstance(marked, list) or len(marked) != 6:
        raise InvalidInputError(
            "a mention is [start, end, concept, assertion, experiencer, time], "
            f"which {json.dumps(marked)} is not."
        )
    start, end, named, *said = marked
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(words)):
        raise InvalidInputError(f"the offsets {start}, {end} lie outside its {len(words)} letters.")
    for value, allowed in zip(said, _VALUES, strict=True):
        if value not in allowed:
            raise InvalidInputError(f"{value!r} is none of {', '.join(allowed)}.")
    ids = tuple(c for c in str(named).split("|") if c != NO_CONCEPT)
    for concept in ids:
        if concept not in concepts:
            raise InvalidInputError(f"there is no finding {concept!r} in knowledge/findings.")
    return GoldMention(start, end, ids, *said)
