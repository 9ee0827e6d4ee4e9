"""The extractor with the fine-tuned network; the lexicon's matches always stay beside it.

A few sentences at a time are read by the network of their script. What the lexicon finds is kept
whatever the network says, so that no red flag depends on it; the network says what is told of it. A
mention that only the network sees is linked to the finding whose phrase is nearest to it; one that
is near to none is heard, and is no finding.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.extraction.assertion import Status
from assistant.extraction.catalogue import reread
from assistant.extraction.english_words import Weight, tokens
from assistant.extraction.lacking import Lacks
from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.linking import Link, Linker
from assistant.extraction.mentions import Mention, Telling
from assistant.extraction.normalising import Normalised, normalise
from assistant.extraction.plausibility import PLAUSIBLE, plausibility
from assistant.extraction.sentences import Sentence, sentences
from assistant.extraction.tagger import Read, Tagged, Tagger
from assistant.extraction.weighing import Around, combined, denies_itself
from assistant.extraction.windows import Window, windows
from assistant.knowledge import Knowledge
from assistant.records.extraction import Extraction, Heard
from assistant.records.terms import Assertion, Language
from assistant.settings import Settings

# Single characters that tell a complaint by themselves, and words that tell none.
_ALONE_ZH = re.compile(r"[疼痛痒吐喘晕烧麻肿咳胀血泻累困怀孕胖瘦聋癌瘤炎疮疹疣痔瘫噎]")
_FUNCTION_ZH = re.compile(
    r"没有?|不是?|觉得|感觉|还是|就是|可能|好像|有点儿?|一点儿?|出现|发生|情况|又?发作"
)


@dataclass(slots=True)
class _Message:
    """One text, and what is found in it."""

    plain: Normalised
    parts: Sequence[Sentence]
    known: list[Mention]  # the lexicon's, or the one that was asked about
    opinions: dict[Mention, Tagged] = field(default_factory=dict)  # the network's word on each
    own: dict[Mention, Link] = field(default_factory=dict)  # its own, with what they mean
    linkers: dict[Mention, Linker] = field(default_factory=dict)  # of the network that has a word
    tellings: list[Telling] = field(default_factory=list)  # words that tell more of a mention


class TransformerExtractor:
    """Finds what was said, also in words that no phrase of the knowledge has."""

    def __init__(
        self,
        knowledge: Knowledge,
        encoder: Encoder | None,
        settings: Settings,
        lexical: LexicalExtractor | None = None,
        adapters: Mapping[str, Path] | None = None,
    ) -> None:
        """Load and verify the weights; raises ModelFileError where they are missing or changed.

        `lexical` is one of the same knowledge that stands already, so that it is not built twice.
        The Chinese network is loaded when the first Chinese text comes. `adapters`: folders of
        trained networks to use instead of the shipped ones, by their names (`extraction-en`).
        """
        self._lexical = lexical or LexicalExtractor(knowledge)
        self._knowledge, self._settings = knowledge, settings
        self._adapters = adapters or {}
        self._lacks = Lacks(knowledge)
        self._lock = Lock()
        self._taggers: dict[str, Tagger] = {}
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
        return self.extract_all([text], language=language, turn=turn, context=context)[0]

    def extract_all(
        self,
        texts: Sequence[str],
        *,
        language: Language,
        turn: int = 0,
        context: tuple[str, ...] = (),
    ) -> list[Extraction]:
        """Return what each text says, read in common batches; else as `extract`."""
        asked = tuple(c for c in context if c in self._knowledge.findings)
        messages = []
        for text in texts:
            plain = normalise(text)
            parts = sentences(plain.text)
            known = [m for ms in self._lexical.lexicon.match(parts, asked) for m in ms]
            messages.append(_Message(plain, parts, known))
        self._read(messages)
        return [
            reread(
                text,
                self._understood(message, turn),
                lambda words: self.extract(words, language=language, turn=turn, context=context),
            )
            for text, message in zip(texts, messages, strict=True)
        ]

    def _understood(self, message: _Message, turn: int) -> Extraction:
        found: list[tuple[Mention, Status]] = []
        for sentence in message.parts:
            every = [*message.known, *message.own]
            here = [m for m in every if sentence.start <= m.start < sentence.end]
            here.sort(key=lambda m: (m.start, m.end))
            for mention, status in self._lexical.judged(message.plain, sentence, here):
                found.append((mention, self._weighed(message, mention, status)))
        return self._lexical.assembled(
            message.plain, message.parts, found, turn, message.tellings,
            lambda mention: self._fitting(message, mention),
        )  # fmt: skip

    def _fitting(self, message: _Message, mention: Mention) -> float:
        """Return how near the network finds a mention to its finding; 0 where it does not say."""
        if mention not in message.linkers:
            return 0.0
        (near,) = message.linkers[mention].nearest([message.opinions[mention].vector])
        return dict(near).get(mention.concepts[0], 0.0)

    def asserted(self, text: str, start: int, end: int, language: Language) -> Heard:
        """Return what `text` says of its words [start, end), known to the lexicon or not.

        Raises as `extract` does, and InvalidInputError where no word stands between the offsets.
        """
        plain = normalise(text)
        parts = sentences(plain.text)
        sentence, mention, found = self._lexical.said_of(plain, parts, start, end)
        status = next(status for other, status in found if other is mention)
        message = _Message(plain, parts, [mention])
        self._read([message])
        if mention in message.opinions:
            status = combined(
                status, message.opinions[mention], guarded=False, known=True,
                around=Around.of(plain.text, mention.start, mention.end),
            )  # fmt: skip
        people = self._lexical.people(parts, found)
        return self._lexical.heard(plain, sentence, mention, status, people)

    def pooled(self, text: str, language: Language) -> NDArray[np.float32]:
        """Return one vector of a whole text, (768,), by the network of `language`.

        Raises as `extract` does.
        """
        tagger, _ = self._network(language)
        return np.asarray(tagger.pooled([text])[0])

    def _weighed(self, message: _Message, mention: Mention, status: Status) -> Status:
        if mention not in message.opinions or mention.denied:
            return status  # "afebrile" denies itself, which the network does not know
        guarded = bool(self._guarded.intersection(mention.concepts))
        known = mention not in message.own
        around = Around.of(message.plain.text, mention.start, mention.end)
        said = combined(
            status, message.opinions[mention], guarded=guarded, known=known, around=around
        )
        if known:
            return said
        if denies_itself(around.words):
            return replace(said, assertion=Assertion.ABSENT)
        denial = around.denial if said.assertion is Assertion.ABSENT else None
        if denial is not None and self._lacks.is_lack(mention.concepts[0], denial, around.words):
            return replace(said, assertion=Assertion.PRESENT, doubted=False)
        return said

    def _read(self, messages: Sequence[_Message]) -> None:
        """Give each message the network's word on its mentions, and the network's own mentions."""
        pieces = [(m, w) for m in messages for w in windows(m.plain.text, m.parts)]
        for chinese in (False, True):
            some = [(m, w) for m, w in pieces if w.chinese is chinese]
            if not some:
                continue
            tagger, linker = self._network(Language.CHINESE if chinese else Language.ENGLISH)
            within = [[k for k in m.known if w.start <= k.start < w.end] for m, w in some]
            spans = [
                [(k.start - w.start, min(k.end, w.end) - w.start) for k in ks]
                for (_, w), ks in zip(some, within, strict=True)
            ]
            read = tagger.read([m.plain.text[w.start : w.end] for m, w in some], spans)
            for (message, window), mentions, answers in zip(some, within, read, strict=True):
                message.tellings += [
                    Telling(d.start + window.start, d.end + window.start, d.kind)
                    for d in answers.details
                    if d.start < d.end
                ]
                given = zip(mentions, answers.given, strict=True)
                opinions = {m: t for m, t in given if t.confidence > 0}
                message.opinions |= opinions
                message.linkers |= dict.fromkeys(opinions, linker)
                fresh = _fresh(message, window, answers)
                links = linker.link([tagged.vector for _, tagged in fresh])
                for (span, tagged), link in zip(fresh, links, strict=True):
                    words, near = message.plain.text[slice(*span)], link.likeness
                    sites = self._lexical.lexicon.sites
                    if plausibility(tagged, words, near, chinese, sites) >= PLAUSIBLE:
                        meant, also = link.concepts[:1] or ("",), link.concepts[1:]
                        mention = Mention(meant, *span, 1, also=also)
                        message.opinions[mention], message.own[mention] = tagged, link

    def _network(self, language: Language) -> tuple[Tagger, Linker]:
        with self._lock:
            if language not in self._networks:
                settings = self._settings
                models: Path = settings.knowledge_dir / "models"
                both = settings.extraction_model == "multilingual"
                tagger = self._tagger(Language.CHINESE if both else language, models)
                linker = Linker(self._knowledge, tagger, models, settings.data_dir, language)
                self._networks[language] = tagger, linker
            return self._networks[language]

    def _tagger(self, language: Language, models: Path) -> Tagger:
        name = f"extraction-{language.value}"
        if name not in self._taggers:
            settings = self._settings
            self._taggers[name] = Tagger(
                name, models, threads=settings.threads,
                path=settings.encoder_path if language is Language.ENGLISH else None,
                allow_network=settings.allow_network, adapter=self._adapters.get(name),
            )  # fmt: skip
        return self._taggers[name]


def _fresh(message: _Message, window: Window, read: Read) -> list[tuple[tuple[int, int], Tagged]]:
    """Return the network's mentions that share no word with the lexicon's, each in its sentence."""
    found = []
    text, parts, known = message.plain.text, message.parts, message.known
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
        if _FUNCTION_ZH.fullmatch(words.strip()):
            return False
        return len(words.strip()) > 1 or bool(_ALONE_ZH.search(words))
    content = [t.text for t in tokens(words.lower()) if t.weight is Weight.CONTENT]
    return len("".join(content)) > 1
