"""How like the words of a text are to each condition's description, in either language.

A cosine of TF-IDF vectors: words and pairs of words in English, single characters and pairs in
Chinese. It knows no medicine, but it sees what no phrase of ours covers, and the name of a
condition where a patient tells it. Terms are hashed, so that no vocabulary has to be kept.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from assistant.knowledge import Knowledge
from assistant.knowledge.schema import ConditionEntry
from assistant.retrieval.english import is_chinese

TERMS = 2**18  # places that terms are hashed to; 60 000 terms meet in them rarely
PHRASES = {"en": 16, "zh": 4}  # lay phrases of a finding that stand in a description
_READERS: dict[str, dict[str, Any]] = {
    "en": {"ngram_range": (1, 2), "stop_words": "english"},
    "zh": {"analyzer": "char", "ngram_range": (1, 2)},
}


class WordMatch:
    """Cosines of a text's words with the description of every condition."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._size = len(knowledge.condition_ids)
        self._sides = {language: _Side(language, knowledge) for language in _READERS}

    def match(self, text: str) -> NDArray[np.float64]:
        """Return a cosine for each condition, shape (conditions,), in the order of its ids."""
        if not text.strip():
            return np.zeros(self._size)
        return self._sides["zh" if is_chinese(text) else "en"].compare(text)


class _Side:
    """The descriptions in one language."""

    def __init__(self, language: str, knowledge: Knowledge) -> None:
        self._reader = HashingVectorizer(
            n_features=TERMS, alternate_sign=False, norm=None, **_READERS[language]
        )
        self._weights = TfidfTransformer(sublinear_tf=True)
        entries = [knowledge.conditions[c] for c in knowledge.condition_ids]
        counts = self._reader.transform([words_of(e, knowledge, language) for e in entries])
        self._descriptions: csr_matrix = self._weights.fit_transform(counts)

    def compare(self, text: str) -> NDArray[np.float64]:
        told = self._weights.transform(self._reader.transform([text]))
        return np.asarray((self._descriptions @ told.T).toarray()[:, 0], dtype=np.float64)


def words_of(entry: ConditionEntry, knowledge: Knowledge, language: str) -> str:
    """Return names, synonyms, what it is, and its findings as people say them; likely ones more."""
    parts = [entry.name.get(language)] * 2 + [*entry.synonyms.get(language)]
    parts.append(entry.text.get(language).what)
    for finding, probability in entry.findings.items():
        named = knowledge.findings[finding]
        parts += [named.name.get(language)] * (1 + int(probability * 3))
        parts += named.phrases.get(language)[: PHRASES[language]]
    parts += [knowledge.findings[f].name.get(language) for f in entry.risks]
    return " 。 ".join(parts)
