"""Linking: from words that no phrase has to the finding whose phrase is nearest in meaning."""

import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.extraction.english_words import Weight, tokens
from assistant.knowledge import Knowledge
from assistant.knowledge.schema import FindingKind

log = logging.getLogger(__name__)
# Cosine from which a phrase counts as meaning the same; measured, see docs/extraction.md.
THRESHOLD = 0.72
_KINDS = (FindingKind.SYMPTOM, FindingKind.SIGN, FindingKind.HISTORY, FindingKind.RISK)


class Linker:
    """All English phrases as vectors, kept on disk between starts."""

    def __init__(self, knowledge: Knowledge, encoder: Encoder, data_dir: Path) -> None:
        self._encoder = encoder
        pairs = [
            (phrase, concept)
            for concept, entry in sorted(knowledge.findings.items())
            if entry.kind in _KINDS
            for phrase in dict.fromkeys((entry.name.en.lower(), *entry.phrases.en))
        ]
        self._concepts = [concept for _, concept in pairs]
        kept = data_dir / f"phrases-{knowledge.bundle.digest[:12]}-{encoder.id}.npy"
        self._vectors = _vectors([phrase for phrase, _ in pairs], encoder, kept)

    def link(self, words: Sequence[str]) -> list[str | None]:
        """Return for each piece of text the finding it means; None where none is near enough."""
        telling = [w if _tells(w) else "" for w in words]
        wanted = [w.lower() for w in telling if w]
        if not wanted:
            return [None for _ in words]
        nearest = iter(self.nearest(wanted))
        return [_enough(next(nearest)) if w else None for w in telling]

    def nearest(self, words: Sequence[str]) -> list[tuple[str, float]]:
        """Return the finding with the nearest phrase to each text, and the cosine."""
        likeness = self._encoder.encode(words) @ self._vectors.T
        best = likeness.argmax(axis=1)
        return [(self._concepts[j], float(likeness[i, j])) for i, j in enumerate(best.tolist())]


def _enough(found: tuple[str, float]) -> str | None:
    concept, likeness = found
    return concept if likeness >= THRESHOLD else None


def _tells(words: str) -> bool:
    """Whether a text has a word that carries meaning, at least four letters in all."""
    content = [t.text for t in tokens(words.lower()) if t.weight is Weight.CONTENT]
    return len("".join(content)) >= 4


def _vectors(phrases: list[str], encoder: Encoder, kept: Path) -> NDArray[np.float32]:
    if kept.is_file():
        try:
            stored = np.load(kept, allow_pickle=False)
            if stored.shape[0] == len(phrases):
                return np.asarray(stored, dtype=np.float32)
        except (OSError, ValueError):
            log.warning("kept phrase vectors are damaged; making them again")
    vectors = encoder.encode(phrases)
    _keep(kept, vectors)
    return vectors


def _keep(target: Path, vectors: NDArray[np.float32]) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".npy")
        with os.fdopen(handle, "wb") as file:
            np.save(file, vectors.astype(np.float16), allow_pickle=False)
        Path(name).replace(target)
    except OSError as error:  # a read-only or full disk costs time at the next start, no more
        log.warning("phrase vectors could not be kept: %s", error.strerror)
