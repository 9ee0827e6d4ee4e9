"""What can go wrong with the store; nothing that was kept is lost by any of these."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from assistant.errors import AssistantError

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_SAID = {
    "SQLITE_BUSY": "another program holds it; try again in a moment",
    "SQLITE_LOCKED": "another program holds it; try again in a moment",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it cannot be written; check who may write the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; check the folder and its permissions",
    "SQLITE_IOERR": "the disk reports an error",
}


class StoreError(AssistantError):
    """Base of the store's errors."""


class StoreUnavailableError(StoreError):
    """The database cannot be used now: locked, read-only, full or out of reach."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"The database is not available: {problem}. Nothing was lost.")


class StoreCorruptError(StoreError):
    """What the database holds cannot be read; it is left as it is."""

    def __init__(self) -> None:
        super().__init__(
            "The database is damaged. It was left untouched: stop the server, keep a copy of the "
            "file, and restore a backup or choose another ANAMNESIS_DATABASE_URL."
        )


@contextmanager
def translated() -> Iterator[None]:
    """Turn database errors into ours; conflicts (IntegrityError) pass through as they are."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except exc.NoSuchModuleError as error:
        raise StoreUnavailableError("its URL names no known kind of database") from error
    except exc.DBAPIError as error:
        raise _meaning(error.orig) from error
    except sqlite3.Error as error:
        raise _meaning(error) from error
    except exc.TimeoutError as error:
        raise StoreUnavailableError("too many requests at once; try again in a moment") from error


def _meaning(error: BaseException | None) -> StoreError:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(_DAMAGED):
        return StoreCorruptError()
    for code, said in _SAID.items():
        if name.startswith(code):
            return StoreUnavailableError(said)
    return StoreUnavailableError(f"it answered with {name or type(error).__name__}")
