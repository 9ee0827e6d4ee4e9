"""Modifiers: words such as "crushing" that mean a finding only beside a mention of its parent."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.extraction.durations import durations
from assistant.extraction.mentions import Mention
from assistant.extraction.sentences import Sentence
from assistant.knowledge import Knowledge

WORDS_BETWEEN = 9  # English words from a modifier to a mention of its parent
FAR = 200  # characters, whatever they are
CHARACTERS_BETWEEN = 16  # Chinese characters
BEFORE = 1000  # a distance behind every one within the sentence
# A plan to die is meant wherever it stands in a sentence about dying.
_ANYWHERE = frozenset(("suicide_plan",))
_WORD = re.compile(r"[A-Za-z0-9'/-]+")
_CHARACTER = re.compile(r"[㐀-鿿]")
# Here another matter begins: "gave birth ten days ago and now I have a fever".
_NEW_MATTER = re.compile(
    r"[;:]|\b(?:but|although|though|however|because)\b(?! (?:it|this|that|the pain)\b)|"
    r"但|可是|不过|另外|"
    r"(?:,|\b(?:and|then|so)\b)\s*(?:now|then|also|today)\b|"
    r"(?:[,，]|(?<=[㐀-鿿])\s+)(?:现在|今天|还有|另外)",
    re.I,
)


class Modifiers:
    """Decides which findings the modifiers of one sentence mean."""

    def __init__(
        self,
        knowledge: Knowledge,
        sentence: Sentence,
        kept: Sequence[Mention],
        going_on: Sequence[Mention],
        asked: set[str],
    ) -> None:
        """`kept`: the sentence's mentions; `going_on`: those of the sentence that it goes on from;
        `asked`: the findings that were just asked about, with their special forms."""
        self._knowledge, self._sentence, self._kept = knowledge, sentence, kept
        self._going_on, self._asked = going_on, asked
        self._times = durations(sentence.text)

    def meant(self, modifiers: Iterable[Mention]) -> list[Mention]:
        """Return the modifiers that mean a finding here, with the nearest findings of each."""
        found: list[Mention] = []
        for modifier in modifiers:
            distances = {c: self._distance_to(c, modifier) for c in self._possible(modifier)}
            best = {c: d for c, d in distances.items() if d is not None}
            if best:
                nearest = min(best.values())
                chosen = tuple(c for c, d in best.items() if d == nearest)
                found.append(replace(modifier, concepts=chosen))
        return found

    def _possible(self, modifier: Mention) -> list[str]:
        """Return what a modifier may mean: not what is told anyway, nor a part of other words."""
        over = [
            m
            for m in self._kept
            if m.overlaps(modifier) and not (modifier.start <= m.start and m.end <= modifier.end)
        ]
        return [
            concept
            for concept in modifier.concepts
            if all(self._family(concept).intersection(m.concepts) for m in over)
            and not any(concept in m.concepts for m in self._kept)
        ]

    def _distance_to(self, concept: str, modifier: Mention) -> int | None:
        if concept in self._asked:
            return 0
        family = self._family(concept)
        near = [
            self._gap(m, modifier)
            for m in self._kept
            if family.intersection(m.concepts) and not m.denied
            if concept in _ANYWHERE or self._beside(m, modifier)
        ]
        if near:
            return min(near)
        return BEFORE if any(family.intersection(m.concepts) for m in self._going_on) else None

    def _family(self, concept: str) -> set[str]:
        """Return the parent of a finding with all its special forms.

        With a pain also the pain that it is a part of: in "back pain, it goes down the leg" the
        modifier's parent is pain low in the back. "Clear" after "cough" is no clear sputum.
        """
        parent = self._knowledge.parent(concept)
        if parent is None:
            return set()
        wider = {a for a in self._knowledge.ancestors(parent) if a.endswith("_pain")}
        return {parent} | self._knowledge.descendants(parent) | wider

    def _beside(self, mention: Mention, modifier: Mention) -> bool:
        """Whether a mention is near enough to a modifier; a duration is its nearest mention's."""
        start, end = sorted((mention, modifier), key=lambda m: m.start)
        between = self._sentence.text[
            start.end - self._sentence.start : max(end.start - self._sentence.start, 0)
        ]
        if len(between) > FAR or _NEW_MATTER.search(between):
            return False
        if len(_WORD.findall(between)) > WORDS_BETWEEN:
            return False
        if len(_CHARACTER.findall(between)) > CHARACTERS_BETWEEN:
            return False
        return not self._is_time(modifier) or self._nearness(mention, modifier) <= min(
            self._nearness(m, modifier) for m in self._kept
        )

    def _nearness(self, mention: Mention, modifier: Mention) -> tuple[int, bool]:
        """Return how near a mention is to a duration, that before it first: 头疼一周发烧一天."""
        return self._gap(mention, modifier), mention.start > modifier.start

    def _is_time(self, modifier: Mention) -> bool:
        start, end = modifier.start - self._sentence.start, modifier.end - self._sentence.start
        return any(t.start < end and start < t.end for t in self._times)

    @staticmethod
    def _gap(mention: Mention, modifier: Mention) -> int:
        """Return how many characters stand between."""
        return max(mention.start - modifier.end, modifier.start - mention.end, 0)
