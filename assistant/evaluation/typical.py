"""Simulated patients, sampled from a condition's own numbers: does its own knowledge find it?

A patient of a condition has its age and sex by incidence, each finding it names by its P (a special
finding only where its parent is there), and denies the rest of them. This proves nothing about real
patients; a condition that cannot find its own simulated patients will find no real ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from assistant.diagnosis import Belief
from assistant.knowledge import Knowledge, facts_of
from assistant.knowledge.schema import AGE_BANDS
from assistant.records.case import Case, Profile
from assistant.records.diagnosis import Triage
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Sex, Urgency
from assistant.triage import NEGLIGIBLE, level_of, triage

OLDEST = 95.0  # years, the end of the last age band for sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """One simulated patient, and what was made of them."""

    condition: str
    rank: int  # of the own condition, 1 is first
    leader: str  # the condition that was ranked first
    needed: Urgency  # of the own condition with what this patient has
    advised: Urgency

    @property
    def too_low(self) -> bool:
        """Whether somebody in danger was advised less than an emergency."""
        return self.needed.is_emergency and not self.advised.is_emergency


def simulate(
    knowledge: Knowledge,
    belief: Belief,
    conditions: Sequence[str],
    patients: int = 4,
    seed: int = 7,
) -> list[Simulated]:
    """Return `patients` simulated patients of each condition; the same seed gives the same."""
    found = []
    for condition in conditions:
        random = Random(f"{seed}/{condition}")  # noqa: S311 (no secret)
        found += [_assessed(condition, knowledge, belief, random) for _ in range(patients)]
    return found


def sampled_case(condition: str, knowledge: Knowledge, random: Random) -> Case:
    """Return the case of one patient of a condition."""
    profile = _profile(condition, knowledge, random)
    row = knowledge.likelihood[knowledge.condition_index[condition]]
    entry = knowledge.conditions[condition]
    named = [f for f in knowledge.finding_ids if f in {*entry.findings, *entry.risks}]
    truth: dict[str, bool] = {}
    for finding in named:  # parents come before their children
        p = float(row[knowledge.finding_index[finding]])
        above = knowledge.parent(finding)
        if above is not None:
            p = min(1.0, p / float(row[knowledge.finding_index[above]]))
        truth[finding] = truth.get(above or "", True) and random.random() < p
    return Case(
        profile=profile,
        findings=tuple(
            Finding(
                concept=f, assertion=Assertion.PRESENT if there else Assertion.ABSENT, evidence=""
            )
            for f, there in truth.items()
        ),
    )


def figures(simulated: Sequence[Simulated]) -> dict[str, float]:
    """Return the shares ranked first, in the first three, and of dangers rated too low."""
    dangerous = [s for s in simulated if s.needed.is_emergency]
    return {
        "n": len(simulated),
        "first": sum(s.rank == 1 for s in simulated) / len(simulated),
        "in_first_3": sum(s.rank <= 3 for s in simulated) / len(simulated),
        "dangerous": len(dangerous),
        "dangerous_too_low": sum(s.too_low for s in dangerous) / max(len(dangerous), 1),
    }


def _profile(condition: str, knowledge: Knowledge, random: Random) -> Profile:
    rates = knowledge.incidence[:, knowledge.condition_index[condition]]  # (sexes, bands)
    place = random.choices(range(rates.size), weights=rates.ravel().tolist())[0]
    sex, band = np.unravel_index(place, rates.shape)
    end = (*AGE_BANDS[1:], OLDEST)[int(band)]
    age = AGE_BANDS[int(band)] + random.random() * (end - AGE_BANDS[int(band)])
    return Profile(age_years=round(age, 1), sex=Sex.MALE if sex == 1 else Sex.FEMALE)


def _assessed(condition: str, knowledge: Knowledge, belief: Belief, random: Random) -> Simulated:
    case = sampled_case(condition, knowledge, random)
    facts = facts_of(case, knowledge)
    posterior = belief.posterior(facts, case.profile)
    own = posterior.probabilities[knowledge.condition_index[condition]]
    weighed = int((posterior.probabilities[:-1] >= NEGLIGIBLE).sum())
    beliefs = belief.differential(facts, posterior, weighed, 0)
    judged: Triage = triage(case, facts, beliefs, knowledge)
    return Simulated(
        condition=condition,
        rank=1 + int((posterior.probabilities[:-1] > own).sum()),
        leader=beliefs.hypotheses[0].condition,
        needed=level_of(condition, facts, knowledge),
        advised=judged.level,
    )
