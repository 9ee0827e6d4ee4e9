"""Lint: no dangerous condition can slip through, and no red flag cries wolf."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_problem import Problem, error, warning
from assistant.knowledge.schema import AGE_BANDS, ConditionEntry, RedFlagEntry

OFTEN = 0.2  # P(finding | condition) from which a patient may be expected to name it
TYPICAL = 0.5  # P(finding | condition) of the findings that make its typical case
BELIEF = 0.3  # belief in dangerous conditions from which the risk policy acts
COMMON = 0.02  # background of a finding that many people without any danger have


def check_dangerous_reachable(knowledge: Knowledge) -> Iterator[Problem]:
    """Each condition that needs help now must be caught by a red flag, or else by its own urgency.

    A red flag catches it when each of its lines can be met by findings with P >= `OFTEN`; its own
    urgency does when the typical case puts the belief in dangerous conditions at `BELIEF` or more.
    """
    for condition, entry in knowledge.conditions.items():
        if not entry.urgency.is_emergency or flags_for(condition, knowledge):
            continue
        belief = belief_in_danger(condition, knowledge)
        place = f"conditions/{condition}/urgency"
        if belief < BELIEF:
            yield error(
                place,
                f"{entry.urgency.value}, but no red flag can fire for it, and its typical case "
                f"leaves the belief in danger at {belief:.2f}",
            )
        else:
            yield warning(place, f"{entry.urgency.value}, but only the differential can raise it")


def flags_for(condition: str, knowledge: Knowledge) -> list[str]:
    """Return the emergency red flags that the usual findings of a condition can fire."""
    entry = knowledge.conditions[condition]
    named = {*entry.findings, *entry.risks}
    often = {
        f
        for f in named
        if knowledge.likelihood[knowledge.condition_index[condition], knowledge.finding_index[f]]
        >= OFTEN
    }
    often = often.union(*(knowledge.ancestors(f) for f in often))
    return [
        flag_id
        for flag_id, flag in knowledge.red_flags.items()
        if flag.level.is_emergency
        and all(len(often.intersection(line.of)) >= line.at_least for line in flag.lines)
        and _same_people(flag, entry)
    ]


def _same_people(flag: RedFlagEntry, entry: ConditionEntry) -> bool:
    """Whether a flag is about people of the sex and age that have the condition."""
    rates = {"female": entry.incidence.female, "male": entry.incidence.male}
    counted = [rates[flag.sex.value]] if flag.sex else list(rates.values())
    low, high = flag.age or (None, None)
    bands = list(pairwise((*AGE_BANDS, 130.0)))
    return any(
        rate > 0 and (low is None or end > low) and (high is None or start < high)
        for by_band in counted
        for (start, end), rate in zip(bands, by_band, strict=True)
    )


def belief_in_danger(condition: str, knowledge: Knowledge) -> float:
    """Return the belief in dangerous conditions when a typical case of this one is told.

    Naive Bayes with equal priors over the findings with P >= `TYPICAL`; findings implied by others
    are left out, so that nothing is counted twice.
    """
    entry = knowledge.conditions[condition]
    typical = [f for f, p in entry.findings.items() if p >= TYPICAL]
    implied = set().union(*(knowledge.ancestors(f) for f in typical))
    columns = [knowledge.finding_index[f] for f in typical if f not in implied]
    score = np.log(knowledge.likelihood[:, columns]).sum(axis=1)
    belief = np.exp(score - score.max())
    dangerous = [knowledge.conditions[c].urgency.is_emergency for c in knowledge.condition_ids]
    return float(belief[dangerous].sum() / belief.sum())


def check_lone_findings(knowledge: Knowledge) -> Iterator[Problem]:
    """List the red flags that one common finding fires alone: each of them must be meant."""
    for flag_id, flag in knowledge.red_flags.items():
        for finding in sorted(flag.concepts):
            told = {finding} | knowledge.ancestors(finding)
            alone = all(len(told.intersection(line.of)) >= line.at_least for line in flag.lines)
            background = knowledge.findings[finding].background
            if alone and background >= COMMON:
                yield warning(
                    f"red_flags/{flag_id}/when",
                    f"{finding} alone fires it, and {background:.1%} of all who seek help have it",
                )


def check_levels(knowledge: Knowledge) -> Iterator[Problem]:
    """What raises a level must raise it, and a red flag's lines must be possible to meet."""
    for condition, entry in knowledge.conditions.items():
        for finding, level in entry.raised_by.items():
            if level <= entry.urgency:
                yield warning(
                    f"conditions/{condition}/raised_by/{finding}",
                    f"{level.value} is not above the usual {entry.urgency.value}",
                )
    for flag_id, flag in knowledge.red_flags.items():
        if any(line.at_least > len(line.of) for line in flag.lines):
            yield error(f"red_flags/{flag_id}/when", "asks for more findings than it lists")
