"""What one utterance was found to say."""

from dataclasses import dataclass

from assistant.records.finding import Finding, Measurement
from assistant.records.terms import Sex

ASSERTIONS = ("present", "absent", "possible", "hypothetical")  # what may be said of a mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Words for one finding and what is said of them; it is measured and shown, never stored.

    A Finding is what counts for the patient; a Heard is what was said, also where it states
    nothing: something only feared, asked or supposed is `hypothetical`. What was there and passed
    is `present` with time `past`.
    """

    start: int  # offsets in the text as it was given
    end: int
    concept: str | None  # id in knowledge/findings; None: no finding of ours is known for them
    assertion: str  # one of ASSERTIONS
    experiencer: str = "patient"  # or "relative"
    time: str = "now"  # or "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Findings, numbers, and what was told of the person, from one piece of text."""

    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    age_years: float | None = None
    sex: Sex | None = None
    duration_days: float | None = None  # a duration that belongs to no finding in the text
    severity: int | None = None  # a score 0 to 10 that belongs to no finding in the text
    heard: tuple[Heard, ...] = ()  # every mention, also those only feared; no part of the case
