"""The lexicon: every phrase of the knowledge, and the mentions it finds in a text."""

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.extraction.chinese import ChineseMatcher
from assistant.extraction.english import EnglishMatcher, Entry
from assistant.extraction.english_words import Token
from assistant.extraction.gestation import births, gestations
from assistant.extraction.mentions import Kind, Mention, longest
from assistant.extraction.modifiers import Modifiers
from assistant.extraction.sentences import Sentence
from assistant.extraction.sites import Sites
from assistant.knowledge import Knowledge
from assistant.records.terms import Language

_GOING_ON = re.compile(
    r"\s*(and |but )?(it|this|that|they|these|the (pain|ache|feeling|rash|cough|bleeding))\b|"
    r"\s*(这|那|疼|痛|像|感觉|而且|一|越)",
    re.I,
)
# "It doesn't go down the leg": of a pain told in another turn. Where it is said to go there, what
# hurts would be a guess (a chest, a neck), so only a denial is taken.
_NOT_MOVING = re.compile(
    r"\s*(?:and |but |no,? )?(?:it|this|that|the pain|the ache)\b[^,;:]{0,8}?"
    r"(?:not|n't|nt|never) (?:go|going|travel|radiate|shoot|spread|move|run)\b",
    re.I,
)
_PART = re.compile(r"\s*[,;()（）、，/]\s*|\s+or\s+|\s*或者?\s*")


class Lexicon:
    """Finds mentions of findings by their phrases, in English, Chinese and both mixed."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._english = EnglishMatcher(self._entries(Language.ENGLISH))
        self._chinese = ChineseMatcher(self._entries(Language.CHINESE))
        self.sites = Sites(self._pains(Language.ENGLISH), self._pains(Language.CHINESE))
        self._names: dict[str, tuple[EnglishMatcher, ChineseMatcher]] = {}

    def _entries(self, language: Language) -> Iterator[tuple[str, Entry]]:
        for concept, entry in self._knowledge.findings.items():
            name = re.sub(r"\s*[(（].*?[)）]", "", entry.name.get(language))
            for phrase in {name, *entry.phrases.get(language)}:
                yield phrase, (concept, Kind.PHRASE)
            if language is Language.ENGLISH:  # "EF 30" stands among the Chinese phrases too
                for phrase in filter(str.isascii, entry.phrases.zh):
                    yield phrase, (concept, Kind.PHRASE)
            for modifier in entry.modifiers.get(language):
                yield modifier, (concept, Kind.MODIFIER)

    def _pains(self, language: Language) -> Iterator[tuple[str, str]]:
        for concept in self._knowledge.finding_ids:  # parents first: they keep the site
            entry = self._knowledge.findings[concept]
            if entry.kind.value == "symptom":
                for phrase in entry.phrases.get(language):
                    yield phrase, concept

    def tokens(self, sentence: Sentence) -> list[Token]:
        """Return the English tokens of a sentence."""
        return self._english.tokens(sentence.text, sentence.start) if sentence.english else []

    def match(self, parts: Sequence[Sentence], context: Sequence[str] = ()) -> list[list[Mention]]:
        """Return the mentions of each sentence, in order, one concept each.

        Longer phrases win over shorter ones in the same place. A modifier means its finding where
        the sentence, or the one before it that it goes on from, mentions the finding's parent, or
        where the finding (or its parent) is in `context`, the findings that were just asked about.
        """
        asked = set(context)
        for concept in context:
            asked |= self._knowledge.descendants(concept)
        result: list[list[Mention]] = []
        previous: list[Mention] = []
        for sentence in parts:
            every = self._raw(sentence, context)
            kept = longest((m for m in every if m.kind is not Kind.MODIFIER), self._beside)
            going_on = previous if _GOING_ON.match(sentence.text) else []
            modifiers = [m for m in every if m.kind is Kind.MODIFIER]
            kept += self._gestations(sentence)
            kept += Modifiers(self._knowledge, sentence, kept, going_on, asked).meant(modifiers)
            if not kept and not going_on and _NOT_MOVING.match(sentence.text):
                kept += self._moving(modifiers)
            single = _one_each(kept)
            result.append(single)
            previous = single or (previous if going_on else [])
        return result

    def _raw(self, sentence: Sentence, context: Sequence[str]) -> list[Mention]:
        found: list[Mention] = []
        if sentence.english:
            words = self.tokens(sentence)
            found += self._english.match(words) + self.sites.match(words)
            for concept in context:
                found += self._parts_of_name(concept)[0].match(words)
        if sentence.chinese:
            found += self._chinese.match(sentence.text, sentence.start)
            found += self.sites.match_chinese(sentence.text, sentence.start)
            for concept in context:
                found += self._parts_of_name(concept)[1].match(sentence.text, sentence.start)
        return found

    def _moving(self, modifiers: Iterable[Mention]) -> list[Mention]:
        """Return the modifiers, of two words and more, that can only mean where one pain goes."""
        return [
            m
            for m in modifiers
            if m.length > 1 and len(m.concepts) == 1 and "_radiating_" in m.concepts[0]
        ]

    def _gestations(self, sentence: Sentence) -> list[Mention]:
        text, start = sentence.text, sentence.start
        found = gestations(text, start) + births(text, start)
        return [m for m in found if m.concepts[0] in self._knowledge.findings]

    def _beside(self, shorter: Mention, longer: Mention) -> bool:
        """Whether a shorter mention is meant beside a longer one that uses some of its words.

        "Epigastric pain radiating to the back" is both; a mere word inside a longer phrase is not,
        nor what is inside a history ("history of a stroke"), nor what follows anyway.
        """
        findings = self._knowledge.findings
        inside = longer.start <= shorter.start and shorter.end <= longer.end
        if shorter.kind is Kind.SITE:
            return not inside and not shorter.denied
        if shorter.length < (3 if inside and shorter.end - shorter.start < 6 else 2):
            return False
        for concept in shorter.concepts:
            for other in longer.concepts:
                entry, above = findings[concept], findings[other]
                if concept == other or concept in self._knowledge.ancestors(other):
                    return False
                if inside and (entry.is_background or above.is_background):
                    return False
        return shorter.kind is Kind.PHRASE and not shorter.denied

    def _parts_of_name(self, concept: str) -> tuple[EnglishMatcher, ChineseMatcher]:
        """Return matchers for the parts of a finding's button label, as "crushing or tight"."""
        if concept not in self._names:
            name = self._knowledge.findings[concept].name
            entry = (concept, Kind.PHRASE)
            self._names[concept] = (
                EnglishMatcher((part, entry) for part in _PART.split(name.en) if part),
                ChineseMatcher((part, entry) for part in _PART.split(name.zh) if len(part) > 1),
            )
        return self._names[concept]


def _one_each(mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions in text order, one finding each, the same words once."""
    seen: set[tuple[str, int, int]] = set()
    single: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, m.end)):
        for concept in mention.concepts:
            key = (concept, mention.start, mention.end)
            if key not in seen:
                seen.add(key)
                single.append(
                    Mention(
                        (concept,),
                        mention.start,
                        mention.end,
                        mention.length,
                        mention.kind,
                        mention.denied,
                    )
                )
    return single
