"""Linking vectors of phrases: shipped, 8 bits a number, each under the hash of its phrase."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from assistant.extraction.tagger import Tagger
from assistant.knowledge import Knowledge
from assistant.records.terms import Language

log = logging.getLogger(__name__)
SCALE = 127.0  # of a number of a unit vector kept in 8 bits
_BATCH = 512
Vectors = dict[int, NDArray[np.int8]]  # by the key of the phrase


def phrases_of(knowledge: Knowledge, language: Language) -> list[tuple[str, str]]:
    """Return (phrase, finding) for every phrase that words may be linked to.

    A family's illness is told by its own name and by whose it is, so those phrases stay out.
    """
    found = []
    for concept, entry in sorted(knowledge.findings.items()):
        if concept.startswith("family_"):
            continue
        name, phrases = entry.name.en.lower(), entry.phrases.en
        if language is Language.CHINESE:
            name, phrases = entry.name.zh, entry.phrases.zh
        found += [(phrase, concept) for phrase in dict.fromkeys((name, *phrases))]
    return found


def key_of(phrase: str) -> int:
    """Return the number under which the vector of a phrase is kept."""
    return int.from_bytes(hashlib.sha256(phrase.encode()).digest()[:8], "big", signed=True)


def encode(phrases: Iterable[str], tagger: Tagger) -> Vectors:
    """Return the vectors of `phrases`, 8 bits a number."""
    ordered = sorted(set(phrases), key=lambda p: (len(p), p))
    made: Vectors = {}
    for i in range(0, len(ordered), _BATCH):
        some = ordered[i : i + _BATCH]
        read = tagger.read(some, [[(0, len(phrase))] for phrase in some])
        for phrase, answers in zip(some, read, strict=True):
            made[key_of(phrase)] = np.rint(answers.given[0].vector * SCALE).astype(np.int8)
    return made


def read_vectors(file: Path, made_by: str) -> Vectors:
    """Return what `file` holds, or nothing where another network made it or it is damaged."""
    try:
        with safe_open(file, framework="numpy") as stored:
            if (stored.metadata() or {}).get("network") != made_by:
                return {}
            keys, vectors = stored.get_tensor("keys"), stored.get_tensor("vectors")
    except (OSError, SafetensorError):
        log.warning("kept phrase vectors cannot be read; making them again")
        return {}
    return dict(zip(keys.tolist(), vectors, strict=True))


def write_vectors(file: Path, made_by: str, vectors: Vectors) -> None:
    """Write vectors under their keys, in a fixed order."""
    keys = sorted(vectors)
    tensors: dict[str, NDArray[Any]] = {
        "keys": np.array(keys, dtype=np.int64),
        "vectors": np.stack([vectors[key] for key in keys]),
    }
    save_file(tensors, file, metadata={"network": made_by})


def write_examples(file: Path, made_by: str, examples: Sequence[tuple[str, Any]]) -> None:
    """Write (finding, vector of a mention) in their order, 8 bits a number."""
    names = sorted({concept for concept, _ in examples})
    tensors: dict[str, NDArray[Any]] = {
        "findings": np.array([names.index(c) for c, _ in examples], dtype=np.int16),
        "vectors": np.stack([np.rint(v * SCALE).astype(np.int8) for _, v in examples]),
    }
    save_file(tensors, file, metadata={"network": made_by, "findings": " ".join(names)})


def read_examples(file: Path, made_by: str) -> list[tuple[str, NDArray[np.float32]]]:
    """Return (finding, unit vector) of each example in `file`; the name "" is no finding of ours.

    Nothing, where there is no such file or another network made it.
    """
    if not file.is_file():
        return []
    with safe_open(file, framework="numpy") as stored:
        told = stored.metadata() or {}
        if told.get("network") != made_by:
            return []
        names = told["findings"].split(" ")
        rows, kept = stored.get_tensor("findings").tolist(), stored.get_tensor("vectors")
    vectors = kept.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [(names[row], vector) for row, vector in zip(rows, vectors, strict=True)]


def known_vectors(
    phrases: Sequence[str], tagger: Tagger, shipped: Path, kept: Path
) -> NDArray[np.float32]:
    """Return unit vectors of `phrases` in their order; new ones are encoded once and kept.

    What ships goes before what was kept, so that old vectors in a data folder change nothing.
    """
    known = read_vectors(kept, tagger.id) if kept.is_file() else {}
    known |= read_vectors(shipped, tagger.id)
    new = sorted({p for p in phrases if key_of(p) not in known})
    if new:
        log.info("encoding %d phrases", len(new))
        known |= encode(new, tagger)
        _keep(kept, tagger.id, known)
    stacked = np.stack([known[key_of(p)] for p in phrases]).astype(np.float32)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True), dtype=np.float32)


def _keep(target: Path, made_by: str, vectors: Vectors) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".safetensors")
        os.close(handle)
        write_vectors(Path(name), made_by, vectors)
        Path(name).replace(target)
    except OSError as error:  # a read-only or full disk costs time at the next start, no more
        log.warning("phrase vectors could not be kept: %s", error.strerror)
