"""A Case: what is known of one patient at one moment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from assistant.errors import InvalidRecordError
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.picture import SeenPicture
from assistant.records.terms import Assertion, Language, Sex

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who the patient is, as told before the talk; None means "not told"."""

    age_years: float | None = None  # fractions for infants: 0.25 is three months
    sex: Sex | None = None
    pregnant: Assertion | None = None
    for_somebody_else: bool = False
    language: Language = Language.ENGLISH
    country: str = "GB"  # ISO 3166-1 alpha-2, for emergency numbers
    conditions: str = ""  # the patient's own words
    medicines: str = ""
    allergies: str = ""

    def __post_init__(self) -> None:
        if self.age_years is not None and not 0 <= self.age_years <= 125:
            raise InvalidRecordError("age", "between 0 and 125 years")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Profile, findings and measurements; the latest word on a concept wins."""

    profile: Profile = Profile()
    findings: tuple[Finding, ...] = ()  # in the order they were told
    measurements: tuple[Measurement, ...] = ()
    text: str = ""  # all the patient's free text, one turn a line
    retracted: tuple[Finding, ...] = ()  # taken back by hand; kept for the words they came from
    readings: tuple[SeenPicture, ...] = ()  # what was read in pictures

    def with_findings(self, *new: Finding) -> "Case":
        """Return the case with findings added after what was known."""
        return replace(self, findings=self.findings + new)

    def with_measurements(self, *new: Measurement) -> "Case":
        """Return the case with measurements added after what was known."""
        return replace(self, measurements=self.measurements + new)

    def latest(self) -> dict[str, Finding]:
        """Return the last word on each concept of the patient, now."""
        return latest(self.findings)


def latest(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return the last word on each concept; a doubt does not undo an earlier plain answer.

    Duration and severity are kept from earlier words where the last one has none.
    """
    known: dict[str, Finding] = {}
    for finding in findings:
        if not finding.counts_now:
            continue
        before = known.get(finding.concept)
        doubt = finding.assertion is Assertion.UNKNOWN and finding.origin is not Origin.CORRECTED
        pictured = finding.origin is Origin.PICTURE  # it takes nothing from a plain "yes"
        if before is not None and pictured and before.assertion is Assertion.PRESENT:
            continue
        if before is not None and doubt:
            continue
        if before is not None and before.assertion is finding.assertion:
            known[finding.concept] = _with_earlier_details(finding, before)
        else:
            known[finding.concept] = finding
    return known


def _with_earlier_details(finding: Finding, before: Finding) -> Finding:
    return replace(
        finding,
        duration_days=_first(finding.duration_days, before.duration_days),
        severity=_first(finding.severity, before.severity),
        evidence=finding.evidence or before.evidence,
    )


def _first(value: T | None, otherwise: T | None) -> T | None:
    return otherwise if value is None else value
