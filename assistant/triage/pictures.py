"""Pictures and urgency: what is seen may raise the level, and nothing seen lowers it."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.knowledge import Sight
from assistant.records.diagnosis import Reason, Triage
from assistant.records.terms import Urgency


def with_pictures(without: Triage, weighed: Triage, sights: Sequence[Sight]) -> Triage:
    """Return the higher of the level without the pictures and the level that weighs them.

    Then each level that a verdict demands by itself; no model sets a floor, so the floor is that
    of `without`.
    """
    higher = weighed if weighed.level >= without.level else without
    demands = sorted(
        (_reason(sight) for sight in sights if sight.level > Urgency.SELF_CARE),
        key=lambda reason: (-reason.level.rank, reason.id),
    )
    level = max([higher.level, *(reason.level for reason in demands)])
    reasons = higher.reasons
    if demands and demands[0].level >= higher.level:
        kept = tuple(r for r in reasons if r.kind != "default" or r.level >= level)
        reasons = (*kept, *(r for r in demands if r.level >= higher.level))
    return replace(higher, level=level, floor=without.floor, reasons=reasons)


def _reason(sight: Sight) -> Reason:
    return Reason(
        kind="picture",
        id=sight.id,
        level=sight.level,
        findings=(sight.finding,),
        probability=sight.probability,
    )
