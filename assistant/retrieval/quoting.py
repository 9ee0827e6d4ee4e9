"""Passages as they are shown: plain words, the words that matched marked, nothing to obey."""

import re

from assistant.retrieval.library.words_index import terms

# Marks that Markdown or HTML would read become signs that look alike and mean nothing to either.
_MARKS = str.maketrans(
    {"<": "‹", ">": "›", "*": "∗", "_": "‗", "`": "ʼ", "[": "(", "]": ")", "#": "＃", "|": "∣",
     "~": "∼", "\\": "∖", "{": "(", "}": ")"}
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9]+|[㐀-䶿一-鿿]+")
MOST_MARKED = 40


def quotable(text: str) -> str:
    """Return a text with which neither Markdown nor HTML can do anything, and no link in it.

    >>> quotable("**Stop** <img src=x> see http://x.example [here](y)")
    '∗∗Stop∗∗ ‹img src=x› see http:∕∕x.example (here)(y)'
    """
    return " ".join(text.translate(_MARKS).replace("://", ":∕∕").split())


def sentences(text: str) -> list[str]:
    """Return the sentences of a passage, word for word.

    >>> sentences("It is 1.5 cm. See a doctor! 去医院。别等")
    ['It is 1.5 cm.', 'See a doctor!', '去医院。', '别等']
    """
    found = re.split(r"(?<=[.!?])\s+(?=[A-Z0-9“\"(㐀-鿿])|(?<=[。！？])", text)
    return [sentence.strip() for sentence in found if sentence.strip()]


def highlights(query: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return (start, end) of the words in `text` that the query asks for, in their order."""
    wanted = set(terms(query))
    found = []
    for word in _WORD.finditer(text):
        if word[0][0].isascii():
            if wanted & set(terms(word[0])):
                found.append(word.span())
        else:
            found += _pairs(word[0], word.start(), wanted)
    return tuple(_joined(found))[:MOST_MARKED]


def _pairs(run: str, start: int, wanted: set[str]) -> list[tuple[int, int]]:
    return [
        (start + at, start + at + 2) for at in range(len(run) - 1) if run[at : at + 2] in wanted
    ]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join what overlaps."""
    made: list[tuple[int, int]] = []
    for start, end in spans:
        if made and start < made[-1][1]:
            made[-1] = (made[-1][0], end)
        else:
            made.append((start, end))
    return made
