"""Our own passages by meaning (a flat index of FAISS, exact) and by words, fused by rank."""

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
from assistant.retrieval.fusion import fused
from assistant.retrieval.lexical import LexicalRetriever
from assistant.retrieval.vectors import Progress, kept_vectors, say_progress

DEPTH = 50  # candidates from each side


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

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Return up to n passages, best first, only about `query.conditions` where given."""
        rows = self._corpus.rows(query.conditions)
        count = min(max(n, DEPTH), len(rows))
        text = self._english.of(query.text).strip()
        if min(n, count) <= 0:
            return ()
        words = self._words.ranked(query.text, rows)[:DEPTH]
        meaning = self._near(text, rows, count) if text else []
        # A condition's own text goes before one on a complaint that it shares with many others.
        parts = [r for r in meaning if self._corpus.entries[r].condition in query.conditions]
        best = fused([meaning, words, parts])[:n]
        return tuple(
            self._corpus.entries[row].passage(query.language, score, self._corpus.knowledge)
            for row, score in best
        )

    def _near(self, text: str, rows: NDArray[np.int64], count: int) -> list[int]:
        selector = faiss.IDSelectorBatch(rows)  # held here: FAISS itself keeps no reference
        among = faiss.SearchParameters()
        among.sel = selector
        vector = self._encoder.encode([text]).astype(np.float32)
        _, found = self._index.search(vector, count, params=among)
        return [int(row) for row in found[0] if row >= 0]
