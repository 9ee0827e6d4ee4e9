"""From sections to passages that an encoder can read whole."""

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from assistant.retrieval.library import Document

WORDS = 180  # of a passage: about 250 word pieces, of which the encoder reads 256
SHORTEST = 25  # words; a shorter rest is joined to the passage before it
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[A-Za-z/!][^<>]{0,500}>", re.I | re.S)
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Cn")


class Piece(NamedTuple):
    """One passage before it has a row: `id#2` is the second part of a long section."""

    id: str
    title: str
    text: str


def clean(text: str) -> str:
    """Return words without markup, control and invisible characters, on one line.

    >>> clean("a <b onclick='x()'>cough</b>\\u202e &amp; <script>alert(1)</script> fever")
    'a cough & fever'
    """
    bare = html.unescape(_TAG.sub(" ", text))
    bare = _TAG.sub(" ", bare)  # what was escaped may be markup
    shown = "".join(
        " " if unicodedata.category(c) in _INVISIBLE or c.isspace() else c for c in bare
    )
    return " ".join(unicodedata.normalize("NFC", shown).split())


def pieces(document: Document) -> Iterator[Piece]:
    """Return the passages of a document, in its order; empty sections give none."""
    for number, section in enumerate(document.sections, start=1):
        identity = section.id or f"{document.id}-{number}"
        title = ": ".join(filter(None, (clean(part) for part in section.path)))
        for place, text in enumerate(parts(clean(section.text)), start=1):
            yield Piece(identity if place == 1 else f"{identity}#{place}", title[:300], text)


def parts(text: str, words: int = WORDS) -> list[str]:
    """Cut a text at ends of sentences into parts of up to `words` words (Chinese: 3 signs each).

    >>> parts("One two three. Four five. Six seven eight nine.", words=5)
    ['One two three. Four five.', 'Six seven eight nine.']
    """
    made: list[tuple[str, int]] = []
    for sentence in _SENTENCE_END.split(text):
        for bit in _bounded(sentence, words):
            size = length(bit)
            if made and made[-1][1] + size <= words:
                made[-1] = (f"{made[-1][0]} {bit}", made[-1][1] + size)
            else:
                made.append((bit, size))
    if len(made) > 1 and made[-1][1] < min(SHORTEST, words // 4):
        rest, size = made.pop()
        made[-1] = (f"{made[-1][0]} {rest}", made[-1][1] + size)
    return [part for part, _ in made]


def length(text: str) -> int:
    """Return the words of a text, three Chinese signs counting as two."""
    signs = sum("㐀" <= c <= "鿿" for c in text)
    return len(text.split()) + signs * 2 // 3


def _bounded(sentence: str, words: int) -> Iterator[str]:
    """Cut a sentence without an end: a table, a list, a text without full stops."""
    tokens = sentence.split()
    for start in range(0, len(tokens), words):
        bit = " ".join(tokens[start : start + words])
        most = words * 12  # signs; text without spaces is cut there
        yield from (bit[at : at + most] for at in range(0, len(bit), most))
