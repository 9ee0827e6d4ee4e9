"""Vectors of many texts, made once and kept: checked before use, made again when in doubt."""

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from assistant.encoding import Encoder
from assistant.retrieval.corpus import digest

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
Progress = Callable[[str, int, int], None]  # what is built, how many are done, of how many
BATCH = 32


def say_progress(what: str, done: int, total: int) -> None:
    """Keep one line on standard error up to date."""
    line = f"\rBuilding the index of {what}: {done} of {total}"
    print(line, end="\n" if done == total else "", file=sys.stderr, flush=True)


def kept_vectors(
    what: str,
    texts: list[str],
    encoder: Encoder,
    folder: Path,
    progress: Progress = say_progress,
) -> Vectors:
    """Return a unit vector for each text, shape (len(texts), dimension).

    They are kept in `folder`, in a file named after the texts and the encoder. A file that is
    damaged, or was made of other texts or by another encoder, is refused and made again.
    """
    made_of = hashlib.sha256(f"{digest(texts)}\0{encoder.id}".encode()).hexdigest()
    file = folder / f"{what}-{made_of[:16]}.safetensors"
    vectors = _read(file, made_of, len(texts))
    if vectors is None:
        vectors = encode_by_length(what, texts, encoder, progress)
        _write(file, vectors, made_of)
    return vectors


def encode_by_length(
    what: str, texts: Sequence[str], encoder: Encoder, progress: Progress
) -> Vectors:
    """Encode in batches of like length, so that little is spent on padding."""
    order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), row))
    parts: list[Vectors] = []
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        parts.append(encoder.encode([texts[row] for row in rows]))
        progress(what, start + len(rows), len(order))
    vectors = np.concatenate(parts)
    unsorted = np.empty_like(vectors)
    unsorted[order] = vectors
    return unsorted


def _read(file: Path, made_of: str, count: int) -> Vectors | None:
    """Return the kept vectors, or None where there are none that can be trusted."""
    if not file.is_file():
        return None
    try:
        with safe_open(file, framework="numpy") as kept:
            notes = kept.metadata() or {}
            vectors: Vectors = kept.get_tensor("vectors")
    except (SafetensorError, OSError) as error:
        log.warning("%s is damaged (%s); it is built again", file.name, type(error).__name__)
        return None
    wrong = _wrong(notes, vectors, made_of, count)
    if wrong:
        log.warning("%s is refused: %s; it is built again", file.name, wrong)
        return None
    return vectors


def _wrong(notes: dict[str, str], vectors: Vectors, made_of: str, count: int) -> str:
    if notes.get("made_of") != made_of:
        return "it was made of other texts or by another encoder"
    if vectors.ndim != 2 or len(vectors) != count or vectors.dtype != np.float32:
        return "it has another shape"
    if notes.get("sha256") != hashlib.sha256(vectors.tobytes()).hexdigest():
        return "its checksum is wrong"
    return ""


def _write(file: Path, vectors: Vectors, made_of: str) -> None:
    """Keep the vectors; a full or read-only disk costs time at the next start, no more."""
    sha256 = hashlib.sha256(vectors.tobytes()).hexdigest()
    content = save({"vectors": vectors}, metadata={"made_of": made_of, "sha256": sha256})
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "wb") as part:
            part.write(content)
        Path(name).replace(file)
    except OSError as error:
        log.warning("the index could not be kept: %s", error.strerror)
