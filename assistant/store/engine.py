"""The connection: a SQLite file that survives a power cut and keeps no trace of what was erased."""

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url

from assistant.errors import InvalidInputError
from assistant.store.errors import StoreUnavailableError, translated

BUSY_SECONDS = 5.0  # how long a writer waits for another one
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # NORMAL may lose the last commits in a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # erased rows are overwritten with zeros
    "temp_store = MEMORY",
)


def connect(url: str, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine for `url`; a SQLite file is made where there is none, for its owner only.

    `busy_seconds` is how long one writer of a SQLite file waits for another.

    Raises InvalidInputError for a URL that cannot be used, StoreUnavailableError where the
    folder or the database driver is not there.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise InvalidInputError("database_url is not a database URL.") from error
    if parsed.get_backend_name() != "sqlite":
        return _server(url)
    if parsed.database in (None, "", ":memory:"):
        raise InvalidInputError("database_url must name a file: sqlite:////path/to/file.db")
    _prepare(Path(str(parsed.database)))
    engine = create_engine(
        parsed, hide_parameters=True, connect_args={"timeout": busy_seconds}, pool_timeout=10
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def checkpoint(engine: Engine, wait: bool = True) -> bool:
    """Move the write-ahead log into the database and empty it; whether that could be done.

    Until then the log still holds the pages of erased rows. A reader in the way is waited for as
    long as a writer would wait, or not at all. Does nothing on other databases.
    """
    if engine.dialect.name != "sqlite":
        return True
    with translated():
        raw = engine.raw_connection()
        try:
            connection = _driver(raw.driver_connection)
            (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {patience if wait else 0}")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {patience}")
        finally:
            raw.close()
    return not busy


class Queue:
    """Lets the threads of this process write to a SQLite file one after the other.

    SQLite itself has no queue: a writer that finds it locked sleeps, and others overtake it.
    """

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._lock = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._seconds = seconds

    def __enter__(self) -> None:
        if self._lock is not None and not self._lock.acquire(timeout=self._seconds):
            raise StoreUnavailableError("too many are writing; try again in a moment")

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()


def _server(url: str) -> Engine:
    try:
        with translated():
            return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_timeout=10)
    except ModuleNotFoundError as error:
        missing = f"the driver {error.name} is not installed (pip install {error.name})"
        raise StoreUnavailableError(missing) from error


def _prepare(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))  # -wal and -shm take its mode
    except PermissionError as error:
        raise StoreUnavailableError("its file may not be written by this user") from error
    except OSError as error:
        raise StoreUnavailableError(f"its file cannot be opened ({error.strerror})") from error


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a transaction that will write waits at its start, and never fails in the middle.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _driver(connection: Any) -> sqlite3.Connection:
    assert isinstance(connection, sqlite3.Connection)
    return connection
