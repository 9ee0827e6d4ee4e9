"""Pieces of a message that the network reads at once: some sentences each, with their stops."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.extraction.normalising import normalise
from assistant.extraction.sentences import Sentence, sentences

LATIN, HAN = 320, 80  # characters; both are safely below the word pieces that the network reads
# What is said to a machine, not to a doctor: the network does not read it, the rules still do.
_ORDER = re.compile(
    r"\b(?:ignore|forget|disregard|override)\b.{0,40}"
    r"\b(?:instructions?|rules?|prompts?|above|previous)\b"
    r"|\[/?inst\]|<[/!|]?[a-z-]|\"\w+\"\s*:|[{}]|;\s*--|\b(?:system|assistant)\s*:"
    r"|\bself[_ -]care\b"
    r"|(?:忽略|无视|忘掉|不要理会).{0,12}(?:规则|指令|提示|要求)",
    re.I,
)
_SPACE = re.compile(r"[\s,，、]")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the plain text."""

    start: int
    end: int
    chinese: bool


def windows(text: str, parts: Sequence[Sentence]) -> list[Window]:
    """Return stretches that hold every sentence but orders to a machine; too long ones are cut.

    Sentences stay together while they fit, for a later one often says whose an earlier one is, and
    a stop tells a question from a statement.
    """
    made: list[Window] = []
    for sentence in parts:
        if _ORDER.search(sentence.text):
            continue
        end = _with_stop(text, sentence)
        most = HAN if sentence.chinese else LATIN
        last = made[-1] if made else None
        if last and last.chinese == sentence.chinese and end - last.start <= most:
            made[-1] = Window(last.start, end, last.chinese)
            continue
        made += [Window(a, b, sentence.chinese) for a, b in _cut(text, sentence.start, end, most)]
    return made


def readable(text: str, *, chinese: bool) -> list[str]:
    """Return the windows of a text as it was written, without the Chinese ones unless `chinese`.

    >>> readable("I feel faint. 我头晕。", chinese=False)
    ['I feel faint.']
    """
    plain = normalise(text).text
    found = [w for w in windows(plain, sentences(plain)) if chinese or not w.chinese]
    return [plain[w.start : w.end] for w in found]


def _with_stop(text: str, sentence: Sentence) -> int:
    end = sentence.end
    while end < len(text) and text[end] in ".!?。！？…":
        end += 1
    return end


def _cut(text: str, start: int, end: int, most: int) -> list[tuple[int, int]]:
    cuts = []
    while end - start > most:
        spaces = [m.start() for m in _SPACE.finditer(text, start + most // 2, start + most)]
        at = spaces[-1] + 1 if spaces else start + most
        cuts.append((start, at))
        start = at
    return [*cuts, (start, end)]
