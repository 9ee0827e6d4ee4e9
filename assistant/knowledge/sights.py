"""What pictures say of a case: evidence by the figures of a model's card, and what it demands.

A picture's finding is no fact: facts, red flags and vital signs never see it. It counts for as
long as its entry in the list of what was understood stands. A model that only tells kinds of
something apart is not heard at all until it is known that a doctor has found that thing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.knowledge.base import Knowledge
from assistant.knowledge.facts import within
from assistant.knowledge.schema import Compares, ImagingTask, LabelEntry, RaiseEntry, Words
from assistant.records.case import Case
from assistant.records.finding import Finding, Origin
from assistant.records.picture import ImageFinding, ImageReading, SeenPicture, Verdict, Withheld
from assistant.records.terms import Assertion, Urgency

# A ratio above 10 would be "often conclusive" (jama_likelihood_ratios), which one picture read by
# a model is not, whatever its card says of the pictures that it was measured on.
MOST = 10.0
# Estimate: what is unlikely halves the belief at most; a picture that looks well rules nothing out.
LEAST = 0.5
# What an entry of the list says; it follows the words "a picture shows".
STATED = {Verdict.LIKELY: Assertion.POSSIBLE, Verdict.UNSURE: Assertion.UNKNOWN}
# What an answer to `ConfirmEntry.question` leaves of a reading; only "yes" lets it speak.
_SILENT = {
    Assertion.ABSENT: Withheld.DENIED,
    Assertion.POSSIBLE: Withheld.UNSURE,
    Assertion.UNKNOWN: Withheld.UNSURE,
}
_PUT = (Origin.ANSWERED, Origin.CORRECTED)  # words in passing confirm nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One label of one task as all standing pictures show it."""

    task: str
    label: str
    finding: str
    conditions: tuple[str, ...]
    among: tuple[str, ...] | None  # the only conditions it tells apart; None: all of them
    verdict: Verdict
    probability: float
    log_ratio: float  # natural log of the bounded likelihood ratio; 0 weighs nothing
    level: Urgency = Urgency.SELF_CARE  # what it demands

    @property
    def id(self) -> str:
        """What names it as a reason, e.g. "skin_lesion.mel.likely"."""
        return f"{self.task}.{self.label}.{self.verdict.value}"


def kinds_of(reading: ImageReading, knowledge: Knowledge) -> ImagingTask | None:
    """Return the task of a reading whose labels only differ among each other; None for others."""
    tasks = (knowledge.imaging.get(found.task) for found in reading.findings)
    return next((t for t in tasks if t is not None and t.compares is Compares.LABELS), None)


def withheld(reading: ImageReading, case: Case, knowledge: Knowledge) -> Withheld | None:
    """Return why nothing may be concluded from a reading in this case; None where it speaks.

    Asked about by the setting of its task alone; a task that names nothing to ask stays silent.
    """
    task = kinds_of(reading, knowledge)
    if task is None:
        return None
    answer = None if task.confirm is None else confirmed(task.confirm.finding, case)
    return Withheld.UNANSWERED if answer is None else _SILENT.get(answer)


def confirmed(concept: str, case: Case) -> Assertion | None:
    """Return the last answer to whether a doctor has found it; None where there is none."""
    answers = [
        f.assertion
        for f in case.findings
        if f.concept == concept and f.origin in _PUT and f.counts_now
    ]
    return answers[-1] if answers else None


