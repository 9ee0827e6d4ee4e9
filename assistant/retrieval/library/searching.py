"""Searching an index: by meaning and by words, fused, filtered, and ordered again where asked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.retrieval.fusion import fused
from assistant.retrieval.library import Filter
from assistant.retrieval.library.catalogue import Kept
from assistant.retrieval.library.folder import IndexFolder
from assistant.retrieval.library.nearest import Nearest, nearest_of

DEPTH = 100  # candidates from each side
METHODS = ("fused", "dense", "lexical")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_ASKS = re.compile(
    r"\?|^\W*(what|how|why|when|where|which|who|is|are|can|could|does|do|should|will)\b|"
    r"\b(want|like|need|wish|wonder\w*|trying|interested)\b.{0,30}\b(know|find|learn|help|ask|info)|"
    r"\b(information|treatments?|causes?|symptoms?|side effects?|cure)\b",
    re.I,
)
LONG = 25  # words from which a query is shaped


class Hit(NamedTuple):
    """One passage that was found."""

    kept: Kept
    score: float
    trusted: bool


class Reranker(Protocol):
    """Anything that scores passages with the query beside them."""

    def score(self, query: str, passages: Sequence[str]) -> Sequence[float]:
        """Return a score for each passage; the greatest is the best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """How to search."""

    method: str = "fused"
    shaped: bool = True  # whether a long query is also asked in short
    wanted: Filter = field(default_factory=Filter)
    reranker: Reranker | None = None
    expand: Callable[[str], str] | None = None  # lay words into terms, for the lexical side


class Library:
    """An index that is open for searching."""

    def __init__(self, folder: Path, encoder: Encoder, device: str = "auto") -> None:
        """Open the index in `folder`; raises LibraryError where it cannot be used."""
        self.index = IndexFolder(folder, encoder)
        self._trusted = self.index.catalogue.trusted()
        rows = self.index.catalogue.rows()
        self._nearest: Nearest = nearest_of(self.index.vectors.read()[:rows], folder, device)
        self._alive = self.index.catalogue.allowed(Filter())

    def __len__(self) -> int:
        return int(self._alive.sum())

    def search(self, text: str, count: int = 10, looking: Looking | None = None) -> list[Hit]:
        """Return up to `count` passages, best first."""
        ranked = self.ranked(text, max(count, DEPTH), looking or Looking())[:count]
        kept = self.index.catalogue.read([row for row, _ in ranked])
        return [
            Hit(kept[row], score, kept[row].corpus in self._trusted)
            for row, score in ranked
            if row in kept
        ]

    def ranked(self, text: str, depth: int, looking: Looking) -> list[tuple[int, float]]:
        """Return (row, score), best first."""
        allowed = self._allowed(looking.wanted)
        if not text.strip() or not len(self) or (allowed is not None and not allowed.any()):
            return []
        asked = [text, shaped(text)] if looking.shaped else [text]
        asked = list(dict.fromkeys(asked))
        dense = [] if looking.method == "lexical" else self._dense(asked, depth, allowed)
        lexical = [] if looking.method == "dense" else self._lexical(asked, depth, allowed, looking)
        lists = [*dense, *lexical]
        if len(lists) == 1:
            best = lists[0][:depth]
        else:
            best = fused([[row for row, _ in one] for one in lists])[:depth]
        return best if looking.reranker is None else self._again(text, best, looking.reranker)

    def _allowed(self, wanted: Filter) -> NDArray[np.bool_] | None:
        if wanted.is_open:
            return None if self._alive.all() else self._alive
        return self.index.catalogue.allowed(wanted)

    def _dense(
        self, asked: list[str], depth: int, allowed: NDArray[np.bool_] | None
    ) -> list[list[tuple[int, float]]]:
        vectors = np.asarray(self.index.encoder.encode(asked), dtype=np.float32)
        scores, rows = self._nearest.search(vectors, depth, allowed)
        return [
            [(int(row), float(score)) for row, score in zip(r, s, strict=True) if row >= 0]
            for r, s in zip(rows, scores, strict=True)
        ]

    def _lexical(
        self, asked: list[str], depth: int, allowed: NDArray[np.bool_] | None, looking: Looking
    ) -> list[list[tuple[int, float]]]:
        put = [looking.expand(text) if looking.expand else text for text in asked]
        return [self.index.words.search(text, depth, allowed) for text in put]

    def _again(
        self, text: str, best: list[tuple[int, float]], reranker: Reranker, depth: int = 30
    ) -> list[tuple[int, float]]:
        kept = self.index.catalogue.read([row for row, _ in best[:depth]])
        rows = [row for row, _ in best[:depth] if row in kept]
        scores = reranker.score(text, [f"{kept[r].title}. {kept[r].text}" for r in rows])
        pairs = sorted(zip(rows, scores, strict=True), key=lambda pair: -pair[1])
        return [*pairs, *best[depth:]]


def shaped(text: str) -> str:
    """Return what a long message asks: its sentences that put a question or name what is wanted.

    A short one is returned as it is, and so is a long one that asks nothing in particular.
    """
    if len(text.split()) < LONG:
        return text
    sentences = [s.strip() for s in _SENTENCE.findall(text) if s.strip()]
    asking = [s for s in sentences if _ASKS.search(s)]
    short = " ".join(asking)
    return short if len(short.split()) >= 3 else text
