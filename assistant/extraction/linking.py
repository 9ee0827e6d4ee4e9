"""Linking: from words that no phrase has to the finding whose phrase is nearest in meaning.

The vectors of the shipped phrases ship too (`knowledge/models/phrases-en`), 8 bits a number, each
under the SHA-256 of its phrase; phrases that are new, or all of them with another encoder, are
encoded once and kept in the data folder.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from assistant.encoding import Encoder
from assistant.extraction.english_words import Weight, tokens
from assistant.knowledge import Knowledge
from assistant.knowledge.schema import FindingKind
from assistant.models import locate

log = logging.getLogger(__name__)
NAME = "phrases-en"
# Cosines, measured: see docs/extraction.md. Below NEAR a mention is dropped; below SAME only the
# parent of a special finding is meant ("stabbing behind the ribs" is a pain, not yet which one).
NEAR, SAME = 0.70, 0.80
_SCALE = 127.0
_KINDS = (FindingKind.SYMPTOM, FindingKind.SIGN, FindingKind.HISTORY, FindingKind.RISK)
Vectors = dict[int, NDArray[np.int8]]  # by the key of the phrase


class Linker:
    """All English phrases as vectors."""

    def __init__(
        self, knowledge: Knowledge, encoder: Encoder, models: Path, data_dir: Path
    ) -> None:
        """`models` is `knowledge/models`; what has to be encoded is kept in `data_dir`."""
        self._encoder, self._knowledge = encoder, knowledge
        pairs = phrases_of(knowledge)
        self._concepts = [concept for _, concept in pairs]
        phrases = [phrase for phrase, _ in pairs]
        kept = data_dir / f"phrases-{encoder.id}.safetensors"
        _, shipped = locate(NAME, models)
        known = read_vectors(shipped / "vectors.safetensors", encoder.id)
        known |= read_vectors(kept, encoder.id) if kept.is_file() else {}
        new = sorted({p for p in phrases if key_of(p) not in known})
        if new:
            log.info("encoding %d phrases", len(new))
            known |= encode(new, encoder)
            _keep(kept, encoder.id, known)
        stacked = np.stack([known[key_of(p)] for p in phrases]).astype(np.float32)
        self._vectors = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)

    def link(self, words: Sequence[str]) -> list[str | None]:
        """Return for each piece of text the finding it means; None where none is near enough."""
        wanted = [w.lower() for w in words if _tells(w)]
        if not wanted:
            return [None for _ in words]
        nearest = iter(self.nearest(wanted))
        return [self._meant(*next(nearest)) if _tells(w) else None for w in words]

    def _meant(self, concept: str, likeness: float) -> str | None:
        if likeness < NEAR:
            return None
        return concept if likeness >= SAME else self._knowledge.parent(concept) or concept

    def nearest(self, words: Sequence[str]) -> list[tuple[str, float]]:
        """Return the finding with the nearest phrase to each text, and the cosine."""
        likeness = self._encoder.encode(words) @ self._vectors.T
        best = likeness.argmax(axis=1)
        return [(self._concepts[j], float(likeness[i, j])) for i, j in enumerate(best.tolist())]


def phrases_of(knowledge: Knowledge) -> list[tuple[str, str]]:
    """Return (phrase, finding) for every English phrase that words may be linked to."""
    return [
        (phrase, concept)
        for concept, entry in sorted(knowledge.findings.items())
        if entry.kind in _KINDS
        for phrase in dict.fromkeys((entry.name.en.lower(), *entry.phrases.en))
    ]


def key_of(phrase: str) -> int:
    """Return the number under which the vector of a phrase is kept."""
    return int.from_bytes(hashlib.sha256(phrase.encode()).digest()[:8], "big", signed=True)


def encode(phrases: Sequence[str], encoder: Encoder) -> Vectors:
    """Return the vectors of `phrases`, 8 bits a number."""
    ordered = sorted(phrases, key=len)  # phrases of like length make full batches
    vectors = np.rint(encoder.encode(ordered) * _SCALE).astype(np.int8)
    return {key_of(p): v for p, v in zip(ordered, vectors, strict=True)}


def read_vectors(file: Path, encoder_id: str) -> Vectors:
    """Return what `file` holds, or nothing where another encoder made it or it is damaged."""
    try:
        with safe_open(file, framework="numpy") as stored:
            if (stored.metadata() or {}).get("encoder") != encoder_id:
                return {}
            keys, vectors = stored.get_tensor("keys"), stored.get_tensor("vectors")
    except (OSError, SafetensorError):
        log.warning("kept phrase vectors cannot be read; making them again")
        return {}
    return dict(zip(keys.tolist(), vectors, strict=True))


def write_vectors(file: Path, encoder_id: str, vectors: Vectors) -> None:
    """Write vectors under their keys, in a fixed order."""
    keys = sorted(vectors)
    tensors: dict[str, NDArray[Any]] = {
        "keys": np.array(keys, dtype=np.int64),
        "vectors": np.stack([vectors[key] for key in keys]),
    }
    save_file(tensors, file, metadata={"encoder": encoder_id})


def _keep(target: Path, encoder_id: str, vectors: Vectors) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".safetensors")
        os.close(handle)
        write_vectors(Path(name), encoder_id, vectors)
        Path(name).replace(target)
    except OSError as error:  # a read-only or full disk costs time at the next start, no more
        log.warning("phrase vectors could not be kept: %s", error.strerror)


def _tells(words: str) -> bool:
    """Whether a text has a word that carries meaning, at least four letters in all."""
    content = [t.text for t in tokens(words.lower()) if t.weight is Weight.CONTENT]
    return len("".join(content)) >= 4
