"""Our own passages by meaning (a flat index of FAISS, exact) and by words, their scores added."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.errors import InvalidInputError
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Passage
from assistant.retrieval import Query
from assistant.retrieval.corpus import Corpus
from assistant.retrieval.english import EnglishNames
from assistant.retrieval.lexical import LexicalRetriever
from assistant.retrieval.library.nearest import one_thread
from assistant.retrieval.vectors import Progress, kept_vectors, say_progress

DEPTH = 50  # candidates from each side
METHODS = ("fused", "dense", "lexical")
# What the words count beside the cosine (their best score is 1): chosen on every second one of the
# lay questions of benchmarks/data, and as good on the others (docs/retrieval.md).
WORDS = 0.8
NAMED = 0.1  # what a title counts whose words all are in the query
OWN = 0.3  # what a text counts that is of the first of the conditions that are asked for


class FaissRetriever:
    """Cosine of the query with each passage, beside BM25; the vectors are of the English texts.

    A Chinese query is put into the English names of what it mentions; the passages are shown in
    the language that the query asks for. FAISS never reads a file: the index is built from our own
    checked vectors, which takes a millisecond for some thousand passages.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        encoder: Encoder | None,
        data_dir: Path,
        progress: Progress = say_progress,
        models: Path | None = None,
    ) -> None:
        if encoder is None:
            raise InvalidInputError("The FAISS index needs an encoder: set the index to none.")
        self._corpus = Corpus(knowledge)
        self._encoder = encoder
        self._words = LexicalRetriever(knowledge, corpus=self._corpus)
        self._english = EnglishNames(knowledge)
        texts = self._corpus.texts()
        vectors = kept_vectors("passages", texts, encoder, data_dir, progress, models)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        self._vectors = vectors

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Return up to n passages, best first, only about `query.conditions` where given."""
        return tuple(
            self._corpus.entries[row].passage(query.language, score, self._corpus.knowledge)
            for row, score in self.ranked(query, n)
        )

    def ranked(self, query: Query, n: int, method: str = "fused") -> list[tuple[int, float]]:
        """Return (row, score) of up to n passages, best first, by one of `METHODS`."""
        rows = self._corpus.rows(query.conditions)
        count = min(max(n, DEPTH), len(rows))
        text = self._english.of(query.text).strip()
        if min(n, count) <= 0:
            return []
        words = self._words.scores(query.text)
        by_words = rows[np.argsort(-words[rows], kind="stable")][:count]
        by_words = by_words[words[by_words] > 0]
        vector = self._encoder.encode([text]).astype(np.float32) if text else None
        near = (by_words[:0], np.empty(0)) if vector is None else self._near(vector, rows, count)
        if method == "lexical":
            return [(int(row), float(words[row])) for row in by_words[:n]]
        if method == "dense":
            return [(int(row), float(cosine)) for row, cosine in zip(*near, strict=True)][:n]
        found = np.union1d(by_words, near[0])
        scores = WORDS * words[found] / max(words.max(), 1e-9)
        if vector is not None:
            scores += np.vecdot(self._vectors[found], vector[0])
        scores += NAMED * self._words.named(query.text, found) + self._leading(query, found)
        order = np.argsort(-scores, kind="stable")[:n]
        return [(int(found[at]), float(scores[at])) for at in order]

    def _leading(self, query: Query, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Prefer the own text of a condition that is asked for, the first one most, to one on a
        complaint that it shares with many others."""
        asked = {c: OWN * (1 - n / len(query.conditions)) for n, c in enumerate(query.conditions)}
        return np.array([asked.get(self._corpus.entries[row].condition or "", 0.0) for row in rows])

    def ids(self, ranked: list[tuple[int, float]]) -> list[str]:
        """Return the ids of ranked rows."""
        return [self._corpus.entries[row].id for row, _ in ranked]

    def texts(self) -> list[str]:
        """Return what stands for each row in the index."""
        return self._corpus.texts()

    def _near(
        self, vector: NDArray[np.float32], rows: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        among = None
        if len(rows) < len(self._vectors):
            selector = faiss.IDSelectorBatch(rows)  # held here: FAISS itself keeps no reference
            among = faiss.SearchParameters()
            among.sel = selector
        with one_thread():
            cosines, found = self._index.search(vector, count, params=among)
        return found[0][found[0] >= 0], cosines[0][found[0] >= 0]
