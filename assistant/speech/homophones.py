"""Medical words that sound like what was written: 二甲双胍 where 二假双瓜 stands.

Mandarin has few syllables, and Whisper chooses among the characters of one by what is usual on the
web. Here each stretch of a transcript that sounds like a name in the knowledge gives another way
to write it. The transcriber says how likely both are with what it heard, and `taken` decides. What
was rewritten against the transcriber's own choice is told, so that it is looked at first.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from assistant.knowledge import Knowledge

_SHORTEST, _LONGEST = 2, 6  # characters of a name
_MOST = 6  # rewritings of one transcript that are tried
# Estimate, on synthetic voices: how much less likely (nats) a name of so many characters may be
# than what was written. Two syllables are often alike by chance, four hardly ever.
_LESS_LIKELY = {2: 3.5, 3: 9.5, 4: 20.0}
_OFTEN = 20  # names that two characters stand in, to be taken for a word: 胳膊, 小便
_NO_WORDS = frozenset("的了又有里一不在起来得着就还很都和没上下个是到出子发性")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
# Not told apart by many who speak, nor by a small model.
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FINALS = (("ing", "in"), ("eng", "en"))


class Rewriting(NamedTuple):
    """Where in a text something else may stand, and what."""

    at: int
    name: str

    def of(self, text: str) -> str:
        """Return the text with the name in its place; as long as before."""
        return text[: self.at] + self.name + text[self.at + len(self.name) :]


Rewritings = Callable[[str], Iterable[Rewriting]]


class Homophones:
    """The Chinese names of the knowledge, by their sound; gathered when first asked."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def rewritings(self, text: str) -> list[Rewriting]:
        """Return what might stand in a text instead, the longest names first; `_MOST` at most."""
        found: dict[Rewriting, None] = {}
        for run in _HAN.finditer(text):
            sounds = sound(run[0])
            for size in range(min(_LONGEST, len(run[0])), _SHORTEST - 1, -1):
                for at in range(len(run[0]) - size + 1):
                    names = self._by_sound.get(sounds[at : at + size], ())
                    if run[0][at : at + size] not in names:
                        found |= dict.fromkeys(Rewriting(run.start() + at, n) for n in names)
        return sorted(found, key=lambda rewriting: -len(rewriting.name))[:_MOST]

    @cached_property
    def _by_sound(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        names = {
            name
            for name in _names(self._knowledge)
            if _HAN.fullmatch(name) and _SHORTEST <= len(name) <= _LONGEST
        }
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        for name in sorted(names | _words(self._knowledge)):
            key = sound(name)
            found[key] = (*found.get(key, ()), name)
        return found


class Taken(NamedTuple):
    """A text with the rewritings that were taken, and those that were written otherwise first."""

    text: str
    doubtful: tuple[str, ...] = ()  # names that the transcriber finds less likely


def taken(text: str, rewritings: Iterable[Rewriting], likelihood: Callable[[str], float]) -> Taken:
    """Return the text with those rewritings that are likely enough.

    `likelihood` gives the log likelihood (nats) of a text with the sound that was heard.
    """
    best, doubtful, chance = text, [], None
    for rewriting in rewritings:
        place = slice(rewriting.at, rewriting.at + len(rewriting.name))
        if best[place] != text[place]:
            continue  # a longer name stands there already
        chance = likelihood(best) if chance is None else chance
        other = likelihood(rewriting.of(best))
        if other >= chance - _LESS_LIKELY[min(len(rewriting.name), 4)]:
            doubtful += [rewriting.name] if other < chance else []
            best, chance = rewriting.of(best), other
    return Taken(best, tuple(doubtful))


def sound(text: str) -> tuple[str, ...]:
    """Return a syllable for each character, without tones and what is seldom told apart.

    >>> sound("哮喘") == sound("销传")
    True
    """
    from pypinyin import Style, lazy_pinyin  # 50 MB that English does without

    return tuple(_alike(syllable) for syllable in lazy_pinyin(text, style=Style.NORMAL))


def _alike(syllable: str) -> str:
    for long, short in _ALIKE:
        if syllable.startswith(long):
            syllable = short + syllable[len(long) :]
    for long, short in _FINALS:
        if syllable.endswith(long):
            return syllable[: -len(long)] + short
    return syllable


def _names(knowledge: Knowledge) -> Iterable[str]:
    for finding in knowledge.findings.values():
        yield from (finding.name.zh, *finding.phrases.zh)
    for condition in knowledge.conditions.values():
        yield from (condition.name.zh, *condition.synonyms.zh)


def _words(knowledge: Knowledge) -> set[str]:
    """Return what stands in so many names that it is a word of its own."""
    often: Counter[str] = Counter()
    for name in set(_names(knowledge)):
        for run in _HAN.findall(name):
            often.update({run[i : i + 2] for i in range(len(run) - 1)})
    return {w for w, count in often.items() if count >= _OFTEN and not _NO_WORDS & set(w)}
