"""What an unexplained complaint demands: the rules of thumb of triage desks, as risk, not as floor.

They hold while nothing that was told explains the complaint, so a talk goes on to ask for it; once
it is over, or where there is none, what stays unexplained is advised at its level.
"""

from assistant.knowledge import Facts, Knowledge, within
from assistant.records.case import Profile
from assistant.records.diagnosis import Reason


def unexplained(facts: Facts, profile: Profile, knowledge: Knowledge) -> tuple[Reason, ...]:
    """Return the presentations that stand, most urgent first.

    An age that was not told is an adult's: a rule about adults holds, one about the young does not.
    """
    stated = facts.stated
    reasons = [
        Reason(
            kind="presentation",
            id=name,
            level=entry.level,
            findings=tuple(sorted(stated.intersection(f for line in entry.when for f in line))),
        )
        for name, entry in knowledge.presentations.items()
        if all(stated.intersection(line) for line in entry.when)
        and not stated.intersection(entry.unless)
        and _concerns(entry.age, profile)
    ]
    return tuple(sorted(reasons, key=lambda reason: (-reason.level.rank, reason.id)))


def _concerns(age: tuple[float | None, float | None] | None, profile: Profile) -> bool:
    if age is None:
        return True
    if profile.age_years is None:
        return age[1] is None
    return within(profile.age_years, age)
