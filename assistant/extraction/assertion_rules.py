"""The form of a rule about negation, doubt, fear and time; the tables lie beside this file.

Terms as in ConText (Harkema 2009): a cue near a target changes what is said of the target, until
its scope ends. Every rule carries an example with the target in braces; a test runs each one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a cue does to a target in its scope."""

    ABSENT = "absent"
    GONE = "gone"  # it was there a moment ago
    POSSIBLE = "possible"
    UNSAID = "unsaid"  # feared, supposed or asked: nothing is stated
    PAST = "past"
    FAMILY = "family"  # it is told of the family
    NONE = "none"  # looks like another cue and is none


class Side(StrEnum):
    """Where the target stands."""

    AFTER_CUE = "after_cue"  # "no {fever}"
    BEFORE_CUE = "before_cue"  # "{fever}: none"


@dataclass(frozen=True, slots=True)
class Rule:
    """One cue: its words, its effect, on which side its targets stand and how far it reaches."""

    effect: Effect
    side: Side
    cue: re.Pattern[str]
    reach: int  # words between cue and target; in Chinese, characters
    example: str
    lists: bool = False  # its scope goes over commas: "denies fever, cough, rash"


def before(effect: Effect, cue: str, reach: int, example: str, lists: bool = False) -> Rule:
    """Return a rule whose cue stands before its targets."""
    return Rule(effect, Side.AFTER_CUE, re.compile(cue, re.I), reach, example, lists)


def after(effect: Effect, cue: str, reach: int, example: str, lists: bool = False) -> Rule:
    """Return a rule whose cue stands after its targets."""
    return Rule(effect, Side.BEFORE_CUE, re.compile(cue, re.I), reach, example, lists)
