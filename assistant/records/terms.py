"""The closed vocabularies: urgency, assertion, experiencer, time, sex, language."""

from enum import Enum, StrEnum
from functools import total_ordering


class Language(StrEnum):
    """A language the interface speaks."""

    ENGLISH = "en"
    CHINESE = "zh"


class Sex(StrEnum):
    """Sex as it matters for risk; None elsewhere means "not told"."""

    FEMALE = "female"
    MALE = "male"


class Assertion(StrEnum):
    """What is known of a finding; UNKNOWN means asked and unclear, never "no"."""

    PRESENT = "present"
    ABSENT = "absent"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


class Withdrawal(StrEnum):
    """Why an entry in the list of what was understood is taken back by hand."""

    NOT_MINE = "not_mine"  # somebody else's: kept as theirs
    REMOVE = "remove"  # not said, or not meant: as if it had never been heard


class Experiencer(StrEnum):
    """Whose finding it is."""

    PATIENT = "patient"
    RELATIVE = "relative"


class Time(StrEnum):
    """When it was: part of this illness, or over before it."""

    NOW = "now"
    PAST = "past"


@total_ordering
class Urgency(Enum):
    """How soon somebody needs help; ordered, so `max` is the more urgent."""

    SELF_CARE = "self_care"
    CONSULTATION = "consultation"
    CONSULTATION_24H = "consultation_24h"
    EMERGENCY = "emergency"
    EMERGENCY_AMBULANCE = "emergency_ambulance"

    def __init__(self, _: str) -> None:
        self.rank = len(type(self).__members__)  # 0 for self-care to 4 for an ambulance

    @property
    def is_emergency(self) -> bool:
        """Whether help is needed now."""
        return self >= Urgency.EMERGENCY

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Urgency):
            return NotImplemented
        return self.rank < other.rank
