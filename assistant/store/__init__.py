"""Consultations kept in a database: SQLite by default, PostgreSQL by URL."""

from assistant.store.errors import StoreCorruptError, StoreError, StoreUnavailableError
from assistant.store.keeping import Kept, Store

__all__ = ["Kept", "Store", "StoreCorruptError", "StoreError", "StoreUnavailableError"]
