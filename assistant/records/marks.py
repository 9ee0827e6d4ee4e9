"""Words of a text that are marked: spans, and the text cut at them."""

from collections.abc import Iterable
from typing import NamedTuple

Spans = tuple[tuple[int, int], ...]  # (start, end) of each, in order, none over another


class Piece(NamedTuple):
    """A part of a text, and whether it is marked."""

    text: str
    marked: bool


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut a text at its marked spans; joined again, the pieces are the text.

    >>> pieces("a dry cough", [(6, 11)])
    (Piece(text='a dry ', marked=False), Piece(text='cough', marked=True))
    """
    found: list[Piece] = []
    at = 0
    for start, end in spans:
        if at <= start < end <= len(text):
            found += [Piece(text[at:start], False), Piece(text[start:end], True)]
            at = end
    return tuple(piece for piece in (*found, Piece(text[at:], False)) if piece.text)
