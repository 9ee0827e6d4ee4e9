"""Passages by their words: BM25, in both languages, with no model and no index on disk.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; k1 and b
are the values they recommend. Chinese is indexed by pairs of characters.
"""

import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Passage
from assistant.retrieval import Query
from assistant.retrieval.corpus import Corpus, Entry

K1, B = 1.2, 0.75
_TOKEN = re.compile(r"[a-z0-9]+|[㐀-䶿一-鿿]+")


class LexicalRetriever:
    """Ranks passages by the words that they share with the query, in either language."""

    def __init__(
        self,
        knowledge: Knowledge,
        encoder: Encoder | None = None,
        data_dir: Path | None = None,
        models: Path | None = None,
        corpus: Corpus | None = None,
    ) -> None:
        self._corpus = corpus or Corpus(knowledge)
        counts = [Counter(terms(_words(entry, knowledge))) for entry in self._corpus.entries]
        self._lengths = np.array([max(1, c.total()) for c in counts], dtype=np.float64)
        self._rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, count in enumerate(counts):
            for term, times in count.items():
                self._rows[term].append((row, times))

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Return up to n passages that share a word with the query, best first."""
        scores = self._scores(query.text)
        rows = self._corpus.rows(query.conditions)
        best = rows[np.argsort(-scores[rows], kind="stable")][:n]
        return tuple(
            self._corpus.entries[row].passage(
                query.language, float(scores[row]), self._corpus.knowledge
            )
            for row in best
            if scores[row] > 0
        )

    def ranked(self, text: str, rows: NDArray[np.int64]) -> list[int]:
        """Return those of `rows` that share a word with the text, best first."""
        scores = self._scores(text)
        best = rows[np.argsort(-scores[rows], kind="stable")]
        return [int(row) for row in best if scores[row] > 0]

    def _scores(self, text: str) -> NDArray[np.float64]:
        """Return BM25 of each passage, shape (passages,)."""
        total = len(self._lengths)
        scores = np.zeros(total)
        long = K1 * (1 - B + B * self._lengths / self._lengths.mean()) if total else scores
        for term in set(terms(text)):
            having = self._rows.get(term, ())
            weight = math.log(1 + (total - len(having) + 0.5) / (len(having) + 0.5))
            for row, times in having:
                scores[row] += weight * times * (K1 + 1) / (times + long[row])
        return scores


def terms(text: str) -> list[str]:
    """Return English words without plural s, and pairs of neighbouring Chinese characters.

    >>> terms("Two coughs, 咳嗽两天")
    ['two', 'cough', '咳嗽', '嗽两', '两天']
    """
    found: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if token[0].isascii():
            found.append(token[:-1] if len(token) > 3 and token.endswith("s") else token)
        elif len(token) == 1:
            found.append(token)
        else:
            found += [token[i : i + 2] for i in range(len(token) - 1)]
    return found


def _words(entry: Entry, knowledge: Knowledge) -> str:
    """Return title and text in both languages, and the condition's other names."""
    words = [entry.title.en, entry.text.en, entry.title.zh, entry.text.zh]
    if entry.condition:
        names = knowledge.conditions[entry.condition].synonyms
        words += [*names.en, *names.zh]
    return "\n".join(words)
