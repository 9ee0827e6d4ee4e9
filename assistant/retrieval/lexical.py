"""Passages by their words: BM25, in both languages, with no model and no index on disk.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; k1 and b
are the values they recommend. Chinese is indexed by pairs of characters. A passage is also indexed
under what patients say for the findings it is about (the phrases of our linking vocabulary), so
that "can't lift my arm" finds a text that says "stiff shoulder".
"""

import math
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Passage
from assistant.retrieval import Query
from assistant.retrieval.corpus import Corpus, Entry
from assistant.retrieval.library.words_index import terms

K1, B = 1.2, 0.75
LIKELY = 0.6  # P(finding | condition) from which a condition's texts are found under its phrases
NAMED = 0.5  # of the best score, for a title whose words all are in the query
_HEADING = re.compile(r"\s*[:：][^:：]*$")  # of the part of a condition's text
PHRASES = 30  # of a finding, in each language


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
        self._titles = [
            tuple(frozenset(terms(_HEADING.sub("", t))) for t in (e.title.en, e.title.zh))
            for e in self._corpus.entries
        ]
        said = _Said(knowledge)
        counts = [said.of(entry) for entry in self._corpus.entries]
        self._lengths = np.array([max(1, c.total()) for c in counts], dtype=np.float64)
        having: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, count in enumerate(counts):
            for term, times in count.items():
                having[term].append((row, times))
        self._rows = {
            term: np.array(places, dtype=np.int32).T for term, places in having.items()
        }  # term -> rows that hold it, and how often

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Return up to n passages that share a word with the query, best first."""
        scores = self.scores(query.text)
        rows = self._corpus.rows(query.conditions)
        if not scores.any():
            return ()
        some = np.flatnonzero(scores)
        scores[some] += NAMED * scores.max() * self.named(query.text, some)
        best = rows[np.argsort(-scores[rows], kind="stable")][:n]
        return tuple(
            self._corpus.entries[row].passage(
                query.language, float(scores[row]), self._corpus.knowledge
            )
            for row in best
            if scores[row] > 0
        )

    def scores(self, text: str) -> NDArray[np.float64]:
        """Return BM25 of each passage, shape (passages,); 0 where no word is shared."""
        total = len(self._lengths)
        scores = np.zeros(total)
        long = K1 * (1 - B + B * self._lengths / self._lengths.mean()) if total else scores
        for term in set(terms(text)) & self._rows.keys():
            rows, times = self._rows[term]
            weight = math.log(1 + (total - len(rows) + 0.5) / (len(rows) + 0.5))
            scores[rows] += weight * times * (K1 + 1) / (times + long[rows])
        return scores

    def named(self, text: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the share of each title's words that the query holds, shape (rows,)."""
        asked = set(terms(text))
        return np.array(
            [max(len(t & asked) / max(1, len(t)) for t in self._titles[row]) for row in rows]
        )


class _Said:
    """Counts the words under which a passage is found."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._finding = cache(self._count_finding)
        self._condition = cache(self._count_condition)

    def of(self, entry: Entry) -> Counter[str]:
        """Return title and text in both languages, other names, and what patients say."""
        words = (entry.title.en, entry.text.en, entry.title.zh, entry.text.zh)
        found = Counter(terms("\n".join(words)))
        if entry.condition:
            return found + self._condition(entry.condition)
        about = self._knowledge.bundle.passages[entry.id].about
        return sum((self._finding(f) for f in about if f in self._knowledge.findings), found)

    def _count_condition(self, condition: str) -> Counter[str]:
        entry = self._knowledge.conditions[condition]
        found = Counter(terms("\n".join((*entry.synonyms.en, *entry.synonyms.zh))))
        for finding, probability in entry.findings.items():
            if probability >= LIKELY:
                found.update(self._finding(finding))
        return found

    def _count_finding(self, finding: str) -> Counter[str]:
        about = self._knowledge.findings[finding]
        phrases = (*about.phrases.en[:PHRASES], *about.phrases.zh[:PHRASES])
        return Counter(terms("\n".join((about.name.en, about.name.zh, *phrases))))
