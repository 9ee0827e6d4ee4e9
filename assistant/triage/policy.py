"""From red flags, vital signs and the differential to one level of urgency."""

from dataclasses import replace

from assistant.knowledge import Facts, Knowledge
from assistant.knowledge.schema import FindingKind
from assistant.records.case import Case, Profile
from assistant.records.diagnosis import Differential, Hypothesis, Reason, Triage
from assistant.records.terms import Urgency
from assistant.triage.desk import Desk, features
from assistant.triage.presentations import unexplained
from assistant.triage.red_flags import fired, floor_of
from assistant.triage.vitals import vital_reasons

# Belief in conditions of a level or above from which that level is advised. Estimates, tuned on
# the development cases: the graver the level, the less belief it takes.
RISK_THRESHOLDS: dict[Urgency, float] = {
    Urgency.EMERGENCY_AMBULANCE: 0.20,
    Urgency.EMERGENCY: 0.20,
    Urgency.CONSULTATION_24H: 0.42,
    Urgency.CONSULTATION: 0.48,
}
COMMON_IN = 0.2  # P(finding | condition) from which a finding speaks for a danger, estimate
NEGLIGIBLE = 2e-5  # belief below which a condition is not weighed: all of them hold under 1 %
NAMED = 0.07  # belief below which no single condition is named as the reason
# Infants, pregnancy and a weak immune system lower every threshold.
VULNERABLE = 0.6
_LESS_RESISTANT = frozenset(
    {"pregnant", "postpartum", "hx_immunosuppressed", "hx_chemotherapy_recent", "hx_hiv"}
)


def triage(
    case: Case,
    facts: Facts,
    beliefs: Differential,
    knowledge: Knowledge,
    desk: Desk | None = None,
) -> Triage:
    """Return the level for a case: the highest of floor, vital signs and risk, with reasons.

    `beliefs` holds every condition, not only those that are shown: many unlikely dangers can
    together be a likely one. `desk` judges the risk of an emergency where vital signs are known.
    """
    flags = fired(facts, case.profile, knowledge)
    altered = bool(facts.stated & {"altered_mental_status", "confusion_acute"})
    vitals = vital_reasons(case, altered)
    floor = floor_of(flags + vitals)
    risk = risk_reason(facts, case.profile, beliefs, knowledge)
    if desk is not None and desk.applies(case):
        flagged = any(flag.level.is_emergency for flag in flags)
        risk = _at_the_desk(
            risk, features(case, facts, believed(facts, beliefs, knowledge), flagged), desk
        )
    open_complaints = unexplained(facts, case.profile, knowledge)
    if open_complaints and open_complaints[0].level >= risk.level:
        risk = open_complaints[0]
    reasons = flags + vitals
    if risk.level > floor or not reasons:
        reasons += (risk,)
    return Triage(level=max(floor, risk.level), floor=floor, reasons=reasons)


def _at_the_desk(risk: Reason, seen: dict[str, float], desk: Desk) -> Reason:
    """Return the risk as the desk sees it: it decides about emergencies, and about nothing else."""
    chance = desk.chance(seen)
    if chance >= desk.threshold:
        if risk.level.is_emergency:
            return risk
        return Reason(kind="desk", id="desk", level=Urgency.EMERGENCY, probability=chance)
    if risk.level.is_emergency:
        return replace(risk, level=Urgency.CONSULTATION_24H)
    return risk


def believed(facts: Facts, beliefs: Differential, knowledge: Knowledge) -> dict[Urgency, float]:
    """Return the share of belief in conditions of exactly each level, raised by what is there."""
    mass = dict.fromkeys(Urgency, 0.0)
    for hypothesis in beliefs.hypotheses:
        mass[level_of(hypothesis.condition, facts, knowledge)] += hypothesis.probability
    return mass


def risk_reason(
    facts: Facts, profile: Profile, beliefs: Differential, knowledge: Knowledge
) -> Reason:
    """Return the highest level whose conditions are believed in enough.

    An emergency needs a likely condition that a told symptom speaks for: vital signs alone are
    judged by the red flags and NEWS2, not by guessing the rare illness that fits them.
    """
    if not any(_is_complaint(f, knowledge) for f in facts.stated):
        return Reason(kind="default", id="too_little_known", level=Urgency.CONSULTATION)
    factor = VULNERABLE if _is_vulnerable(facts, profile) else 1.0
    masses = _masses(facts, beliefs, knowledge)
    for level, threshold in RISK_THRESHOLDS.items():
        belief, leading = masses[level]
        if leading is None or belief < threshold * factor:
            continue
        named = leading.probability >= NAMED
        if level.is_emergency and not (named and _supported(leading.condition, facts, knowledge)):
            continue
        if not named:
            return Reason(kind="default", id="unclear", level=level)
        return Reason(kind="risk", id=leading.condition, level=level, probability=min(1.0, belief))
    # Nothing that fits: not knowing is no ground for staying at home.
    if beliefs.unlisted >= 0.5:
        return Reason(kind="default", id="too_little_known", level=Urgency.CONSULTATION)
    likeliest = beliefs.hypotheses[0].condition if beliefs.hypotheses else "none"
    return Reason(kind="default", id=likeliest, level=Urgency.SELF_CARE)


def _masses(
    facts: Facts, beliefs: Differential, knowledge: Knowledge
) -> dict[Urgency, tuple[float, Hypothesis | None]]:
    """Return for each level the belief in it or a higher one, and the likeliest of those."""
    levels = list(Urgency)
    mass = [0.0] * len(levels)
    leading: list[Hypothesis | None] = [None] * len(levels)
    for hypothesis in beliefs.hypotheses:  # likeliest first
        if hypothesis.probability < NEGLIGIBLE:
            break
        rank = level_of(hypothesis.condition, facts, knowledge).rank
        mass[rank] += hypothesis.probability
        leading[rank] = leading[rank] or hypothesis
    found: dict[Urgency, tuple[float, Hypothesis | None]] = {}
    above = 0.0
    first: Hypothesis | None = None
    for level in reversed(levels):
        above += mass[level.rank]
        other = leading[level.rank]
        if first is None or (other is not None and other.probability > first.probability):
            first = other
        found[level] = (above, first)
    return found


def _is_complaint(finding: str, knowledge: Knowledge) -> bool:
    entry = knowledge.findings.get(finding)
    return entry is not None and not entry.is_background and entry.kind is not FindingKind.VITAL


def _supported(condition: str, facts: Facts, knowledge: Knowledge) -> bool:
    """Whether something that was told is common in a condition."""
    named = knowledge.conditions[condition].findings
    return any(named.get(f, 0.0) >= COMMON_IN and _is_complaint(f, knowledge) for f in facts.stated)


def level_of(condition: str, facts: Facts, knowledge: Knowledge) -> Urgency:
    """Return the usual level of a condition, raised by what is there."""
    entry = knowledge.conditions[condition]
    level = entry.urgency
    for finding, raised in entry.raised_by.items():
        if raised > level and finding in facts.stated:
            level = raised
    return level


def _is_vulnerable(facts: Facts, profile: Profile) -> bool:
    infant = profile.age_years is not None and profile.age_years < 1
    return infant or bool(facts.stated & _LESS_RESISTANT)