def findings_in(reading: ImageReading, turn: int, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return the entries that a reading adds to what was understood: one for each finding.

    What is likely may be there, what is unsure is not known; what is unlikely adds none, for a
    picture never denies anything.
    """
    said: dict[str, Assertion] = {}
    for found in reading.findings:
        label = _entry(found, knowledge)
        if label is None or label.finding is None or found.verdict not in STATED:
            continue
        if said.get(label.finding) is not Assertion.POSSIBLE:
            said[label.finding] = STATED[found.verdict]
    return tuple(
        Finding(concept=c, assertion=a, evidence="", origin=Origin.PICTURE, turn=turn)
        for c, a in said.items()
    )


def sights_of(
    case: Case, knowledge: Knowledge, known: frozenset[str] = frozenset()
) -> tuple[Sight, ...]:
    """Return what the pictures of a case say, each label once, the surest word on it.

    `known` is what was told in words: a picture of it is no second witness.

    Two pictures of one spot are not two witnesses: likely beats unsure, unsure beats unlikely, and
    of two equal verdicts the one that moves more counts.
    """
    best: dict[tuple[str, str], Sight] = {}
    for seen in case.readings:
        for sight in _in_picture(seen, case, knowledge):
            before = best.get((sight.task, sight.label))
            if before is None or _rank(sight) > _rank(before):
                best[sight.task, sight.label] = sight
    return tuple(
        replace(sight, log_ratio=0.0)  # told in words already: the same thing counts once
        if sight.finding in known and sight.log_ratio > 0
        else sight
        for sight in best.values()
    )


def _rank(sight: Sight) -> tuple[int, float]:
    order = (Verdict.UNLIKELY, Verdict.UNSURE, Verdict.LIKELY)
    return order.index(sight.verdict), abs(sight.log_ratio)


def _in_picture(seen: SeenPicture, case: Case, knowledge: Knowledge) -> Iterator[Sight]:
    if withheld(seen.reading, case, knowledge) is not None:
        return
    for found in seen.reading.findings:
        label = _entry(found, knowledge)
        if label is None or label.finding is None:
            continue
        if found.verdict in STATED and not _stands(label.finding, seen.turn, case):
            continue
        task = knowledge.imaging[found.task]
        apart = {c for entry in task.labels.values() for c in entry.conditions}
        yield Sight(
            task=found.task,
            label=found.label,
            finding=label.finding,
            conditions=label.conditions,
            among=tuple(sorted(apart)) if task.compares is Compares.LABELS else None,
            verdict=found.verdict,
            probability=found.probability,
            log_ratio=0.0 if task.compares is Compares.NOTHING else log_ratio(found),
            level=_demanded(label.raises, found.verdict, case.profile.age_years),
        )


def log_ratio(found: ImageFinding) -> float:
    """Return the natural log of a verdict's likelihood ratio, within `LEAST` and `MOST`.

    A ratio on the wrong side of 1, or none at all, weighs nothing.
    """
    ratio = found.likelihood_ratio
    if not math.isfinite(ratio) or ratio <= 0:
        ratio = 1.0
    match found.verdict:
        case Verdict.LIKELY:
            return math.log(min(max(ratio, 1.0), MOST))
        case Verdict.UNLIKELY:
            return math.log(max(min(ratio, 1.0), LEAST))
    return 0.0


def _demanded(raises: tuple[RaiseEntry, ...], verdict: Verdict, age: float | None) -> Urgency:
    """Return the highest level that a verdict demands at an age; an unknown age is within any."""
    return max(
        (
            demand.level
            for demand in raises
            if demand.verdict is verdict
            and (demand.age is None or age is None or within(age, demand.age))
        ),
        default=Urgency.SELF_CARE,
    )


def why_of(sight_id: str, level: Urgency, knowledge: Knowledge) -> Words | None:
    """Return why a verdict demands a level; None where the knowledge does not say so any more."""
    task_id, label_id, verdict = sight_id.split(".")
    task = knowledge.imaging.get(task_id)
    label = task.labels.get(label_id) if task is not None else None
    demands = label.raises if label is not None else ()
    return next((d.why for d in demands if d.verdict == verdict and d.level is level), None)


def _stands(concept: str, turn: int, case: Case) -> bool:
    """Whether a picture's entry is there, and was not set to "not there" by hand since."""
    standing = False
    for finding in case.findings:
        if finding.concept != concept:
            continue
        if finding.origin is Origin.PICTURE and finding.turn == turn:
            standing = True
        elif finding.origin is Origin.CORRECTED and finding.assertion is Assertion.ABSENT:
            standing = False
    return standing


def _entry(found: ImageFinding, knowledge: Knowledge) -> LabelEntry | None:
    """Return what the knowledge says of a label; None where it does not know it (any more)."""
    task = knowledge.imaging.get(found.task)
    return task.labels.get(found.label) if task is not None else None
