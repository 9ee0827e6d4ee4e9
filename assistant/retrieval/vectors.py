"""Vectors of many texts, made once and kept: checked before use, made again when in doubt.

Those of our own texts ship (`knowledge/models/passages-en`), 8 bits a number, each under the
SHA-256 of its text: only a text that is new or was changed is encoded at a start.
"""

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
from assistant.models import locate, read_manifest
from assistant.retrieval.corpus import digest

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
Progress = Callable[[str, int, int], None]  # what is built, how many are done, of how many
BATCH = 512
SHIPPED = "passages-en"
SCALE = 127.0


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
    models: Path | None = None,
) -> Vectors:
    """Return a unit vector for each text, shape (len(texts), dimension).

    They are kept in `folder`, in a file named after the texts and the encoder. A file that is
    damaged, or was made of other texts or by another encoder, is refused and made again.
    `models` is `knowledge/models`: what ships there need not be encoded.
    """
    made_of = hashlib.sha256(f"{digest(texts)}\0{encoder.id}".encode()).hexdigest()
    file = folder / f"{what}-{made_of[:16]}.safetensors"
    vectors = _read(file, made_of, len(texts))
    if vectors is None:
        shipped = shipped_vectors(models, encoder.id) if models is not None else {}
        vectors = _completed(what, texts, encoder, progress, shipped)
        _write(file, vectors, made_of)
    return vectors


def key_of(text: str) -> int:
    """Return the number under which the vector of a text ships."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def shipped_vectors(models: Path, encoder_id: str) -> dict[int, NDArray[np.int8]]:
    """Return what ships, by key; nothing where another encoder made it.

    Raises ModelFileError where the file is not the one in the manifest.
    """
    if SHIPPED not in read_manifest(models):
        return {}
    _, folder = locate(SHIPPED, models)
    with safe_open(folder / "vectors.safetensors", framework="numpy") as stored:
        if (stored.metadata() or {}).get("encoder") != encoder_id:
            return {}
        keys, vectors = stored.get_tensor("keys"), stored.get_tensor("vectors")
    return dict(zip(keys.tolist(), vectors, strict=True))


def _completed(
    what: str,
    texts: list[str],
    encoder: Encoder,
    progress: Progress,
    shipped: dict[int, NDArray[np.int8]],
) -> Vectors:
    """Return all vectors: shipped ones as they are, the others encoded."""
    keys = [key_of(text) for text in texts]
    missing = [row for row, key in enumerate(keys) if key not in shipped]
    if not shipped or len(missing) == len(texts):
        return encode_by_length(what, texts, encoder, progress)
    blank = np.zeros_like(next(iter(shipped.values())))
    stacked = np.stack([shipped.get(key, blank) for key in keys]).astype(np.float32)
    if missing:
        new = encode_by_length(what, [texts[row] for row in missing], encoder, progress)
        stacked[missing] = new * SCALE
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True), dtype=np.float32)


def encode_by_length(
    what: str, texts: Sequence[str], encoder: Encoder, progress: Progress
) -> Vectors:
    """Encode in batches of like length, so that little is spent on padding."""
    order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), row))
    if not order:
        return np.empty((0, 0), dtype=np.float32)
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
