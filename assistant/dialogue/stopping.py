"""When to stop asking: when no single answer would change the advice, or enough was asked."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.records.terms import Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """Estimates, tuned on the development dialogues."""

    least: int = 2  # questions beyond the opening, so that nobody is judged on one sentence
    sure: float = 0.65  # belief in the leading condition at which the picture is clear
    small_gain: float = 0.10  # value below which a question only matters if it changes the level
    patience: int = 8  # questions after which only a change of level is worth another one
    watched: int = 6  # best candidates whose both answers are tried out


def settled(
    asked: int,
    best_value: float,
    leading: float,
    level: Urgency,
    try_out: Callable[[], list[Urgency]],
    rule: StopRule,
) -> bool:
    """Whether the advice can be given now.

    `try_out` returns the levels that would follow from each likely answer to the questions that
    are left; it is only called where the cheaper tests leave it open.
    """
    if asked < rule.least:
        return False
    clear = leading >= rule.sure or best_value < rule.small_gain or asked >= rule.patience
    return clear and all(other == level for other in try_out())
