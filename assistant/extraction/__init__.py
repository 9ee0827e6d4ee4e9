"""From words to findings: mentions, assertion, linking to concepts, numbers."""

from typing import Protocol

from assistant.records.extraction import Extraction
from assistant.records.terms import Language
from assistant.registry import Backend, Registry


class Extractor(Protocol):
    """Anything that finds what a patient or a clinician said."""

    def extract(
        self, text: str, *, language: Language, turn: int = 0, context: tuple[str, ...] = ()
    ) -> Extraction:
        """Return what `text` says; `context` holds the findings that were just asked about."""


EXTRACTORS: Registry[Extractor] = Registry(
    "extractor",
    {
        "lexicon": Backend("assistant.extraction.lexical:LexicalExtractor"),
        "transformer": Backend("assistant.extraction.transformer:TransformerExtractor"),
    },
)
