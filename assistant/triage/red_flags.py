"""Red flags set a floor under the urgency, whatever any model says."""

from assistant.knowledge import Facts, Knowledge, within
from assistant.knowledge.schema import RedFlagEntry
from assistant.records.case import Profile
from assistant.records.diagnosis import Reason
from assistant.records.terms import Urgency


def fired(facts: Facts, profile: Profile, knowledge: Knowledge) -> tuple[Reason, ...]:
    """Return the red flags that stand, most urgent first.

    "Possible" counts as present, and so does what was told before and not corrected by hand.
    """
    reasons = [
        Reason(
            kind="red_flag",
            id=flag_id,
            level=flag.level,
            findings=tuple(sorted(flag.concepts & facts.ever)),
        )
        for flag_id, flag in knowledge.red_flags.items()
        if concerns(flag, profile) and unmet_lines(flag, facts.ever) == 0
    ]
    return tuple(sorted(reasons, key=lambda r: (-r.level.rank, -len(r.findings), r.id)))


def floor_of(reasons: tuple[Reason, ...]) -> Urgency:
    """Return the most urgent level that any of these demands."""
    return max((reason.level for reason in reasons), default=Urgency.SELF_CARE)


def concerns(flag: RedFlagEntry, profile: Profile) -> bool:
    """Whether a flag is about people of this age and sex.

    A sex that was not told keeps no flag from firing, nor does an age for flags about adults; only
    flags about children need to know that it is a child.
    """
    if flag.sex is not None and profile.sex is not None and flag.sex is not profile.sex:
        return False
    if flag.age is None:
        return True
    if profile.age_years is None:
        return flag.age[1] is None
    return within(profile.age_years, flag.age)


def unmet_lines(flag: RedFlagEntry, stated: frozenset[str]) -> int:
    """Return how many lines of a flag are not met yet."""
    return sum(len(stated.intersection(line.of)) < line.at_least for line in flag.lines)
