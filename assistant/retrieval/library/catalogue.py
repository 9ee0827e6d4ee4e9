"""What an index holds, in SQLite: passages by row, documents by hash, corpora by name.

A row is a passage's place in the file of vectors. Rows are never used again: what is removed is
no longer `alive`, and searches leave it out.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.library import Document, Filter, LibraryError, Trust
from assistant.retrieval.library.cutting import Piece

_SCHEMA = """
CREATE TABLE IF NOT EXISTS corpora (
    name TEXT PRIMARY KEY, trust TEXT NOT NULL, reader TEXT NOT NULL, added TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    corpus TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (corpus, id));
CREATE TABLE IF NOT EXISTS passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, corpus TEXT NOT NULL, document TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL, licence TEXT NOT NULL,
    date TEXT NOT NULL, url TEXT NOT NULL, language TEXT NOT NULL, audience TEXT NOT NULL,
    digest BLOB NOT NULL, alive INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS by_document ON passages (corpus, document);
CREATE INDEX IF NOT EXISTS by_digest ON passages (digest) WHERE alive;
CREATE TABLE IF NOT EXISTS aliases (
    row INTEGER NOT NULL, id TEXT NOT NULL, corpus TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS alias_by_row ON aliases (row);
CREATE INDEX IF NOT EXISTS alias_by_document ON aliases (corpus, document);
"""
AT_ONCE = 500  # rows asked for in one statement
_SHOWN = "row, id, corpus, title, text, source, licence, date, url, language, audience"


class Kept(NamedTuple):
    """One passage as it is kept."""

    row: int
    id: str
    corpus: str
    title: str
    text: str
    source: str
    licence: str
    date: str
    url: str
    language: str
    audience: str


class Catalogue:
    """The database of one index; one process writes, many may read."""

    def __init__(self, file: Path, *, write: bool = False) -> None:
        address = f"file:{file}?mode={'rwc' if write else 'ro'}"
        try:
            self._db = sqlite3.connect(address, uri=True, check_same_thread=False)
            if write:
                self._db.executescript("PRAGMA journal_mode=WAL; " + _SCHEMA)
            self._db.execute("SELECT count(*) FROM corpora")
        except sqlite3.Error as error:
            raise LibraryError(
                f"The index in {file.parent.name} cannot be read ({type(error).__name__}): "
                "remove the folder and add its corpora again."
            ) from None

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def register(self, name: str, trust: Trust, reader: str, added: str) -> None:
        """Note a corpus; its trust is what was said last."""
        self._db.execute(
            "INSERT INTO corpora VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "trust = excluded.trust, reader = excluded.reader, added = excluded.added",
            (name, trust.value, reader, added),
        )
        self._db.commit()

    def corpora(self) -> list[tuple[str, Trust, int]]:
        """Return (name, trust, passages alive) for each corpus."""
        found = self._db.execute(
            "SELECT c.name, c.trust, count(p.row) FROM corpora c LEFT JOIN passages p "
            "ON p.corpus = c.name AND p.alive GROUP BY c.name ORDER BY c.name"
        )
        return [(name, Trust(trust), count) for name, trust, count in found]

    def trusted(self) -> frozenset[str]:
        """Return the corpora that may be quoted in answers."""
        return frozenset(name for name, trust, _ in self.corpora() if trust is Trust.TRUSTED)

    def rows(self) -> int:
        """Return how many rows were given out, dead ones included."""
        return int(self._db.execute("SELECT coalesce(max(row) + 1, 0) FROM passages").fetchone()[0])

    def known(self, corpus: str) -> dict[str, str]:
        """Return the hash of every document of a corpus, by its id."""
        return dict(
            self._db.execute(
                "SELECT id, hash FROM documents WHERE corpus = ?", (corpus,)
            ).fetchall()
        )

    def twins(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Return the rows whose words are those of a digest."""
        found: dict[bytes, int] = {}
        for digest in digests:
            row = self._db.execute(
                "SELECT row FROM passages WHERE digest = ? AND alive", (digest,)
            ).fetchone()
            if row is not None:
                found[digest] = row[0]
        return found

    def put(
        self,
        corpus: str,
        documents: Iterable[tuple[Document, str]],
        placed: Sequence[tuple[int, Piece, Document, bytes]],
        doubles: Sequence[tuple[int, Piece, Document]],
    ) -> None:
        """Keep documents with their new passages and the other names of known ones, at once."""
        with self._db:
            for document, _ in documents:
                self._drop(corpus, document.id)
            self._db.executemany(
                "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,1)",
                [
                    (row, p.id, corpus, d.id, p.title, p.text, d.source, d.licence, d.date,
                     d.url, d.language, d.audience, digest)
                    for row, p, d, digest in placed
                ],
            )  # fmt: skip
            self._db.executemany(
                "INSERT INTO aliases VALUES (?,?,?,?)",
                [(row, p.id, corpus, d.id) for row, p, d in doubles],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?,?,?)",
                [(corpus, document.id, digest) for document, digest in documents],
            )

    def remove(self, corpus: str, documents: Iterable[str] | None = None) -> int:
        """Remove documents, or a whole corpus; return how many."""
        gone = list(self.known(corpus)) if documents is None else list(documents)
        with self._db:
            for document in gone:
                self._drop(corpus, document)
            if documents is None:
                self._db.execute("DELETE FROM corpora WHERE name = ?", (corpus,))
        return len(gone)

    def _drop(self, corpus: str, document: str) -> None:
        """Remove one document; where another one has the same words, the row becomes that one's."""
        place = (corpus, document)
        self._db.execute("DELETE FROM aliases WHERE corpus = ? AND document = ?", place)
        owned = self._db.execute(
            "SELECT row FROM passages WHERE corpus = ? AND document = ? AND alive", place
        ).fetchall()
        for (row,) in owned:
            heir = self._db.execute(
                "SELECT rowid, id, corpus, document FROM aliases WHERE row = ? LIMIT 1", (row,)
            ).fetchone()
            if heir is None:
                self._db.execute("UPDATE passages SET alive = 0, text = '' WHERE row = ?", (row,))
            else:
                self._db.execute("DELETE FROM aliases WHERE rowid = ?", heir[:1])
                self._db.execute(
                    "UPDATE passages SET id = ?, corpus = ?, document = ? WHERE row = ?",
                    (*heir[1:], row),
                )
        self._db.execute("DELETE FROM documents WHERE corpus = ? AND id = ?", place)

    def read(self, rows: Sequence[int]) -> dict[int, Kept]:
        """Return passages by row."""
        found: dict[int, Kept] = {}
        for start in range(0, len(rows), AT_ONCE):
            some = list(map(int, rows[start : start + AT_ONCE]))
            marks = ",".join("?" * len(some))
            query = f"SELECT {_SHOWN} FROM passages WHERE row IN ({marks})"  # noqa: S608  # marks
            found |= {kept[0]: Kept(*kept) for kept in self._db.execute(query, some)}
        return found

    def ids(self) -> list[str]:
        """Return every id under which a passage is alive."""
        found = self._db.execute(
            "SELECT id FROM passages WHERE alive UNION ALL SELECT id FROM aliases"
        )
        return [name for (name,) in found]

    def names(self, rows: Sequence[int]) -> dict[int, list[str]]:
        """Return every id of each row: its own first, then those of its doubles."""
        found = {row: [kept.id] for row, kept in self.read(rows).items()}
        for row in found:
            also = self._db.execute("SELECT id FROM aliases WHERE row = ? ORDER BY rowid", (row,))
            found[row] += [name for (name,) in also]
        return found

    def texts(self, first: int, end: int) -> list[tuple[str, str]]:
        """Return (title, text) of the rows from `first` up to `end`; dead ones are empty."""
        read = self._db.execute(
            "SELECT row, title, text FROM passages WHERE row >= ? AND row < ? AND alive",
            (first, end),
        )
        found = {row: (title, text) for row, title, text in read}
        return [found.get(row, ("", "")) for row in range(first, end)]

    def allowed(self, wanted: Filter) -> NDArray[np.bool_]:
        """Return whether each row is alive and what `wanted` asks for, shape (rows,)."""
        conditions, values = ["alive"], list[str]()
        corpora = wanted.corpora
        if wanted.trusted:
            named = self.trusted()
            corpora = tuple(named if corpora is None else named & set(corpora))
        for column, names in (("corpus", corpora), ("source", wanted.sources)):
            if names is not None:
                conditions.append(f"{column} IN ({','.join('?' * len(names))})")
                values += names
        for column, value in (("audience", wanted.audience), ("language", wanted.language)):
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        if wanted.since is not None:
            conditions.append("date >= ?")
            values.append(wanted.since)
        query = f"SELECT row FROM passages WHERE {' AND '.join(conditions)}"  # noqa: S608
        mask = np.zeros(self.rows(), dtype=bool)
        found = self._db.execute(query, values).fetchall()
        mask[[row for (row,) in found]] = True
        return mask


def digest_of(piece: Piece) -> bytes:
    """Return what two passages share that have the same title and the same words."""
    return hashlib.sha256(f"{piece.title}\0{piece.text}".casefold().encode()).digest()[:16]
