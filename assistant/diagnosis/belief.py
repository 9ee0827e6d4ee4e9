"""Belief over conditions: P(condition | findings, age, sex) in log space, vectorised.

Bayes' rule over the numbers of `knowledge/`. Correlated findings are not counted twice: a special
finding counts only by what it adds to its parent, P(child | parent, condition), and a denied parent
denies its children once. One further row stands for "none of these".
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge import Facts, Knowledge, Sight
from assistant.knowledge.schema import AGE_BANDS
from assistant.records.case import Profile
from assistant.records.diagnosis import Differential, Evidence, Hypothesis
from assistant.records.picture import Verdict
from assistant.records.terms import Assertion, Sex

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The few numbers that are not medicine; tuned on development cases, see the model card."""

    prior_power: float = 0.5  # 1: incidence as it is; vignettes hold rare things more often
    absent_weight: float = 0.6  # a denial is a weaker witness than a statement
    possible_weight: float = 0.5
    unlisted_prior: float = 0.05  # share of help-seekers with none of our conditions, estimate
    dense_weight: float = 15.0  # of the dense match of the whole text, per unit of cosine
    words_weight: float = 90.0  # of the match of its words, per unit of cosine
    temperature: float = 1.2  # calibration of the whole
    text_temperature: float = 1.5  # the same where the text was compared: it tells things twice
    hard_floor: float = 0.002  # log-likelihood of one finding is bounded below by this P


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How like a whole text is to each condition's description; None where it was not compared."""

    dense: Array | None = None  # cosine of meanings, shape (conditions,)
    words: Array | None = None  # cosine of words, shape (conditions,)


