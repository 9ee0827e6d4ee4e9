"""A Finding: one clinical fact the patient stated, denied, or left open.

It keeps the words it came from, so every line of a report can be traced to something
the patient said. It holds no score and no advice.
"""

from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import InvalidRecordError
from assistant.records.terms import Assertion, Experiencer, Time


class Origin(StrEnum):
    """How a finding came into the case."""

    SAID = "said"  # taken from free text
    ANSWERED = "answered"  # a button or a plain yes or no
    PROFILE = "profile"  # from the form before the talk
    CORRECTED = "corrected"  # set by hand in the list of what was understood
    DERIVED = "derived"  # follows from a number, a duration or an age
    PICTURE = "picture"  # read in a picture by a model: evidence, never a fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding and its attributes; None always means "not asked yet"."""

    concept: str  # id in knowledge/findings, e.g. "chest_pain"
    assertion: Assertion
    evidence: str  # the patient's own words, verbatim; "" where there were none
    experiencer: Experiencer = Experiencer.PATIENT
    time: Time = Time.NOW
    duration_days: float | None = None  # how long before the utterance it began
    severity: int | None = None  # numeric rating scale, 0 (none) to 10 (worst)
    origin: Origin = Origin.SAID
    turn: int = 0  # the turn of the consultation it came from
    start: int | None = None  # offsets of the evidence in that turn's text
    end: int | None = None

    def __post_init__(self) -> None:
        if self.severity is not None and not 0 <= self.severity <= 10:
            raise InvalidRecordError("severity", "a whole number from 0 to 10")
        if self.duration_days is not None and not 0 <= self.duration_days <= 50_000:
            raise InvalidRecordError("duration_days", "between 0 and 50 000")

    @property
    def counts_now(self) -> bool:
        """Whether it is about the patient, now: only then does it describe this illness."""
        return self.experiencer is Experiencer.PATIENT and self.time is Time.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One number that was told: a vital sign or a laboratory value."""

    measure: str  # id in knowledge/derived.yaml, e.g. "temperature_c"
    value: float  # in the unit that the table names
    evidence: str
    turn: int = 0
    start: int | None = None
    end: int | None = None
