"""A Sample: one piece of text with what stands in it, as the network is taught it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar


class Teaches(Enum):
    """What of a sample is known, and so may be taught."""

    ALL = "all"
    STATUS = "status"  # only what is said of the given words; other mentions may stand there
    LINK = "link"  # only which finding the words mean


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stretch of a text that is a mention, and what is said of it."""

    start: int
    end: int
    concept: str  # "none" for a complaint that the knowledge has no finding for
    assertion: str = "present"
    experiencer: str = "patient"
    time: str = "now"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A stretch of a text that tells more of a mention: when, how bad, how often …"""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One text with its mentions and attributes, apart from each other and in order."""

    text: str
    mentions: tuple[Labelled, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    teaches: Teaches = Teaches.ALL


_Stretch = TypeVar("_Stretch", Labelled, Attribute)


def replaced(sample: Sample, start: int, end: int, new: str) -> Sample:
    """Return the sample with [start, end) replaced, and its stretches moved along.

    A stretch of which nothing is left is dropped. Text that is put in where a stretch begins
    becomes a part of it; where one ends, it does not.
    """
    shift = len(new) - (end - start)

    def moved(place: int) -> int:
        return place if place <= start else max(start, place + shift)

    def kept(stretches: tuple[_Stretch, ...]) -> tuple[_Stretch, ...]:
        there = (replace(s, start=moved(s.start), end=moved(s.end)) for s in stretches)
        return tuple(s for s in there if s.end > s.start)

    return replace(
        sample,
        text=sample.text[:start] + new + sample.text[end:],
        mentions=kept(sample.mentions),
        attributes=kept(sample.attributes),
    )


def with_mention(sample: Sample, index: int, words: str, concept: str) -> Sample:
    """Return the sample with other words for its mention `index`, which then means `concept`."""
    old = sample.mentions[index]
    shift = len(words) - (old.end - old.start)

    def later(place: int) -> int:
        return place + shift if place >= old.end else place

    mentions = [replace(m, start=later(m.start), end=later(m.end)) for m in sample.mentions]
    mentions[index] = replace(old, end=old.end + shift, concept=concept)
    return replace(
        sample,
        text=sample.text[: old.start] + words + sample.text[old.end :],
        mentions=tuple(mentions),
        attributes=tuple(
            replace(a, start=later(a.start), end=later(a.end)) for a in sample.attributes
        ),
    )


def everywhere(sample: Sample, change: Callable[[str], str]) -> Sample:
    """Return the sample with `change`, which keeps the length, done to its whole text."""
    text = change(sample.text)
    if len(text) != len(sample.text):
        return sample
    return replace(sample, text=text)
