"""Adding a corpus to an index: only what is new or was changed is encoded.

Documents are kept in batches, each whole or not at all: a run that is broken off goes on where it
stopped when the same command is given again.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice

import numpy as np

from assistant.retrieval.library import Document, Trust
from assistant.retrieval.library.catalogue import digest_of
from assistant.retrieval.library.cutting import Piece, pieces
from assistant.retrieval.library.folder import IndexFolder

BATCH = 64  # documents kept at a time

Progress = Callable[[int, int], None]  # documents read, passages encoded


@dataclass(slots=True)
class Added:
    """What an addition did."""

    documents: int = 0
    unchanged: int = 0
    passages: int = 0
    doubles: int = 0
    removed: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def add_corpus(
    index: IndexFolder,
    name: str,
    documents: Iterable[Document],
    *,
    trust: Trust,
    reader: str = "",
    keep_missing: bool = False,
    progress: Progress = lambda *_: None,
) -> Added:
    """Bring a corpus of an index up to `documents`: add, update, remove.

    What the corpus held and `documents` no longer has is removed, unless `keep_missing`.
    """
    added = Added()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    index.catalogue.register(name, trust, reader, now)
    known = index.catalogue.known(name)
    seen: set[str] = set()
    stream = _once(documents, seen)
    while batch := list(islice(stream, BATCH)):
        hashed = [(document, _hash(document)) for document in batch]
        changed = [(d, h) for d, h in hashed if known.get(d.id) != h]
        added.unchanged += len(hashed) - len(changed)
        if changed:
            _keep(index, name, changed, added)
        progress(len(seen), added.passages)
    if not keep_missing:
        added.removed = index.catalogue.remove(name, sorted(known.keys() - seen))
    index.words.update(index.catalogue)
    index.titles.update(index.catalogue, index.encoder)
    return added


def _keep(index: IndexFolder, name: str, changed: list[tuple[Document, str]], added: Added) -> None:
    cut = [(d, p, digest_of(p)) for d, _ in changed for p in pieces(d)]
    twins = index.catalogue.twins([digest for _, _, digest in cut])
    own = {d.id for d, _ in changed}
    first = index.catalogue.rows()
    placed: list[tuple[int, Piece, Document, bytes]] = []
    doubles: list[tuple[int, Piece, Document]] = []
    fresh: dict[bytes, int] = {}
    twins = {} if known_again(index, name, own) else twins
    for document, piece, digest in cut:
        row = fresh.get(digest, twins.get(digest))
        if row is not None:
            doubles.append((row, piece, document))
            continue
        fresh[digest] = first + len(placed)
        placed.append((fresh[digest], piece, document, digest))
    if placed:
        texts = [f"{piece.title}. {piece.text}" for _, piece, _, _ in placed]
        index.vectors.append(np.asarray(index.encoder.encode(texts), dtype=np.float32))
    index.catalogue.put(name, changed, placed, doubles)
    added.documents += len(changed)
    added.passages += len(placed)
    added.doubles += len(doubles)


def known_again(index: IndexFolder, name: str, documents: set[str]) -> bool:
    """Whether a document of the batch is in the index already: its old rows are about to go."""
    return bool(documents & index.catalogue.known(name).keys())


def _once(documents: Iterable[Document], seen: set[str]) -> Iterator[Document]:
    """Leave out documents without words, and the second of two with the same id."""
    for document in documents:
        if document.id not in seen and any(s.text.strip() for s in document.sections):
            seen.add(document.id)
            yield document


def _hash(document: Document) -> str:
    return hashlib.sha256(repr(asdict(document)).encode()).hexdigest()
