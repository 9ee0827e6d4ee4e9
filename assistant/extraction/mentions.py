"""A Mention: where in the plain text words stand for one or several findings."""

from collections.abc import Iterable
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

    def overlaps(self, other: "Mention") -> bool:
        """Whether both use some of the same text."""
        return self.start < other.end and other.start < self.end


def longest(mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions that stay when longer ones take their text first, in text order."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.length, m.kind, m.start, m.end)):
        same = next((k for k in kept if (k.start, k.end) == (mention.start, mention.end)), None)
        if same is not None and same.kind is mention.kind and same.length == mention.length:
            kept.remove(same)
            concepts = tuple(dict.fromkeys(same.concepts + mention.concepts))
            kept.append(Mention(concepts, same.start, same.end, same.length, same.kind, same.denied))
        elif not any(mention.overlaps(other) for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)
