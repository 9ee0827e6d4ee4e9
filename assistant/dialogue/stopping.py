"""When to stop asking: when no single answer would change the advice, or enough was asked."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.records.terms import Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """Estimates, tuned on the development dialogues."""

    least: int = 3  # questions beyond the opening, so that nobody is judged on one sentence
    sure: float = 0.5  # belief in the leading condition at which the picture is clear
    small_gain: float = 0.10  # value below which a question only matters if it changes the level
    patience: int = 7  # questions after which only a change of level is worth another one
    watched: int = 6  # best candidates whose both answers are tried out
    chance_of_emergency: float = 0.04  # of an answer that would make it one, still worth a question
    chance_of_change: float = 0.20  # of an answer that would change the level otherwise
    thorough: bool = False  # ask on for the diagnosis, below an emergency too, until certain
    certain: float = 0.97  # belief in the leading condition at which a thorough interview ends


def settled(
    asked: int,
    best_value: float,
    leading: float,
    level: Urgency,
    try_out: Callable[[], list[tuple[Urgency, float]]],
    rule: StopRule,
) -> bool:
    """Whether the advice can be given now.

    `try_out` returns the level that would follow from each answer to the most telling questions
    that are left, with the chance of that answer; it is only called where the cheaper tests leave
    it open.
    """
    if asked < rule.least:
        return False
    if rule.thorough:
        return leading >= rule.certain
    clear = leading >= rule.sure or best_value < rule.small_gain or asked >= rule.patience
    return clear and not any(_matters(other, level, chance, rule) for other, chance in try_out())


def _matters(other: Urgency, level: Urgency, chance: float, rule: StopRule) -> bool:
    """Whether an answer is likely enough for what it would change."""
    rises = other.is_emergency and other > level
    return other != level and chance >= (
        rule.chance_of_emergency if rises else rule.chance_of_change
    )
