"""Sentences: the stretches within which a cue such as "no" may reach a symptom."""

import re
from dataclasses import dataclass

_END = re.compile(r"[.!?。！？;；\n]+")
_ABBREVIATION = re.compile(
    r"\b(?:dr|mr|mrs|ms|st|vs|approx|temp|resp|abd|hx|pt|e\.g|i\.e|a\.m|p\.m|y\.o)$", re.I
)
_SPECIES = re.compile(r"\s?(?:pylori|diff(?:icile)?|coli|aureus)\b", re.I)  # "H. pylori"
_CJK = re.compile(r"[㐀-鿿]")
_LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of the plain text, and which scripts stand in it."""

    text: str
    start: int
    chinese: bool
    english: bool

    @property
    def end(self) -> int:
        """Where it ends in the plain text."""
        return self.start + len(self.text)


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a plain text in order, end marks left out.

    >>> [s.text for s in sentences("T 39.2. No cough!")]
    ['T 39.2', ' No cough']
    """
    found: list[Sentence] = []
    start = 0
    for mark in _END.finditer(text):
        if mark.group() == "." and _inside(text, mark.start(), start):
            continue
        _add(found, text, start, mark.start())
        start = mark.end()
    _add(found, text, start, len(text))
    return found


def _inside(text: str, dot: int, start: int) -> bool:
    """Whether a full stop belongs to a number or an abbreviation."""
    after = text[dot + 1 : dot + 2]
    if after.isdigit() and dot > 0 and text[dot - 1].isdigit():
        return True
    if after and not after.isspace():
        return after.isascii() and after.isalnum() and after.islower()
    return bool(_ABBREVIATION.search(text[start:dot]) or _SPECIES.match(text, dot + 1))


def _add(found: list[Sentence], text: str, start: int, end: int) -> None:
    part = text[start:end]
    if part.strip():
        found.append(Sentence(part, start, bool(_CJK.search(part)), bool(_LATIN.search(part))))
