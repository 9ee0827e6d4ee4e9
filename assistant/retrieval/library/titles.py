"""Vectors of titles: what a passage is about, beside what it says.

A title (its path of headings) is encoded once, however many passages stand under it. Three files
are appended to: keys of titles, their vectors, and for each row of the index the title it has.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.retrieval.library.catalogue import Catalogue
from assistant.retrieval.library.ordering import Floats, Rows
from assistant.retrieval.library.vector_file import VectorFile

BATCH = 4096  # rows read at a time
MOST = 64  # rows of one title that a search looks at


class Titles:
    """The titles of an index; `update` brings them up to its catalogue."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._vectors = VectorFile(folder / "vectors.f16", dimension)

    def __len__(self) -> int:
        return len(self._keys())

    def update(self, catalogue: Catalogue, encoder: Encoder) -> None:
        """Encode the titles that are new since the last time; broken off, it goes on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keys = self._keys()
        self._vectors.cut(len(keys))
        _cut(self._folder / "keys.i64", 8 * len(keys))
        known = {int(key): place for place, key in enumerate(keys)}
        done = len(self.of_rows())
        _cut(self._folder / "rows.i32", 4 * done)
        total = catalogue.rows()
        for first in range(done, total, BATCH):
            read = [title for title, _ in catalogue.texts(first, min(total, first + BATCH))]
            fresh = {_key(title): title for title in read if _key(title) not in known}
            if fresh:
                self._vectors.append(np.asarray(encoder.encode(list(fresh.values())), np.float32))
                known |= {key: len(known) + place for place, key in enumerate(fresh)}
                _append(self._folder / "keys.i64", np.fromiter(fresh, np.int64))
            _append(self._folder / "rows.i32", np.array([known[_key(t)] for t in read], np.int32))

    def read(self) -> NDArray[np.float16]:
        """Return the vector of each title, shape (titles, dimension), mapped."""
        return self._vectors.read()[: len(self._keys())]

    def of_rows(self) -> NDArray[np.int32]:
        """Return the title of each row, shape (rows,), as far as it is known."""
        rows = _read(self._folder / "rows.i32", "<i4").astype(np.int32)
        titles = len(self._keys())
        return rows[: int(np.argmax(rows >= titles))] if (rows >= titles).any() else rows

    def _keys(self) -> NDArray[np.int64]:
        return _read(self._folder / "keys.i64", "<i8").astype(np.int64)[: len(self._vectors)]


class TitleRows:
    """Which rows stand under a title."""

    def __init__(self, of_rows: NDArray[np.int32], titles: int) -> None:
        self.of_rows = of_rows
        self._order = np.argsort(of_rows, kind="stable")
        self._starts = np.searchsorted(of_rows[self._order], np.arange(titles + 1))

    def under(self, titles: Rows) -> Rows:
        """Return the first rows (up to `MOST`) of each of these titles."""
        wanted = [t for t in np.unique(titles).tolist() if t >= 0]
        parts = [
            self._order[self._starts[t] : min(self._starts[t + 1], self._starts[t] + MOST)]
            for t in wanted
        ]
        return np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)


def cosines(
    vectors: NDArray[np.float16] | Floats, rows: Rows | NDArray[np.int32], queries: Floats
) -> Floats:
    """Return the inner product of each row with each query, shape (rows, queries)."""
    # Not `@`: for some hundred rows, the threads of BLAS cost more than they bring.
    wanted = np.asarray(vectors[rows], dtype=np.float32)
    return np.asarray(np.vecdot(wanted[:, None], queries), dtype=np.float32)


def _key(title: str) -> int:
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:8], "big", signed=True)


def _read(file: Path, kind: str) -> NDArray[Any]:
    size = np.dtype(kind).itemsize
    whole = file.stat().st_size // size if file.is_file() else 0
    return np.fromfile(file, kind, whole) if whole else np.empty(0, kind)


def _append(file: Path, values: NDArray[np.generic]) -> None:
    _cut(file, file.stat().st_size // values.itemsize * values.itemsize if file.is_file() else 0)
    with file.open("ab") as stream:
        stream.write(values.tobytes())


def _cut(file: Path, size: int) -> None:
    if file.is_file() and file.stat().st_size > size:
        with file.open("r+b") as stream:
            stream.truncate(size)
