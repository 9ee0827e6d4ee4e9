"""Passages by meaning: a flat inner-product index (exact search) of FAISS."""

from pathlib import Path

import faiss
import numpy as np

from assistant.encoding import Encoder
from assistant.errors import InvalidInputError
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Passage
from assistant.retrieval import Query
from assistant.retrieval.corpus import Corpus
from assistant.retrieval.english import EnglishNames
from assistant.retrieval.vectors import Progress, kept_vectors, say_progress


class FaissRetriever:
    """Cosine of the query with each passage; the passages are indexed in English.

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
        self._english = EnglishNames(knowledge)
        texts = self._corpus.texts()
        vectors = kept_vectors("passages", texts, encoder, data_dir, progress, models)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Return up to n passages, the likest first, only about `query.conditions` where given."""
        rows = self._corpus.rows(query.conditions)
        count = min(n, len(rows))
        text = self._english.of(query.text).strip()
        if count <= 0 or not text:
            return ()
        selector = faiss.IDSelectorBatch(rows)  # held here: FAISS itself keeps no reference
        among = faiss.SearchParameters()
        among.sel = selector
        vector = self._encoder.encode([text]).astype(np.float32)
        scores, found = self._index.search(vector, count, params=among)
        return tuple(
            self._corpus.entries[row].passage(query.language, float(score), self._corpus.knowledge)
            for row, score in zip(found[0], scores[0], strict=True)
            if row >= 0
        )
