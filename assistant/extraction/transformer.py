"""The extractor with the fine-tuned network; the lexicon's matches always stay beside it.

A few sentences at a time are read by the network of their script. What the lexicon finds is kept
whatever the network says, so that no red flag depends on it; the network says what is told of it. A
mention that only the network sees is linked to the finding whose phrase is nearest to it; one that
is near to none is heard, and is no finding.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.extraction.assertion import Status
from assistant.extraction.catalogue import reread
from assistant.extraction.english_words import Weight, tokens
from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.linking import Link, Linker
from assistant.extraction.mentions import Mention
from assistant.extraction.normalising import Normalised, normalise
from assistant.extraction.sentences import Sentence, sentences
from assistant.extraction.tagger import Read, Tagged, Tagger
from assistant.extraction.weighing import combined, denies_itself
from assistant.extraction.windows import Window, windows
from assistant.knowledge import Knowledge
from assistant.records.extraction import Extraction, Heard
from assistant.records.terms import Assertion, Language
from assistant.settings import Settings

# Mean probabilities of being in a mention, chosen on the tuning half of the gold set.
LINKED = 0.55  # from here the network's own mention counts, where a finding is near
# From here it is heard although no finding is near; in Chinese more of them are complaints.
OUTSIDE = {False: 0.9, True: 0.6}
_PLACELESS_ZH = re.compile(r"[疼痛痒吐喘晕烧麻肿咳胀血泻累困]")


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
        The Chinese network is loaded when the first Chinese text comes.
        """
        self._lexical = lexical or LexicalExtractor(knowledge)
        self._knowledge, self._settings = knowledge, settings
        self._lock = Lock()
        self._networks: dict[Language, tuple[Tagger, Linker]] = {}
        self._network(Language.ENGLISH)
        dangers = {concept for flag in knowledge.red_flags.values() for concept in flag.concepts}
        self._guarded = frozenset(
            f for f in knowledge.findings if {f, *knowledge.ancestors(f)} & dangers
        )

    def extract(
        self, text: str, *, language: Language, turn: int = 0, context: tuple[str, ...] = ()
    ) -> Extraction:
        """Return what `text` says; `context` holds the findings that were just asked about.

        Raises FloatingPointError where the network does not answer with finite numbers.
        """
        plain = normalise(text)
        parts = sentences(plain.text)
        asked = tuple(c for c in context if c in self._knowledge.findings)
        known = [m for ms in self._lexical.lexicon.match(parts, asked) for m in ms]
        opinions, own = self._read(plain.text, parts, known)
        found: list[tuple[Mention, Status]] = []
        for sentence in parts:
            here = [m for m in [*known, *own] if sentence.start <= m.start < sentence.end]
            here.sort(key=lambda m: (m.start, m.end))
            for mention, status in self._lexical.judged(plain, sentence, here):
                found.append((mention, self._weighed(plain, mention, status, opinions, own)))
        return reread(
            text,
            self._lexical.assembled(plain, parts, found, turn),
            lambda words: self.extract(words, language=language, turn=turn, context=context),
        )

    def asserted(self, text: str, start: int, end: int, language: Language) -> Heard:
        """Return what `text` says of its words [start, end), known to the lexicon or not.

        Raises as `extract` does, and InvalidInputError where no word stands between the offsets.
        """
        plain = normalise(text)
        parts = sentences(plain.text)
        sentence, mention, found = self._lexical.said_of(plain, parts, start, end)
        status = next(status for other, status in found if other is mention)
        opinions, _ = self._read(plain.text, parts, [mention])
        if mention in opinions:
            status = combined(status, opinions[mention], guarded=False, known=True)
        people = self._lexical.people(parts, found)
        return self._lexical.heard(plain, sentence, mention, status, people)

    def pooled(self, text: str, language: Language) -> NDArray[np.float32]:
        """Return one vector of a whole text, (768,), by the network of `language`.

        Raises as `extract` does.
        """
        tagger, _ = self._network(language)
        return np.asarray(tagger.pooled([text])[0])

    def _weighed(
        self,
        plain: Normalised,
        mention: Mention,
        status: Status,
        opinions: dict[Mention, Tagged],
        own: dict[Mention, Link],
    ) -> Status:
        if mention not in opinions or mention.denied:
            return status  # "afebrile" denies itself, which the network does not know
        guarded = bool(self._guarded.intersection(mention.concepts))
        known = mention not in own
        said = combined(status, opinions[mention], guarded, known)
        if not known and denies_itself(plain.text[mention.start : mention.end]):
            said = replace(said, assertion=Assertion.ABSENT)
        return said

    def _read(
        self, text: str, parts: Sequence[Sentence], known: Sequence[Mention]
    ) -> tuple[dict[Mention, Tagged], dict[Mention, Link]]:
        """Return the network's word on each mention, and its own mentions with what they mean."""
        opinions: dict[Mention, Tagged] = {}
        own: dict[Mention, Link] = {}
        pieces = windows(text, parts)
        for chinese in (False, True):
            some = [w for w in pieces if w.chinese is chinese]
            if not some:
                continue
            tagger, linker = self._network(Language.CHINESE if chinese else Language.ENGLISH)
            within = [[m for m in known if w.start <= m.start < w.end] for w in some]
            spans = [
                [(m.start - w.start, min(m.end, w.end) - w.start) for m in ms]
                for w, ms in zip(some, within, strict=True)
            ]
            read = tagger.read([text[w.start : w.end] for w in some], spans)
            for window, mentions, answers in zip(some, within, read, strict=True):
                given = zip(mentions, answers.given, strict=True)
                opinions |= {m: t for m, t in given if t.confidence > 0}
                fresh = _fresh(text, window, parts, known, answers)
                links = linker.link([tagged.vector for _, tagged in fresh])
                for (span, tagged), link in zip(fresh, links, strict=True):
                    if tagged.confidence >= (LINKED if link.concepts else OUTSIDE[chinese]):
                        mention = Mention(link.concepts[:1] or ("",), *span, 1)
                        opinions[mention], own[mention] = tagged, link
        return opinions, own

    def _network(self, language: Language) -> tuple[Tagger, Linker]:
        with self._lock:
            if language not in self._networks:
                settings = self._settings
                models: Path = settings.knowledge_dir / "models"
                tagger = Tagger(
                    f"extraction-{language.value}", models, threads=settings.threads,
                    path=settings.encoder_path if language is Language.ENGLISH else None,
                    allow_network=settings.allow_network,
                )  # fmt: skip
                linker = Linker(self._knowledge, tagger, models, settings.data_dir, language)
                self._networks[language] = tagger, linker
            return self._networks[language]


def _fresh(
    text: str, window: Window, parts: Sequence[Sentence], known: Sequence[Mention], read: Read
) -> list[tuple[tuple[int, int], Tagged]]:
    """Return the network's mentions that share no word with the lexicon's, each in its sentence."""
    found = []
    for tagged in read.mentions:
        start, end = tagged.start + window.start, tagged.end + window.start
        sentence = next((s for s in parts if s.start <= start < s.end), None)
        if sentence is None:
            continue
        end = min(end, sentence.end)
        if not any(m.start < end and start < m.end for m in known) and _tells(text[start:end]):
            found.append(((start, end), tagged))
    return found


def _tells(words: str) -> bool:
    """Whether words carry meaning: more than little words, or one telling Chinese character.

    >>> _tells("of the"), _tells("HA"), _tells("疼"), _tells("下")
    (False, True, True, False)
    """
    if not words.isascii():
        return len(words.strip()) > 1 or bool(_PLACELESS_ZH.search(words))
    content = [t.text for t in tokens(words.lower()) if t.weight is Weight.CONTENT]
    return len("".join(content)) > 1
