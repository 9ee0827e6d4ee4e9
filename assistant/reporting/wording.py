"""What a report needs of the sentences, and how a patient's words are made safe to print."""

import unicodedata
from collections.abc import Iterable
from typing import Protocol

from assistant.records.case import Profile
from assistant.records.terms import Language


class Sentences(Protocol):
    """Where the sentences of `prompts/` come from."""

    def say(self, line: str, language: Language, **slots: object) -> str:
        """Return the sentence called "act.line" with its slots filled."""

    def has(self, line: str) -> bool:
        """Whether there is a sentence of this name."""

    def finding(self, concept: str, language: Language) -> str:
        """Return a finding's name."""

    def condition(self, condition: str, language: Language) -> str:
        """Return a condition's name."""

    def join(self, parts: Iterable[str], language: Language) -> str:
        """Join with the language's comma."""

    def likelihood(self, probability: float, language: Language) -> str:
        """Return a probability in words."""

    def person(self, profile: Profile, language: Language) -> str:
        """Return age and sex in words."""


# Control and format characters (direction overrides, zero-width marks), surrogates, private use.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(words: str, limit: int = 4000) -> str:
    """Return somebody's words on one line, with nothing in them that a printer could obey.

    Line breaks become spaces, so that no quote can pass for a line of the report.

    >>> printable("chest\\x1b[31m pain\\n\\nUrgency: none")
    'chest [31m pain Urgency: none'
    """
    visible = "".join(" " if unicodedata.category(c) in _INVISIBLE else c for c in words)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def in_words(probability: float, sentences: Sentences, language: Language) -> str:
    """Return a picture model's calibrated probability in words, beside its percentage."""
    bounds = ((0.66, "high"), (0.33, "middle"), (0.0, "low"))  # thirds of its scale
    word = next(word for bound, word in bounds if probability >= bound)
    return sentences.say(f"report.picture_{word}", language)


def lasting(days: float, sentences: Sentences, language: Language) -> str:
    """Return a duration in the largest unit that tells it well."""
    if days < 1 / 24:
        return sentences.say("report.minutes", language)
    units = (
        (1, 1 / 24, "hour"),
        (14, 1, "day"),
        (60, 7, "week"),
        (730, 30.4, "month"),
        (float("inf"), 365.25, "year"),
    )
    unit, name = next((unit, name) for below, unit, name in units if days < below)
    number = max(1, round(days / unit))
    one = number == 1 and sentences.has(f"report.{name}")
    return sentences.say(f"report.{name}" if one else f"report.{name}s", language, n=number)
