"""What a check of the knowledge finds: a Problem, with its place and how grave it is."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether the knowledge may be used as it is."""

    ERROR = "error"  # not sound: a release must not have it
    WARNING = "warning"  # a clinician should look at it; it may be meant


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend, and where."""

    severity: Severity
    place: str  # "findings/cough/question", "conditions/asthma/findings/wheeze"
    message: str

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.place}: {self.message}"


def error(place: str, message: str) -> Problem:
    """Return a problem that must be mended."""
    return Problem(Severity.ERROR, place, message)


def warning(place: str, message: str) -> Problem:
    """Return a problem that somebody should look at."""
    return Problem(Severity.WARNING, place, message)
