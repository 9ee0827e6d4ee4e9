"""The slow half of the knowledge lint, `anamnesis knowledge check --deep`.

It needs the belief and the encoder: near-duplicate findings by meaning, conditions that lead
though nothing speaks for them, and simulated patients that their own condition does not find.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from assistant.diagnosis import Belief
from assistant.encoding import Encoder
from assistant.evaluation.typical import Simulated, figures, simulate
from assistant.knowledge import Knowledge, facts_of
from assistant.knowledge.checking_problem import Problem, error, warning
from assistant.knowledge.schema import AGE_BANDS
from assistant.records.case import Case, Profile
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Sex

DUPLICATE = 0.93  # cosine of two findings' mean phrases from which they may be one finding
ON_NOTHING = 0.25  # belief in one condition that nothing told so far can justify
DENIED = 8  # commonest complaints that are denied in the second try
FIRST, IN_FIRST_3 = 0.85, 0.97  # shares of simulated patients that the whole must reach


def deep_check(knowledge: Knowledge, encoder: Encoder, patients: int = 4) -> Iterator[Problem]:
    """Yield every problem that takes the belief or the encoder to see."""
    belief = Belief(knowledge)
    yield from near_duplicates(knowledge, encoder)
    yield from leading_on_nothing(knowledge, belief)
    yield from simulated_problems(simulate(knowledge, belief, knowledge.condition_ids, patients))


def near_duplicates(knowledge: Knowledge, encoder: Encoder) -> Iterator[Problem]:
    """Two findings whose phrases mean the same are one, unless one is a special form of the other.

    Findings under one parent are told apart by a word ("left", "right"), and are left out.
    """
    ids = [f for f in knowledge.finding_ids if knowledge.findings[f].phrases.en]
    vectors = _mean_vectors(ids, knowledge, encoder)
    likeness = np.triu(vectors @ vectors.T, k=1)
    for i, j in zip(*np.nonzero(likeness >= DUPLICATE), strict=True):
        one, other = ids[int(i)], ids[int(j)]
        if not _related(one, other, knowledge):
            yield warning(
                f"findings/{one}", f"means nearly the same as {other} (cosine {likeness[i, j]:.2f})"
            )


def _mean_vectors(ids: Sequence[str], knowledge: Knowledge, encoder: Encoder) -> "np.ndarray":
    phrases = [list(knowledge.findings[f].phrases.en)[:8] for f in ids]
    flat = sorted({p for some in phrases for p in some}, key=len)
    encoded = np.concatenate([encoder.encode(flat[s : s + 64]) for s in range(0, len(flat), 64)])
    place = {p: row for row, p in enumerate(flat)}
    means = np.stack([encoded[[place[p] for p in some]].mean(axis=0) for some in phrases])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))


def _related(one: str, other: str, knowledge: Knowledge) -> bool:
    above_one, above_other = knowledge.ancestors(one), knowledge.ancestors(other)
    return one in above_other or other in above_one or bool(above_one & above_other)


def leading_on_nothing(knowledge: Knowledge, belief: Belief) -> Iterator[Problem]:
    """No condition may lead clearly when nothing is told, or common things are denied."""
    common = sorted(knowledge.findings, key=lambda f: -knowledge.findings[f].background)
    complaints = [f for f in common if not knowledge.findings[f].is_background][:DENIED]
    for age in (low + 0.5 for low in AGE_BANDS):
        for sex in Sex:
            for denied in ((), tuple(complaints)):
                case = Case(
                    profile=Profile(age_years=age, sex=sex),
                    findings=tuple(
                        Finding(concept=f, assertion=Assertion.ABSENT, evidence="") for f in denied
                    ),
                )
                chances = belief.posterior(facts_of(case, knowledge), case.profile).probabilities
                best = int(np.argmax(chances[:-1]))
                if chances[best] > ON_NOTHING:
                    yield error(
                        f"conditions/{knowledge.condition_ids[best]}",
                        f"{chances[best]:.0%} though nothing speaks for it (age {age:g}, {sex})",
                    )


def simulated_problems(simulated: Sequence[Simulated]) -> Iterator[Problem]:
    """A condition must find its own simulated patients, and no danger may be rated too low."""
    by_condition: dict[str, list[Simulated]] = defaultdict(list)
    for one in simulated:
        by_condition[one.condition].append(one)
    for condition, group in by_condition.items():
        place = f"conditions/{condition}/findings"
        leaders = ", ".join(sorted({s.leader for s in group if s.rank > 1}))
        if all(s.rank > 3 for s in group):
            yield error(place, f"none of its simulated patients finds it: {leaders} lead")
        elif sum(s.rank == 1 for s in group) * 2 < len(group):
            yield warning(place, f"most of its simulated patients are taken for {leaders}")
        if any(s.too_low for s in group):
            yield error(f"conditions/{condition}/urgency", "a simulated patient is rated too low")
    whole = figures(simulated)
    for name, least in (("first", FIRST), ("in_first_3", IN_FIRST_3)):
        if whole[name] < least:
            yield error("conditions", f"{name} is {whole[name]:.1%}, less than {least:.0%}")
