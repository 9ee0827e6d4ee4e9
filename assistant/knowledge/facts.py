"""Facts: the case as the knowledge reads it, with everything that follows from what was told."""

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.knowledge.base import Knowledge
from assistant.knowledge.schema import NumberRule
from assistant.records.case import Case, Profile
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.terms import Assertion, Experiencer, Time

KEPT_PROFILES = 500  # combinations of age and sex whose exclusions are kept
SEVERE, NOT_SEVERE = 8, 6  # of 10: Manchester triage's severe pain, and clearly less than that


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so, may be so, is not so, and is asked but unclear; closed under `implies`.

    `ever` is what was stated at any time and not taken back by hand: the red flags look at it,
    so nothing that is told later, and no change of mind in passing, lowers the floor.
    """

    present: frozenset[str]
    possible: frozenset[str]
    absent: frozenset[str]
    unclear: frozenset[str]
    ever: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()  # cannot be, by sex or age: never asked, no evidence
    undecided: frozenset[str] = frozenset()  # what ambiguous words may mean: for red flags only

    @property
    def known(self) -> frozenset[str]:
        """Everything that need not be asked again."""
        stated = self.present | self.possible
        return stated | self.absent | self.unclear | self.barred | self.undecided

    @property
    def stated(self) -> frozenset[str]:
        """What is or may be there."""
        return self.present | self.possible


def facts_of(case: Case, knowledge: Knowledge) -> Facts:
    """Return the facts of a case: stated, derived from numbers, and implied."""
    known = _last_words(case, knowledge)
    by_assertion: dict[Assertion, set[str]] = {assertion: set() for assertion in Assertion}
    undecided = {f.concept for f in case.latest().values() if _is_open(f, case)}
    for concept, assertion in known.items():
        if concept not in undecided:
            by_assertion[_counted(concept, assertion, knowledge)].add(concept)
    gives, denies = derived(case, _last_measured(case), knowledge)
    once, _ = derived(case, case.measurements, knowledge)
    present = by_assertion[Assertion.PRESENT] | gives
    present = _upwards(present, knowledge)
    possible = _upwards(by_assertion[Assertion.POSSIBLE], knowledge) - present
    absent = by_assertion[Assertion.ABSENT] | denies
    if case.profile.pregnant is Assertion.ABSENT:
        absent |= {"pregnant", "could_be_pregnant"}
    absent = absent.union(*(knowledge.descendants(concept) for concept in absent))
    absent -= present | possible
    unclear = by_assertion[Assertion.UNKNOWN] - present - possible - absent
    ever = _upwards(_ever_stated(case, knowledge) | once, knowledge)
    return Facts(
        frozenset(present),
        frozenset(possible),
        frozenset(absent),
        frozenset(unclear),
        frozenset(ever),
        _barred(case.profile, knowledge) - present - possible,
        frozenset(undecided - present - possible),
    )


def _counted(concept: str, assertion: Assertion, knowledge: Knowledge) -> Assertion:
    """Return what an assertion counts as: whether a doctor has found something, "yes" alone counts.

    Where nobody has found it, perhaps nobody looked: no sign that it is not there, or is.
    """
    found = assertion is Assertion.PRESENT
    return assertion if found or concept not in knowledge.confirms else Assertion.UNKNOWN


def _is_open(finding: Finding, case: Case) -> bool:
    """Whether ambiguous words still leave open that they mean this finding.

    Where nobody can be asked (`assess`), only the likeliest meaning is in the case, and it counts.
    """
    others = {f.concept for f in case.findings if f.undecided} - {finding.concept}
    return finding.undecided and bool(others.intersection(finding.ambiguous_with))


def _ever_stated(case: Case, knowledge: Knowledge) -> set[str]:
    """Concepts present or possible at any time since they were last corrected by hand."""
    ever: set[str] = set()
    for finding in case.findings:
        entry = knowledge.findings.get(finding.concept)
        if entry is None or not _counts(finding, entry.is_background):
            continue
        if finding.assertion in (Assertion.PRESENT, Assertion.POSSIBLE):
            ever.add(finding.concept)
        elif finding.origin is Origin.CORRECTED and finding.assertion is Assertion.ABSENT:
            ever -= {finding.concept} | knowledge.descendants(finding.concept)
    return ever


def _last_words(case: Case, knowledge: Knowledge) -> dict[str, Assertion]:
    """Last word on each concept; for history and risks a past or a family fact counts too."""
    known: dict[str, Assertion] = {}
    for finding in case.findings:
        entry = knowledge.findings.get(finding.concept)
        if entry is None or not _counts(finding, entry.is_background):
            continue
        by_hand = finding.origin is Origin.CORRECTED
        if finding.assertion is Assertion.UNKNOWN and finding.concept in known and not by_hand:
            continue
        known[finding.concept] = finding.assertion
    return known


def _counts(finding: Finding, is_background: bool) -> bool:
    if finding.origin is Origin.PICTURE:  # evidence, weighed apart (`sights.py`), never a fact
        return False
    if is_background and finding.concept.startswith("family_"):
        return True
    if finding.experiencer is not Experiencer.PATIENT:
        return False
    return is_background or finding.time is Time.NOW


def _upwards(concepts: set[str], knowledge: Knowledge) -> set[str]:
    return concepts.union(*(knowledge.ancestors(concept) for concept in concepts))


def derived(
    case: Case, measurements: Iterable[Measurement], knowledge: Knowledge
) -> tuple[set[str], set[str]]:
    """Return what numbers, durations and severity say is there, and what they rule out."""
    gives: set[str] = set()
    denies: set[str] = set()
    for measured in measurements:
        for rule in knowledge.bundle.derived.numbers:
            if rule.measure == measured.measure and _applies(rule, measured.value, case.profile):
                gives.update(rule.gives)
                denies.update(rule.denies)
    severe = set(knowledge.bundle.derived.severe_pain)
    for finding in case.latest().values():
        if finding.assertion not in (Assertion.PRESENT, Assertion.POSSIBLE):
            continue
        if _is_open(finding, case):
            continue
        roots = {finding.concept} | knowledge.ancestors(finding.concept)
        if finding.severity is not None and roots & severe:
            if finding.severity >= SEVERE:
                gives.add("pain_severe")
            elif finding.severity < NOT_SEVERE:
                denies.add("pain_severe")
        for lasting in knowledge.bundle.derived.durations:
            if lasting.finding in roots and finding.duration_days is not None:
                longer = finding.duration_days >= (lasting.at_least_days or 0)
                if longer and finding.duration_days < (lasting.below_days or float("inf")):
                    gives.add(lasting.gives)
    return gives, denies - gives


def _last_measured(case: Case) -> list[Measurement]:
    return list({m.measure: m for m in case.measurements}.values())


def _applies(rule: NumberRule, value: float, profile: Profile) -> bool:
    if rule.sex is not None and profile.sex is not rule.sex:
        return False
    if rule.age is not None and not within(profile.age_years, rule.age):
        return False
    low = float("-inf") if rule.at_least is None else rule.at_least
    high = float("inf") if rule.below is None else rule.below
    return low <= value < high


def within(age: float | None, limits: tuple[float | None, float | None]) -> bool:
    """Whether an age (years) lies in [from, to); an unknown age is taken for an adult's of 40."""
    years = 40.0 if age is None else age
    low, high = limits
    return (low is None or years >= low) and (high is None or years < high)


def _barred(profile: Profile, knowledge: Knowledge) -> frozenset[str]:
    """What cannot be at this age or sex."""
    key = (profile.age_years, profile.sex)
    kept = knowledge.barred
    if key not in kept:
        while len(kept) >= KEPT_PROFILES:
            kept.pop(next(iter(kept)), None)
        kept[key] = frozenset(
            concept
            for concept, entry in knowledge.findings.items()
            if (entry.sex and profile.sex and entry.sex is not profile.sex)
            or (entry.age and profile.age_years and not within(profile.age_years, entry.age))
        )
    return kept[key]
