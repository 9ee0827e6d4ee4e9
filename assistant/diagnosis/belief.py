"""Belief over conditions: P(condition | findings, age, sex) in log space, vectorised.

Bayes' rule over the numbers of `knowledge/`. Correlated findings are not counted twice: a special
finding counts only by what it adds to its parent, P(child | parent, condition), and a denied parent
denies its children once. One further row stands for "none of these".
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge import Facts, Knowledge
from assistant.knowledge.schema import AGE_BANDS
from assistant.records.case import Profile
from assistant.records.diagnosis import Differential, Evidence, Hypothesis
from assistant.records.terms import Assertion, Sex

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The few numbers that are not medicine; tuned on development cases, see the model card."""

    prior_power: float = 0.5  # 1: incidence as it is; vignettes hold rare things more often
    absent_weight: float = 0.6  # a denial is a weaker witness than a statement
    possible_weight: float = 0.5
    unlisted_prior: float = 0.05  # share of help-seekers with none of our conditions, estimate
    dense_weight: float = 12.0  # of the dense match of the whole text, per unit of cosine
    temperature: float = 1.2  # calibration of the whole
    hard_floor: float = 0.002  # log-likelihood of one finding is bounded below by this P


@dataclass(frozen=True, slots=True)
class Posterior:
    """Belief after the facts: `probabilities` has a row a condition, then "none of these"."""

    probabilities: Array  # shape (conditions + 1,), sums to 1
    log_evidence: Array  # shape (conditions + 1, findings): what each known finding added
    prior: Array  # before the findings, by age and sex; shape as `probabilities`

    @property
    def entropy(self) -> float:
        """Uncertainty in nats."""
        p = self.probabilities
        return float(-(p * np.log(p + 1e-12)).sum())


class Belief:
    """The inference; holds arrays derived once from a Knowledge."""

    def __init__(self, knowledge: Knowledge, tuning: Tuning | None = None) -> None:
        self.knowledge = knowledge
        self.tuning = tuning or Tuning()

    @cached_property
    def table(self) -> Array:
        """P(finding | condition), shape (conditions + 1, findings); the last row is "none"."""
        background = self.knowledge.background
        return np.vstack([self.knowledge.likelihood, background[None, :]])

    @cached_property
    def _given_parent(self) -> Array:
        """P(finding | its parent is there, condition), shape as `table`."""
        parents = self.knowledge.parent_index
        has = parents >= 0
        given = self.table.copy()
        given[:, has] = np.minimum(self.table[:, has] / self.table[:, parents[has]], 0.98)
        return given

    def prior(self, profile: Profile) -> Array:
        """Log prior of each condition and of "none", for this age and sex."""
        by_sex = self.knowledge.incidence
        band = int(np.searchsorted(AGE_BANDS, _age(profile), side="right")) - 1
        both = by_sex[:, :, band] if profile.age_years is not None else by_sex.mean(axis=2)
        row = both.mean(axis=0) if profile.sex is None else both[int(profile.sex is Sex.MALE)]
        share = np.maximum(row, 0.01) ** self.tuning.prior_power
        share = np.where(row <= 0, 1e-9, share)
        share = share / share.sum() * (1 - self.tuning.unlisted_prior)
        prior: Array = np.log(np.append(share, self.tuning.unlisted_prior))
        return prior

    def posterior(self, facts: Facts, profile: Profile, dense: Array | None = None) -> Posterior:
        """Return the belief after the facts; `dense` is a cosine a condition, if there is one."""
        evidence = self._log_evidence(facts)
        prior = self.prior(profile)
        score = prior + evidence.sum(axis=1)
        if dense is not None and self.tuning.dense_weight:
            score += self.tuning.dense_weight * np.append(dense, dense.mean())
        return Posterior(softmax(score / self.tuning.temperature), evidence, np.exp(prior))

    def _log_evidence(self, facts: Facts) -> Array:
        index, parents = self.knowledge.finding_index, self.knowledge.parent_index
        evidence = np.zeros_like(self.table)
        stated = facts.stated
        for finding in stated & index.keys():
            i = index[finding]
            weight = 1.0 if finding in facts.present else self.tuning.possible_weight
            p = self._given_parent[:, i] if parents[i] >= 0 else self.table[:, i]
            evidence[:, i] = weight * np.log(np.maximum(p, self.tuning.hard_floor * p.max()))
        for finding in facts.absent & index.keys():
            i = index[finding]
            above = self.knowledge.parent(finding)
            if above in facts.absent:
                continue  # said already by denying the parent
            p = self._given_parent[:, i] if above in stated else self.table[:, i]
            evidence[:, i] = self.tuning.absent_weight * np.log(1 - p)
        return evidence

    def differential(
        self, facts: Facts, posterior: Posterior, n: int = 10, explained: int = 6
    ) -> Differential:
        """Return the n likeliest conditions, the first `explained` with their evidence."""
        probabilities = posterior.probabilities
        order = np.argsort(-probabilities[:-1], kind="stable")[:n]
        hypotheses = tuple(
            Hypothesis(
                condition=self.knowledge.condition_ids[row],
                probability=float(probabilities[row]),
                evidence=self._explain(int(row), facts, posterior) if rank < explained else (),
                open_questions=self._open(int(row), facts) if rank < explained else (),
            )
            for rank, row in enumerate(order)
        )
        return Differential(hypotheses=hypotheses, unlisted=float(probabilities[-1]))

    def _explain(self, row: int, facts: Facts, posterior: Posterior) -> tuple[Evidence, ...]:
        """Weight of each known finding: log-likelihood here against people of this age and sex."""
        known = np.flatnonzero((posterior.log_evidence != 0).any(axis=0))
        average = np.log(posterior.prior @ np.exp(posterior.log_evidence[:, known]) + 1e-12)
        weights = posterior.log_evidence[row, known] - average
        found = [
            Evidence(
                concept=self.knowledge.finding_ids[i],
                assertion=_assertion(self.knowledge.finding_ids[i], facts),
                weight=round(float(weight), 3),
            )
            for i, weight in zip(known, weights, strict=True)
            if abs(weight) >= 0.15
        ]
        return tuple(sorted(found, key=lambda e: (-abs(e.weight), e.concept)))

    def _open(self, row: int, facts: Facts, n: int = 3) -> tuple[str, ...]:
        """Return the findings not asked that would move this condition the most."""
        background = self.knowledge.background
        ratio = np.abs(np.log(self.knowledge.likelihood[row] / background))
        swing = ratio * self.knowledge.likelihood[row]
        order = np.argsort(-swing, kind="stable")
        names = (self.knowledge.finding_ids[i] for i in order[:60])
        return tuple(f for f in names if f not in facts.known)[:n]


def softmax(score: Array) -> Array:
    """Return exp(score) normalised to sum 1."""
    shifted: Array = np.exp(score - score.max())
    return np.asarray(shifted / shifted.sum())


def _assertion(finding: str, facts: Facts) -> Assertion:
    if finding in facts.present:
        return Assertion.PRESENT
    return Assertion.POSSIBLE if finding in facts.possible else Assertion.ABSENT


def _age(profile: Profile) -> float:
    return 40.0 if profile.age_years is None else profile.age_years
