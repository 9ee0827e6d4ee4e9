"""Medical passages: what they are made of, and how they are found."""

from dataclasses import dataclass
from typing import Protocol

from assistant.records.diagnosis import Passage
from assistant.records.terms import Language
from assistant.registry import Backend, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What passages are wanted for: words, and the conditions that they should be about."""

    text: str
    conditions: tuple[str, ...] = ()  # ids; empty: any
    language: Language = Language.ENGLISH  # of the passages that are shown


class Retriever(Protocol):
    """Anything that finds passages."""

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Return up to n passages, best first."""


# Every back-end takes `knowledge`, `encoder` and `data_dir`; "none" has no index of vectors.
RETRIEVERS: Registry[Retriever] = Registry(
    "retriever",
    {
        "faiss": Backend("assistant.retrieval.faiss:FaissRetriever", "faiss", "cpu"),
        "none": Backend("assistant.retrieval.lexical:LexicalRetriever"),
    },
)
