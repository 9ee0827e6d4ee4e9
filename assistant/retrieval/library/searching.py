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
from assistant.retrieval.library.nearest import Flat, Nearest, nearest_of
from assistant.retrieval.library.ordering import Floats, Rows
from assistant.retrieval.library.titles import TitleRows, cosines
from assistant.retrieval.library.words_index import best_rows

DEPTH = 100  # candidates from each side
NEAR_TITLES = 30
METHODS = ("fused", "rrf", "dense", "lexical")
LONG, MANY = 25, 3  # words, sentences from which a query tells a story
SENTENCES = 12  # of a story that are compared with titles
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each side counts; all are cosines, but `words`: BM25, where the best row has 1.

    Chosen on one half of the MedQuAD questions of benchmarks/retrieval.py, measured on the other
    (docs/retrieval.md).
    """

    text: float = 1.0  # the passage
    title: float  # its title
    sentence: float  # its title with the sentence of the query that is nearest to it
    about: float  # its title with the names of what the query may be about
    words: float


QUESTION = Weights(title=1.5, sentence=0.3, about=0.5, words=0.3)
STORY = Weights(title=1.0, sentence=0.5, about=1.5, words=0.3)


class Hit(NamedTuple):
    """One passage that was found."""

    kept: Kept
    score: float
    trusted: bool


class Reranker(Protocol):
    """Anything that scores passages with the query beside them."""

    def score(self, query: str, passages: Sequence[str]) -> Sequence[float]:
        """Return a score for each passage; the greatest is the best."""


About = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """How to search."""

    method: str = "fused"
    shaped: bool = True  # whether the sentences of a story are looked at one by one
    wanted: Filter = field(default_factory=Filter)
    reranker: Reranker | None = None
    about: About | None = None  # of the query's vector: names of what it may be about


class Library:
    """An index that is open for searching."""

    def __init__(self, folder: Path, encoder: Encoder, device: str = "auto") -> None:
        """Open the index in `folder`; raises LibraryError where it cannot be used."""
        self.index = IndexFolder(folder, encoder)
        self._trusted = self.index.catalogue.trusted()
        rows = self.index.catalogue.rows()
        vectors = self.index.vectors.read()[:rows]
        self._nearest: Nearest = nearest_of(vectors, folder, device)
        self._vectors = _at_hand(self._nearest, vectors)
        self._alive = self.index.catalogue.allowed(Filter())
        titles = self.index.titles.read()
        of_rows = self.index.titles.of_rows()[:rows]
        # An index of an earlier version has no titles until something is added to it.
        self._by_title = TitleRows(of_rows, len(titles)) if len(of_rows) == rows else None
        if self._by_title is not None and len(titles):
            self._near_titles = nearest_of(titles, folder / "titles", device)
            self._titles = _at_hand(self._near_titles, titles)

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
        if looking.method == "lexical":
            best = _pairs(*self._lexical(text, depth, allowed))
        elif looking.method == "dense":
            best = _pairs(*self._dense(self._encoded([text]), depth, allowed))
        elif looking.method == "rrf" or self._by_title is None:
            near, _ = self._dense(self._encoded([text]), depth, allowed)
            worded, _ = self._lexical(text, depth, allowed)
            best = fused([near.tolist(), worded.tolist()])[:depth]
        else:
            best = self._added(text, depth, allowed, looking, self._by_title)
        return best if looking.reranker is None else self._again(text, best, looking.reranker)

    def _allowed(self, wanted: Filter) -> NDArray[np.bool_] | None:
        if wanted.is_open:
            return None if self._alive.all() else self._alive
        return self.index.catalogue.allowed(wanted)

    def _encoded(self, texts: list[str]) -> Floats:
        return np.asarray(self.index.encoder.encode(texts), dtype=np.float32)

    def _dense(
        self, vector: Floats, depth: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Floats]:
        scores, rows = self._nearest.search(vector, depth, allowed)
        return rows[0][rows[0] >= 0], scores[0][rows[0] >= 0]

    def _lexical(
        self, text: str, depth: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Floats]:
        scores = self.index.words.scores(text, allowed)
        best = best_rows(scores, depth)
        return best, scores[best]

    def _added(
        self,
        text: str,
        depth: int,
        allowed: NDArray[np.bool_] | None,
        looking: Looking,
        by_title: TitleRows,
    ) -> list[tuple[int, float]]:
        """Score the candidates of every side on every side, and add."""
        parts = sentences_of(text)
        story = len(text.split()) >= LONG or len(parts) >= MANY
        weights = STORY if story else QUESTION
        parts = parts if story and looking.shaped else []
        vectors = self._encoded([text, *parts])
        whole, parted = vectors[:1], vectors[1:] if parts else vectors
        about = looking.about(whole[0])[None] if looking.about else np.zeros_like(whole)
        words = self.index.words.scores(text, allowed)
        asked = np.concatenate([whole, about, parted])
        found = [self._dense(whole, depth, allowed)[0], best_rows(words, depth)]
        found.append(by_title.under(self._near_titles.search(asked, NEAR_TITLES)[1]))
        rows = np.unique(np.concatenate(found))
        rows = rows if allowed is None else rows[allowed[rows]]
        titles, of_rows = np.unique(by_title.of_rows[rows], return_inverse=True)
        titled = cosines(self._titles, titles, asked)[of_rows]
        scores = (
            weights.text * cosines(self._vectors, rows, whole)[:, 0]
            + weights.title * titled[:, 0]
            + weights.about * titled[:, 1]
            + weights.sentence * titled[:, 2:].max(axis=1)
            + weights.words * words[rows] / max(float(words.max(initial=0)), 1e-9)
        )
        order = np.lexsort((rows, -np.round(scores, 6)))[:depth]
        return _pairs(rows[order], scores[order])

    def _again(
        self, text: str, best: list[tuple[int, float]], reranker: Reranker, depth: int = 30
    ) -> list[tuple[int, float]]:
        kept = self.index.catalogue.read([row for row, _ in best[:depth]])
        rows = [row for row, _ in best[:depth] if row in kept]
        scores = reranker.score(text, [f"{kept[r].title}. {kept[r].text}" for r in rows])
        pairs = sorted(zip(rows, scores, strict=True), key=lambda pair: -pair[1])
        return [*pairs, *best[depth:]]


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a story that have three words or more, the last ones where many."""
    found = [s.strip() for s in _SENTENCE.findall(text)]
    return [s for s in found if len(s.split()) >= 3][-SENTENCES:]


def _at_hand(nearest: Nearest, kept: NDArray[np.float16]) -> NDArray[np.float16] | Floats:
    """Return the rows as the index holds them where it does, or as they are kept on the disk."""
    return nearest.vectors() if isinstance(nearest, Flat) else kept


def _pairs(rows: Rows, scores: Floats) -> list[tuple[int, float]]:
    return list(zip(rows.tolist(), scores.tolist(), strict=True))
