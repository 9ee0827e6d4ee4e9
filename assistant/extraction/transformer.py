"""The extractor with the fine-tuned network; the lexicon's matches always stay beside it.

English sentences are tagged by the network. What the lexicon finds is kept whatever the network
says, so that no red flag depends on it; a mention that only the network sees is linked to the
finding whose phrase is nearest to it, or dropped where none is near. Chinese is left to the rules.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.encoding import Encoder
from assistant.errors import ModelFileError
from assistant.extraction.assertion import Status
from assistant.extraction.catalogue import reread
from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.linking import Linker
from assistant.extraction.mentions import Mention
from assistant.extraction.normalising import normalise
from assistant.extraction.sentences import Sentence, sentences
from assistant.extraction.tagger import Tagged, Tagger
from assistant.extraction.weighing import combined, denies_itself
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.records.extraction import Extraction
from assistant.records.terms import Assertion, Language
from assistant.settings import Settings

NAME = "extraction-en"
BASE = "all-MiniLM-L6-v2"
TAGGED = 0.5  # mean probability from which the network's own mention is linked


class TransformerExtractor:
    """Finds what was said, also in words that no phrase of the knowledge has."""

    def __init__(
        self,
        knowledge: Knowledge,
        encoder: Encoder | None,
        settings: Settings,
        lexical: LexicalExtractor | None = None,
    ) -> None:
        """Load and verify the weights; raises ModelFileError where they are missing or changed.

        `lexical` is one of the same knowledge that stands already, so that it is not built twice.
        """
        if encoder is None:
            raise ModelFileError(NAME, "it needs the encoder: set ANAMNESIS_ENCODER=minilm.")
        models: Path = settings.knowledge_dir / "models"
        _, base = locate(
            BASE, models, path=settings.encoder_path, allow_network=settings.allow_network
        )
        _, adapter = locate(NAME, models)
        self._lexical = lexical or LexicalExtractor(knowledge)
        self._knowledge = knowledge
        self._tagger = Tagger(base, adapter, threads=settings.threads)
        self._linker = Linker(knowledge, encoder, models, settings.data_dir)
        flags = knowledge.red_flags.values()
        self._guarded = frozenset(concept for flag in flags for concept in flag.concepts)

    def extract(
        self, text: str, *, language: Language, turn: int = 0, context: tuple[str, ...] = ()
    ) -> Extraction:
        """Return what `text` says; `context` holds the findings that were just asked about.

        Raises FloatingPointError where the network does not answer with finite numbers.
        """
        plain = normalise(text)
        parts = sentences(plain.text)
        asked = tuple(c for c in context if c in self._knowledge.findings)
        by_sentence = self._lexical.lexicon.match(parts, asked)
        tagged = self._tagged(parts)
        found: list[tuple[Mention, Status]] = []
        for sentence, known in zip(parts, by_sentence, strict=True):
            linked = self._linked(sentence, known, tagged.get(sentence, []))
            judged = self._lexical.judged(plain, sentence, [*known, *linked])
            for mention, status in judged:
                opinion = linked.get(mention)
                guarded = bool(self._guarded.intersection(mention.concepts))
                said = status if opinion is None else combined(status, opinion, guarded)
                if opinion and denies_itself(plain.text[mention.start : mention.end]):
                    said = replace(said, assertion=Assertion.ABSENT)
                found.append((mention, said))
        found.sort(key=lambda pair: (pair[0].start, pair[0].end))
        return reread(
            text,
            self._lexical.assembled(plain, parts, found, turn),
            lambda words: self.extract(words, language=language, turn=turn, context=context),
        )

    def _tagged(self, parts: Sequence[Sentence]) -> dict[Sentence, list[Tagged]]:
        """Return the mentions that the network sees in each English sentence."""
        english = [s for s in parts if s.english and not s.chinese]
        if not english:
            return {}
        seen, _ = self._tagger.read([sentence.text for sentence in english])
        return dict(zip(english, seen, strict=True))

    def _linked(
        self, sentence: Sentence, known: Sequence[Mention], tagged: Sequence[Tagged]
    ) -> dict[Mention, Tagged]:
        """Return the network's own mentions that a finding's phrase comes near to."""
        unknown = [
            t
            for t in tagged
            if t.confidence >= TAGGED
            and not any(
                m.start < t.end + sentence.start and t.start + sentence.start < m.end for m in known
            )
        ]
        concepts = self._linker.link([sentence.text[t.start : t.end] for t in unknown])
        return {
            Mention((concept,), t.start + sentence.start, t.end + sentence.start, 1): t
            for t, concept in zip(unknown, concepts, strict=True)
            if concept is not None
        }
