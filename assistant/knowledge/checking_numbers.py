"""Lint: the numbers agree with the hierarchy, with sex, and tell the conditions apart."""

import re
from collections.abc import Iterator

import numpy as np

from assistant.knowledge.base import Array, Knowledge
from assistant.knowledge.checking_problem import Problem, error, warning
from assistant.knowledge.schema import ConditionEntry
from assistant.records.terms import Sex

# Expected evidence, in nats, by which every finding being known tells two conditions apart (half
# the symmetric Kullback-Leibler divergence, findings taken as independent): 1 nat is odds of 2.7.
TOLD_APART = 1.0
NEARLY_ALIKE = 2.0
SAME_PEOPLE = 0.3  # overlap of two incidence profiles below which age and sex tell them apart

# Blocks of WHO ICD-10 that exist in one sex only.
_OF_ONE_SEX = {
    Sex.FEMALE: r"C5[1-8]|D2[5-8]|D39|F53|N7[0-7]|N8\d|N9[0-8]|O\d\d|Q5[0-2]",
    Sex.MALE: r"C6[0-3]|D29|D40|N4\d|N50|N51|Q5[35]",
}


def check_children(knowledge: Knowledge) -> Iterator[Problem]:
    """Crushing chest pain cannot be commoner than chest pain in the same condition."""
    for condition, entry in knowledge.conditions.items():
        place = f"conditions/{condition}/findings"
        for finding, p in entry.findings.items():
            for above in sorted(knowledge.ancestors(finding) & entry.findings.keys()):
                if p > entry.findings[above]:
                    yield error(
                        f"{place}/{finding}",
                        f"{p:g} is more than the {entry.findings[above]:g} of {above}",
                    )
        for both in sorted(entry.findings.keys() & entry.risks.keys()):
            yield error(f"conditions/{condition}/risks/{both}", "also stands under findings")
        for cited in sorted(entry.cited.keys() - entry.findings.keys() - entry.risks.keys()):
            yield error(f"conditions/{condition}/cited/{cited}", "the condition does not name it")


def check_backgrounds(knowledge: Knowledge) -> Iterator[Problem]:
    """Nor can it be commoner than chest pain among all who seek help."""
    for finding, entry in knowledge.findings.items():
        parent = knowledge.parent(finding)
        if parent and entry.background > knowledge.findings[parent].background:
            yield error(
                f"findings/{finding}/background",
                f"{entry.background:g} is more than the "
                f"{knowledge.findings[parent].background:g} of {parent}",
            )


def check_incidence(knowledge: Knowledge) -> Iterator[Problem]:
    """A condition of one sex must have no incidence in the other, and some in its own.

    The sex of a condition is told by its ICD-10 codes. A finding of one sex does not tell it: men
    have trichomoniasis too, without the discharge of women.
    """
    for condition, entry in knowledge.conditions.items():
        place = f"conditions/{condition}/incidence"
        counts = {Sex.FEMALE: entry.incidence.female, Sex.MALE: entry.incidence.male}
        if not any(map(any, counts.values())):
            yield error(place, "is zero for everybody")
            continue
        for sex, other in ((Sex.FEMALE, Sex.MALE), (Sex.MALE, Sex.FEMALE)):
            if _is_of(entry, sex) and any(counts[other]):
                codes = ", ".join(entry.icd10)
                yield error(f"{place}/{other.value}", f"must be zero: {codes} is {sex.value} only")
            if any(counts[sex]):
                continue
            for finding in sorted({*entry.findings, *entry.risks}):
                if knowledge.findings[finding].sex is sex:
                    yield error(
                        f"conditions/{condition}/findings/{finding}",
                        f"is {sex.value} only, as the condition never is",
                    )


def _is_of(entry: ConditionEntry, sex: Sex) -> bool:
    return all(re.match(_OF_ONE_SEX[sex], code) for code in entry.icd10)


def check_look_alikes(knowledge: Knowledge) -> Iterator[Problem]:
    """Two conditions that no answer could tell apart are one condition, or lack findings."""
    for distance, one, other in nearest(knowledge, NEARLY_ALIKE):
        place = f"conditions/{one}/findings"
        message = f"{distance:.2f} nats from {other}"
        if distance < TOLD_APART:
            yield error(place, f"only {message}: at least {TOLD_APART:g} are needed")
        else:
            yield warning(place, f"{message}: add a finding that tells them apart")


def nearest(knowledge: Knowledge, below: float) -> list[tuple[float, str, str]]:
    """Return pairs of conditions less than `below` nats apart, seen in the same people."""
    people = _people(knowledge)
    ids = knowledge.condition_ids
    pairs: list[tuple[float, str, str]] = []
    for i in range(len(ids) - 1):
        rest = slice(i + 1, None)
        apart = nats_apart(knowledge, i, rest).sum(axis=1)
        same = np.minimum(people[i], people[rest]).sum(axis=1) >= SAME_PEOPLE
        for k in np.flatnonzero((apart < below) & same):
            pairs.append((float(apart[k]), ids[i], ids[i + 1 + int(k)]))
    return sorted(pairs)


def nats_apart(knowledge: Knowledge, row: int, others: slice = slice(None)) -> Array:
    """Return what each finding adds to telling a condition from others, shape (others, findings).

    Half the symmetric Kullback-Leibler divergence of the answer, over findings that one of the two
    names; its sum is the evidence expected when everything is known.
    """
    p, logit = knowledge.likelihood, knowledge.log_odds
    listed = knowledge.listed[row] | knowledge.listed[others]
    return np.asarray((p[row] - p[others]) * (logit[row] - logit[others]) * listed / 2)


def _people(knowledge: Knowledge) -> Array:
    """Return whom each condition strikes: shares over sex and age, shape (conditions, 16)."""
    both = np.concatenate([knowledge.incidence[0], knowledge.incidence[1]], axis=1)
    return np.asarray(both / np.maximum(both.sum(axis=1, keepdims=True), 1e-9))
