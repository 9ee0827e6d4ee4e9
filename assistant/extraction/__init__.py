"""From words to findings: mentions, assertion, linking to concepts, numbers."""

from typing import Protocol

from assistant.records.extraction import Extraction, Heard
from assistant.records.terms import Language
from assistant.registry import Backend, Registry


class Extractor(Protocol):
    """Anything that finds what a patient or a clinician said."""

    def extract(
        self, text: str, *, language: Language, turn: int = 0, context: tuple[str, ...] = ()
    ) -> Extraction:
        """Return what `text` says; `context` holds the findings that were just asked about."""

    def asserted(self, text: str, start: int, end: int, language: Language) -> Heard:
        """Return what `text` says of its words [start, end), known to the lexicon or not.

        The words are taken as they are: "afebrile" is not itself a denial here. Raises
        InvalidInputError where no word stands between the offsets.
        """


EXTRACTORS: Registry[Extractor] = Registry(
    "extractor",
    {
        "lexicon": Backend("assistant.extraction.lexical:LexicalExtractor"),
        "transformer": Backend("assistant.extraction.transformer:TransformerExtractor"),
    },
)
