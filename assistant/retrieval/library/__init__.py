"""Other people's medical texts: read, cut into passages, kept in one folder, and searched.

    files ─readers─▶ Document ─cutting─▶ passages ─catalogue, vectors, words─▶ Library.search

Whatever stands in such a text is quoted, never obeyed; see docs/retrieval.md.
"""

from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import AssistantError


class Trust(StrEnum):
    """What a corpus may be used for."""

    TRUSTED = "trusted"  # may be quoted in answers and advice
    SEARCH = "search"  # is found by a search, marked as not reviewed, and feeds no advice


class LibraryError(AssistantError):
    """An index cannot be used as it is; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document under its headings."""

    path: tuple[str, ...]  # headings from the title down
    text: str
    id: str = ""  # where the corpus has its own; otherwise made of the document's


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a corpus, and where it comes from."""

    id: str
    sections: tuple[Section, ...]
    source: str = ""  # who published it
    url: str = ""
    date: str = ""  # ISO 8601, as far as it is known: 2024, 2024-03, 2024-03-01
    licence: str = ""
    language: str = "en"
    audience: str = "patient"  # or "professional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What found passages must be; None: anything."""

    corpora: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    audience: str | None = None
    language: str | None = None
    since: str | None = None  # ISO 8601 date; what has no date is left out
    trusted: bool = False  # only what may be quoted in answers

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked for."""
        return self == Filter()
