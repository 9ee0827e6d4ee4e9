"""The extractor with the fine-tuned network; the lexicon's matches always stay beside it.

English sentences are tagged by the network. What the lexicon finds is kept whatever the network
says, so that no red flag depends on it; a mention that only the network sees is linked to the
finding whose phrase is nearest to it, or dropped where none is near. Chinese is left to the rules.
"""

from collections.abc import Sequence
from pathlib import Path

from assistant.encoding import Encoder
from assistant.errors import ModelFileError
from assistant.extraction.assertion import Status
from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.linking import Linker
from assistant.extraction.mentions import Kind, Mention
from assistant.extraction.normalising import normalise
from assistant.extraction.sentences import Sentence, sentences
from assistant.extraction.tagger import Tagged, Tagger
from assistant.extraction.weighing import combined
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.records.extraction import Extraction
from assistant.records.terms import Language
from assistant.settings import Settings

NAME = "extraction-en"
BASE = "all-MiniLM-L6-v2"
TAGGED = 0.5  # mean probability from which the network's own mention is linked


class TransformerExtractor:
    """Finds what was said, also in words that no phrase of the knowledge has."""

    def __init__(self, knowledge: Knowledge, encoder: Encoder | None, settings: Settings) -> None:
        """Load and verify the weights; raises ModelFileError where they are missing or changed."""
        if encoder is None:
            raise ModelFileError(NAME, "it needs the encoder: set ANAMNESIS_ENCODER=minilm.")
        models: Path = settings.knowledge_dir / "models"
        _, base = locate(
            BASE, models, path=settings.encoder_path, allow_network=settings.allow_network
        )
        _, adapter = locate(NAME, models)
        self._lexical = LexicalExtractor(knowledge)
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
        read = self._read(parts, by_sentence)
        found: list[tuple[Mention, Status]] = []
        for sentence, mentions in zip(parts, by_sentence, strict=True):
            own, opinions = read.get(sentence, ([], []))
            every = [*mentions, *self._linked(sentence, mentions, own)]
            judged = self._lexical.judged(plain, sentence, every)
            answers: list[Tagged | None] = [*opinions, *(None for _ in every[len(opinions) :])]
            for (mention, status), opinion in zip(judged, answers, strict=True):
                guarded = bool(self._guarded.intersection(mention.concepts))
                found.append((mention, combined(status, opinion, guarded)))
        found.sort(key=lambda pair: (pair[0].start, pair[0].end))
        return self._lexical.assembled(plain, parts, found, turn)

    def _read(
        self, parts: Sequence[Sentence], by_sentence: Sequence[Sequence[Mention]]
    ) -> dict[Sentence, tuple[list[Tagged], list[Tagged]]]:
        """Return what the network sees in each English sentence, and its word on the mentions."""
        english = [
            (sentence, mentions)
            for sentence, mentions in zip(parts, by_sentence, strict=True)
            if sentence.english and not sentence.chinese
        ]
        if not english:
            return {}
        spans = [
            [(m.start - sentence.start, m.end - sentence.start) for m in mentions]
            for sentence, mentions in english
        ]
        seen, asked = self._tagger.read([sentence.text for sentence, _ in english], spans)
        return {
            sentence: (own, opinions)
            for (sentence, _), own, opinions in zip(english, seen, asked, strict=True)
        }

    def _linked(
        self, sentence: Sentence, known: Sequence[Mention], tagged: Sequence[Tagged]
    ) -> list[Mention]:
        """Return the network's own mentions that a finding's phrase comes near to."""
        unknown = [
            (t.start + sentence.start, t.end + sentence.start)
            for t in tagged
            if t.confidence >= TAGGED
            and not any(
                m.start < t.end + sentence.start and t.start + sentence.start < m.end for m in known
            )
        ]
        words = [sentence.text[a - sentence.start : b - sentence.start] for a, b in unknown]
        return [
            Mention((concept,), start, end, 1, Kind.PHRASE)
            for (start, end), concept in zip(unknown, self._linker.link(words), strict=True)
            if concept is not None
        ]