@dataclass(frozen=True, slots=True)
class Posterior:
    """Belief after the facts: `probabilities` has a row a condition, then "none of these"."""

    probabilities: Array  # shape (conditions + 1,), sums to 1
    findings: tuple[int, ...]  # places of the known findings, the columns of `log_evidence`
    log_evidence: Array  # shape (conditions + 1, len(findings)): what each of them added
    prior: Array  # before the findings, by age and sex; shape as `probabilities`
    seen: tuple[Sight, ...] = ()  # what pictures added, the last columns of `log_evidence`

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

    def posterior(
        self, facts: Facts, profile: Profile, likeness: Likeness | None = None
    ) -> Posterior:
        """Return the belief after the facts, and the text as a whole where it was compared."""
        findings, evidence = self._log_evidence(facts)
        prior = self.prior(profile)
        score = prior + evidence.sum(axis=1)
        like = likeness or Likeness()
        compared = False
        for cosine, weight in (
            (like.dense, self.tuning.dense_weight),
            (like.words, self.tuning.words_weight),
        ):
            if cosine is not None and weight:
                score += weight * np.append(cosine, cosine.mean())
                compared = compared or bool(cosine.any())
        tuned = self.tuning.text_temperature if compared else self.tuning.temperature
        probabilities = softmax(score / tuned)
        return Posterior(probabilities, findings, evidence, np.exp(prior))

    def seeing(self, before: Posterior, sights: tuple[Sight, ...]) -> Posterior:
        """Return the belief after pictures: odds times the likelihood ratio of each verdict.

        A sight that only tells some conditions apart moves belief between those, and leaves to
        them together what they held. It comes after the temperature, which calibrates what words
        and findings tell twice.
        """
        weighing = tuple(s for s in sights if s.log_ratio and s.finding in self._place)
        score = np.log(np.maximum(before.probabilities, np.finfo(float).tiny))
        columns = []
        for sight in weighing:
            column = np.zeros(len(score))
            column[self._rows(sight.conditions)] = sight.log_ratio
            if sight.among is not None:
                rows = self._rows(sight.among)
                held = softmax(score[rows])
                column[rows] -= np.log((held * np.exp(column[rows])).sum())
            score = score + column
            columns.append(column)
        if not columns:
            return before
        return Posterior(
            softmax(score),
            (*before.findings, *(self._place[s.finding] for s in weighing)),
            np.column_stack([before.log_evidence, *columns]),
            before.prior,
            weighing,
        )

    @property
    def _place(self) -> dict[str, int]:
        return self.knowledge.finding_index

    def _rows(self, conditions: tuple[str, ...]) -> list[int]:
        index = self.knowledge.condition_index
        return [index[c] for c in conditions if c in index]

    def _log_evidence(self, facts: Facts) -> tuple[tuple[int, ...], Array]:
        """Return the places of the known findings, and what each adds to each condition."""
        index = self.knowledge.finding_index
        stated = facts.stated
        told = sorted(index[f] for f in stated & index.keys())
        denied = sorted(
            index[f]
            for f in facts.absent & index.keys()
            if self.knowledge.parent(f) not in facts.absent  # else said by denying the parent
        )
        columns = [self._stated(i, facts) for i in told]
        columns += [self._denied(i, facts) for i in denied]
        empty = np.zeros((len(self.table), 0))
        return (*told, *denied), np.stack(columns, axis=1) if columns else empty

    def _stated(self, i: int, facts: Facts) -> Array:
        p = self._given_parent[:, i] if self.knowledge.parent_index[i] >= 0 else self.table[:, i]
        present = self.knowledge.finding_ids[i] in facts.present
        weight = 1.0 if present else self.tuning.possible_weight
        return np.asarray(weight * np.log(np.maximum(p, self.tuning.hard_floor * p.max())))

    def _denied(self, i: int, facts: Facts) -> Array:
        above = self.knowledge.parent(self.knowledge.finding_ids[i])
        p = self._given_parent[:, i] if above in facts.stated else self.table[:, i]
        return np.asarray(self.tuning.absent_weight * np.log(1 - p))

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
        average = np.log(posterior.prior @ np.exp(posterior.log_evidence) + 1e-12)
        weights = posterior.log_evidence[row] - average
        told = len(posterior.findings) - len(posterior.seen)
        names = [self.knowledge.finding_ids[i] for i in posterior.findings]
        said = [_assertion(name, facts) for name in names[:told]]
        said += [_shown(sight) for sight in posterior.seen]
        found = [
            Evidence(concept=name, assertion=assertion, weight=round(float(weight), 3))
            for name, assertion, weight in zip(names, said, weights, strict=True)
            if abs(weight) >= 0.15
        ]
        return tuple(sorted(found, key=lambda e: (-abs(e.weight), e.concept)))

    def _telling_order(self, row: int) -> NDArray[np.int64]:
        """Return the places of the findings that would move a condition, the most telling first."""
        likelihood = self.knowledge.likelihood[row]
        ratio = np.abs(np.log(likelihood / self.knowledge.background))
        order: NDArray[np.int64] = np.argsort(-ratio * likelihood, kind="stable")[:60]
        return order

    def _open(self, row: int, facts: Facts, n: int = 3) -> tuple[str, ...]:
        """Return the findings not asked that would move this condition the most."""
        order = self._telling_order(row)
        names = (self.knowledge.finding_ids[i] for i in order)
        asked = facts.known | self.knowledge.confirms.keys()  # those are asked for a picture alone
        return tuple(f for f in names if f not in asked)[:n]


def softmax(score: Array) -> Array:
    """Return exp(score) normalised to sum 1."""
    shifted: Array = np.exp(score - score.max())
    return np.asarray(shifted / shifted.sum())


def _assertion(finding: str, facts: Facts) -> Assertion:
    if finding in facts.present:
        return Assertion.PRESENT
    return Assertion.POSSIBLE if finding in facts.possible else Assertion.ABSENT


def _shown(sight: Sight) -> Assertion:
    return Assertion.POSSIBLE if sight.verdict is Verdict.LIKELY else Assertion.ABSENT


def _age(profile: Profile) -> float:
    return 40.0 if profile.age_years is None else profile.age_years
