"""How like a whole text is to each condition's description: a second opinion on free text."""

import hashlib
from collections import OrderedDict
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.knowledge import Knowledge
from assistant.retrieval.english import is_chinese
from assistant.retrieval.vectors import Progress, kept_vectors, say_progress

LIKELIEST = 10  # findings named in a description
RECENT = 256  # matches kept, so that a turn of buttons does not encode the same words again


class DenseMatch:
    """Cosines of a text with the description of every condition.

    The descriptions are English, and so is the encoder: about a Chinese text it has no opinion.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        encoder: Encoder,
        data_dir: Path,
        progress: Progress = say_progress,
        models: Path | None = None,
    ) -> None:
        self._encoder = encoder
        self._recent: OrderedDict[bytes, NDArray[np.float64]] = OrderedDict()
        self._lock = Lock()
        texts = [description(condition, knowledge) for condition in knowledge.condition_ids]
        self._vectors = kept_vectors("descriptions", texts, encoder, data_dir, progress, models)

    def match(self, text: str) -> NDArray[np.float64]:
        """Return a cosine for each condition, shape (conditions,), in the order of its ids.

        All are 0, which favours none, for a text that is empty or holds Chinese.
        """
        if not text.strip() or is_chinese(text):
            return np.zeros(len(self._vectors))
        key = hashlib.sha256(text.encode()).digest()  # the words themselves are not kept
        with self._lock:
            kept = self._recent.get(key)
        return kept if kept is not None else self._compare(text, key)

    def compare(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the cosine of a vector with each condition, in the order of their ids."""
        # Not `@`: for some hundred rows, the threads of BLAS cost more than they bring.
        return np.asarray(np.vecdot(self._vectors, vector), dtype=np.float64)

    def _compare(self, text: str, key: bytes) -> NDArray[np.float64]:
        found = self.compare(self._encoder.encode([text])[0])
        with self._lock:
            self._recent[key] = found
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return found


def description(condition: str, knowledge: Knowledge) -> str:
    """Return name, synonyms, what it is, and its likeliest findings, in English."""
    entry = knowledge.conditions[condition]
    names = ", ".join((entry.name.en, *entry.synonyms.en))
    told = entry.findings.keys() - knowledge.confirms  # those are answered, and not described
    likeliest = sorted(told, key=lambda f: (-entry.findings[f], f))[:LIKELIEST]
    findings = ", ".join(knowledge.findings[f].name.en for f in likeliest)
    return f"{names}. {entry.text.en.what} {findings}."
