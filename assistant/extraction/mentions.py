"""A Mention: where in the plain text words stand for one or several findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What was matched; the lower one wins where two are equally long."""

    PHRASE = 0  # a whole phrase: means the finding by itself
    SITE = 1  # a pain word and a part of the body put together
    MODIFIER = 2  # means the finding only beside a mention of its parent


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that stand for findings, at [start, end) of the plain text."""

    concepts: tuple[str, ...]
    start: int
    end: int
    length: int  # how much was matched: words in English, characters in Chinese
    kind: Kind = Kind.PHRASE
    denied: bool = False  # the words themselves deny it: "afebrile", 肚子不疼
    also: tuple[str, ...] = ()  # findings that the words may mean as well as the first one

    def overlaps(self, other: "Mention") -> bool:
        """Whether both use some of the same text."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Telling:
    """Words at [start, end) of the plain text that tell more of a mention."""

    start: int
    end: int
    kind: str  # one of ATTRIBUTES


def longest(
    mentions: Iterable[Mention], beside: Callable[[Mention, Mention], bool]
) -> list[Mention]:
    """Return the mentions that stay when longer ones take their text first, in text order.

    One that overlaps a longer one stays only where `beside(it, the longer one)` says that both
    are meant.
    """
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.length, m.kind, m.start, m.end)):
        over = [other for other in kept if mention.overlaps(other)]
        if all(_same(mention, other) or beside(mention, other) for other in over):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _same(a: Mention, b: Mention) -> bool:
    """Whether both are the same words, as where a phrase stands for two findings."""
    return (a.start, a.end, a.kind, a.length) == (b.start, b.end, b.kind, b.length)
