"""Vital signs together: an adult's NEWS2, and single severe values at any age.

NEWS2: Royal College of Physicians, National Early Warning Score 2, 2017. An aggregate of 5 to 6
asks for an urgent review, 7 or more for an emergency one. The score is only the sum over what
was measured: with values missing it can be too low, never too high.
"""

from assistant.records.case import Case
from assistant.records.diagnosis import Reason
from assistant.records.terms import Urgency

# measure -> (upper bound of the band, points), first band that the value does not exceed
_BANDS: dict[str, tuple[tuple[float, int], ...]] = {
    "respiratory_rate": ((8, 3), (11, 1), (20, 0), (24, 2), (999, 3)),
    "spo2": ((91, 3), (93, 2), (95, 1), (100, 0)),
    "sbp": ((90, 3), (100, 2), (110, 1), (219, 0), (999, 3)),
    "heart_rate": ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (999, 3)),
    "temperature_c": ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (99, 2)),
}
ADULT = 16  # years; NEWS2 is not made for children or pregnancy


def news2(case: Case, altered: bool = False) -> int:
    """Return the NEWS2 points of what was measured, with 3 for new confusion or less alertness."""
    measured = {m.measure: m.value for m in case.measurements}
    points = 3 if altered else 0
    for measure, bands in _BANDS.items():
        if measure in measured:
            points += next(p for bound, p in bands if measured[measure] <= bound)
    return points


def vital_reasons(case: Case, altered: bool = False) -> tuple[Reason, ...]:
    """Return what the vital signs demand."""
    age = case.profile.age_years
    if not case.measurements or (age is not None and age < ADULT):
        return ()
    points = news2(case, altered)
    if points >= 7:
        return (Reason(kind="vitals", id="news2_high", level=Urgency.EMERGENCY),)
    if points >= 5:
        return (Reason(kind="vitals", id="news2_medium", level=Urgency.EMERGENCY),)
    return ()
