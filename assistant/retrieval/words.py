"""How like the words of a text are to each condition's description, in either language.

A cosine of TF-IDF vectors: words and pairs of words in English, single characters and pairs in
Chinese. It knows no medicine, but it sees what no phrase of ours covers, and the name of a
condition where a patient tells it. Terms are hashed, so that no vocabulary has to be kept.
"""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix, load_npz, save_npz
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from assistant.knowledge import Knowledge
from assistant.knowledge.schema import ConditionEntry
from assistant.retrieval.english import is_chinese

# Characters meet by chance more often than words do: what a cosine in Chinese is worth beside one
# in English; tuned on development cases.
STRENGTH = {"en": 1.0, "zh": 0.6}

log = logging.getLogger(__name__)

TERMS = 2**18  # places that terms are hashed to; 60 000 terms meet in them rarely
PHRASES = {"en": 16, "zh": 4}  # lay phrases of a finding that stand in a description
LIKELY = (
    0.2  # P(finding | condition) from which a finding describes a condition; below, it may deny
)
_READERS: dict[str, dict[str, Any]] = {
    "en": {"ngram_range": (1, 2), "stop_words": "english"},
    "zh": {"analyzer": "char", "ngram_range": (1, 2)},
}


class WordMatch:
    """Cosines of a text's words with the description of every condition."""

    def __init__(self, knowledge: Knowledge, data_dir: Path | None = None) -> None:
        """Take what `data_dir` keeps of this knowledge; read the descriptions where it has none.

        A language is made ready when the first text in it comes.
        """
        self._size = len(knowledge.condition_ids)
        self._sides = {language: _Side(language, knowledge, data_dir) for language in _READERS}

    def match(self, text: str) -> NDArray[np.float64]:
        """Return a cosine for each condition, shape (conditions,), in the order of its ids."""
        if not text.strip():
            return np.zeros(self._size)
        return self._sides["zh" if is_chinese(text) else "en"].compare(text)


class _Side:
    """The descriptions in one language."""

    def __init__(self, language: str, knowledge: Knowledge, data_dir: Path | None) -> None:
        self._reader = HashingVectorizer(
            n_features=TERMS, alternate_sign=False, norm=None, **_READERS[language]
        )
        self._language, self._knowledge, self._data_dir = language, knowledge, data_dir
        self._lock = Lock()

    def compare(self, text: str) -> NDArray[np.float64]:
        """Read the columns of the text's own terms only: twenty times as fast as the product of
        scipy, and the same."""
        with self._lock:
            rarity, descriptions = self._ready
        counts = self._reader.transform([text])
        terms = counts.indices
        if not len(terms):
            return np.zeros(descriptions.shape[0])
        told = (1 + np.log(counts.data)) * rarity[terms]  # TfidfTransformer, of one text
        told *= STRENGTH[self._language] / np.linalg.norm(told)
        columns = [slice(*descriptions.indptr[term : term + 2]) for term in terms]
        rows = np.concatenate([descriptions.indices[column] for column in columns])
        values = np.concatenate(
            [descriptions.data[c] * t for c, t in zip(columns, told, strict=True)]
        )
        found = np.bincount(rows, values, minlength=descriptions.shape[0])
        return np.asarray(found, dtype=np.float64)

    @cached_property
    def _ready(self) -> tuple[NDArray[np.float64], csc_matrix]:
        """How rare each term is, and the descriptions, a column a term."""
        counts = self._kept()
        if counts is None:
            counts = self._counted()
        weights = TfidfTransformer(sublinear_tf=True)
        return weights.fit(counts).idf_, csc_matrix(weights.transform(counts))

    def _counted(self) -> csr_matrix:
        knowledge = self._knowledge
        entries = [knowledge.conditions[c] for c in knowledge.condition_ids]
        texts = [words_of(e, knowledge, self._language) for e in entries]
        counts: csr_matrix = self._reader.transform(texts)
        if (file := self._file()) is not None:
            with _forgiving_disk():
                file.parent.mkdir(parents=True, exist_ok=True)
                part = file.with_name(f"{file.stem}-{os.getpid()}.part.npz")
                save_npz(part, counts)
                part.replace(file)
        return counts

    def _kept(self) -> csr_matrix | None:
        """Return the counts that were kept; None where there are none, or they are damaged."""
        file = self._file()
        if file is None or not file.is_file():
            return None
        try:
            counts = csr_matrix(load_npz(file))
        except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
            log.warning("%s is damaged (%s); it is made again", file.name, type(error).__name__)
            return None
        whole = counts.shape == (len(self._knowledge.condition_ids), TERMS)
        return counts if whole else None

    def _file(self) -> Path | None:
        """Return the place of the counts, named after what they are made of."""
        digest = self._knowledge.bundle.digest
        if self._data_dir is None or not digest:
            return None
        made_of = f"{digest}{TERMS}{PHRASES}{LIKELY}{_READERS}{version('scikit-learn')}"
        name = hashlib.sha256(made_of.encode()).hexdigest()[:16]
        return self._data_dir / f"words-{self._language}-{name}.npz"


@contextmanager
def _forgiving_disk() -> Iterator[None]:
    """Let a full or read-only disk cost time at the next start, no more."""
    try:
        yield
    except OSError as error:
        log.warning("the match of words could not be kept: %s", error.strerror)


def words_of(entry: ConditionEntry, knowledge: Knowledge, language: str) -> str:
    """Return names, what it is, and its likely findings as people say them, the likeliest more."""
    parts = [entry.name.get(language)] * 2 + [*entry.synonyms.get(language)]
    parts.append(entry.text.get(language).what)
    likely = ((f, p) for f, p in entry.findings.items() if p >= LIKELY)
    for finding, probability in likely:
        named = knowledge.findings[finding]
        parts += [named.name.get(language)] * (1 + int(probability * 3))
        parts += named.phrases.get(language)[: PHRASES[language]]
    parts += [knowledge.findings[f].name.get(language) for f in entry.risks]
    return " 。 ".join(parts)
