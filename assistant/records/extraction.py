"""What one utterance was found to say."""

from dataclasses import dataclass

from assistant.records.finding import Finding, Measurement
from assistant.records.terms import Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Findings, numbers, and what was told of the person, from one piece of text."""

    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    age_years: float | None = None
    sex: Sex | None = None
    duration_days: float | None = None  # a duration that belongs to no finding in the text
    severity: int | None = None  # a score 0 to 10 that belongs to no finding in the text
