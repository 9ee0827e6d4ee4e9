"""Which question comes next, and whether another one is worth the patient's effort."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.dialogue.gain import Array, gains
from assistant.knowledge import Facts, Knowledge, within
from assistant.knowledge.schema import FindingKind, RedFlagEntry
from assistant.records.case import Case, Profile
from assistant.records.dialogue import Exchange, Question, QuestionKind
from assistant.records.terms import Assertion, Sex, Urgency

KEPT_PROFILES = 500  # combinations of age and sex whose lists are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How gains and efforts are weighed; estimates, tuned on the development dialogues."""

    danger: float = 1.2  # a nat about "dangerous or not" against a nat about which condition
    flag: float = 0.35  # a level of urgency that one more answer could bring, times its chance
    history: float = 0.7  # histories and risks are worth a little less than symptoms
    further: float = 0.5  # each further choice of a group adds this much of its gain
    group_effort: float = 1.35  # a question with choices takes longer than a yes or no
    far_fetched: float = 0.015  # chance of a yes below which it is only asked for a red flag
    enough: float = 0.02  # a best gain below this is not worth a question
    opening: int = 3  # exchanges until which the best question is put however small its gain
    considered: int = 80  # likeliest conditions that the gains are computed over
    duration: bool = True  # whether "since when" is asked of the first complaint


@dataclass(frozen=True, slots=True)
class State:
    """What the choice looks at."""

    case: Case
    facts: Facts
    probabilities: Array  # (conditions + 1,), the last is "none of these"
    floor: Urgency
    asked: tuple[Exchange, ...]


class Questioner:
    """Chooses questions from the knowledge; the same state always gives the same question."""

    def __init__(self, knowledge: Knowledge, table: Array, weights: Weights | None = None) -> None:
        self.knowledge, self.table = knowledge, table
        self.weights = weights or Weights()
        self._askable = [
            (f, knowledge.parent(f))
            for f in knowledge.finding_ids
            if knowledge.findings[f].question is not None
        ]
        self._askable_of: dict[tuple[float | None, Sex | None], list[tuple[str, str | None]]] = {}
        self._dangerous = np.array(
            [knowledge.conditions[c].urgency.is_emergency for c in knowledge.condition_ids]
            + [False]
        )

    def next_question(self, state: State) -> tuple[Question | None, float]:
        """Return the best question and its value; None when none is worth asking."""
        first = self._about_the_complaint(state)
        if first is not None:
            return first, 1.0
        candidates = self._candidates(state)
        if not candidates:
            return None, 0.0
        value, _ = self._values(candidates, state)
        if not value:
            return None, 0.0
        single = max(value, key=lambda f: (value[f], f))
        options = [(value[single], self._yes_no(single))]
        options += [
            (worth, question)
            for worth, question in (self._group(g, value, state) for g in self.knowledge.groups)
            if question is not None
        ]
        best, question = max(options, key=lambda pair: (pair[0], pair[1].id))
        enough = self.weights.enough if len(state.asked) > self.weights.opening else 0.0
        if best <= enough:
            return None, best
        return self._with_reasons(question, state), best

    def most_telling(self, state: State, n: int) -> list[tuple[str, float]]:
        """Return the n findings whose answer is worth the most, with the chance of a yes."""
        candidates = self._candidates(state)
        if not candidates:
            return []
        value, p_yes = self._values(candidates, state)
        best = sorted(value, key=lambda f: (-value[f], f))[:n]
        return [(f, p_yes[f]) for f in best]

    def _about_the_complaint(self, state: State) -> Question | None:
        """Since when, then how bad: asked once, of the first complaint that is about now."""
        asked = {exchange.question.id for exchange in state.asked}
        complaints = [
            f
            for f in state.case.latest().values()
            if f.assertion is Assertion.PRESENT
            and f.concept in self.knowledge.findings
            and not self.knowledge.findings[f.concept].is_background
            and self.knowledge.findings[f.concept].kind is not FindingKind.IMAGING
        ]
        if not complaints:
            return None
        main = complaints[0].concept
        undated = self.weights.duration and all(f.duration_days is None for f in complaints)
        if undated and "since_when" not in asked:
            return Question(
                id="since_when", kind=QuestionKind.DURATION, findings=(main,), reason="history"
            )
        severe = set(self.knowledge.bundle.derived.severe_pain)
        pains = [
            f.concept
            for f in complaints
            if severe & ({f.concept} | self.knowledge.ancestors(f.concept))
        ]
        rated = (
            any(f.severity is not None for f in complaints) or "pain_severe" in state.facts.known
        )
        if pains and "how_bad" not in asked and not rated:
            return Question(
                id="how_bad", kind=QuestionKind.SCALE, findings=(pains[0],), reason="safety"
            )
        return None

    def _candidates(self, state: State) -> list[str]:
        """Findings that can be asked now: unknown, for this person, and with their parent there."""
        asked = {f for e in state.asked for f in e.question.findings if e.question.id == f}
        known, stated = state.facts.known | asked, state.facts.stated
        return [
            finding
            for finding, parent in self._askable_by(state.case.profile)
            if finding not in known and (parent is None or parent in stated)
        ]

    def _askable_by(self, profile: Profile) -> list[tuple[str, str | None]]:
        """Return the findings that can be asked of somebody of this age and sex, with parents."""
        key = (profile.age_years, profile.sex)
        if key not in self._askable_of:
            if len(self._askable_of) >= KEPT_PROFILES:
                self._askable_of.clear()
            self._askable_of[key] = [
                (f, parent) for f, parent in self._askable if self._concerns(f, profile)
            ]
        return self._askable_of[key]

    def _concerns(self, finding: str, profile: Profile) -> bool:
        entry = self.knowledge.findings[finding]
        if entry.sex is not None and profile.sex is not entry.sex:
            return False
        return entry.age is None or within(profile.age_years, entry.age)

    def _values(
        self, candidates: list[str], state: State
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return the worth and the chance of a yes of each candidate that is not far-fetched."""
        rows = np.argsort(-state.probabilities, kind="stable")[: self.weights.considered]
        belief = state.probabilities[rows] / state.probabilities[rows].sum()
        found = gains(belief, self._likelihood(candidates, rows), self._dangerous[rows])
        value = found.information + self.weights.danger * found.danger
        flags = self._flag_values(state)
        p_yes = {f: float(found.p_yes[i]) for i, f in enumerate(candidates)}
        worth = {
            f: float(value[i]) * self._kind_weight(f)
            + self.weights.flag * flags.get(f, 0.0) * p_yes[f]
            for i, f in enumerate(candidates)
            if p_yes[f] >= self.weights.far_fetched or f in flags
        }
        return worth, p_yes

    def _likelihood(self, candidates: list[str], rows: NDArray[np.int64]) -> Array:
        index, parents = self.knowledge.finding_index, self.knowledge.parent_index
        columns = np.array([index[f] for f in candidates])
        p = self.table[np.ix_(rows, columns)]
        above = parents[columns]
        has = above >= 0
        given = self.table[np.ix_(rows, above[has])]
        p[:, has] = np.minimum(p[:, has] / given, 0.98)
        return np.asarray(p)

    def _kind_weight(self, finding: str) -> float:
        background = self.knowledge.findings[finding].is_background
        return self.weights.history if background else 1.0

    def _flag_values(self, state: State) -> dict[str, float]:
        """For each finding, how many levels its yes could raise, the sooner the more."""
        worth: dict[str, float] = {}
        for flag in self.knowledge.red_flags.values():
            rise = flag.level.rank - state.floor.rank
            if (
                rise <= 0
                or not flag.concepts & state.facts.ever
                or _barred(flag, state.case.profile)
            ):
                continue
            open_lines = [
                line
                for line in flag.lines
                if len(state.facts.ever.intersection(line.of)) < line.at_least
            ]
            for line in open_lines:
                for finding in line.of:
                    worth[finding] = max(worth.get(finding, 0.0), rise / len(open_lines) ** 2)
        return worth

    def _yes_no(self, finding: str) -> Question:
        return Question(id=finding, kind=QuestionKind.YES_NO, findings=(finding,))

    def _group(
        self, group_id: str, value: dict[str, float], state: State
    ) -> tuple[float, Question | None]:
        """Return a group's worth: the best choice counts whole, each further one less."""
        group = self.knowledge.groups[group_id]
        if group.about is not None and group.about not in state.facts.stated:
            return 0.0, None
        if any(exchange.question.id == group_id for exchange in state.asked):
            return 0.0, None
        members = [f for f in group.findings if f in value]
        if len(members) < 2:
            return 0.0, None
        ranked = sorted((value[f] for f in members), reverse=True)
        total = sum(v * self.weights.further**i for i, v in enumerate(ranked))
        one = group.choose == "one"
        kind = QuestionKind.CHOOSE_ONE if one else QuestionKind.CHOOSE_MANY
        question = Question(id=group_id, kind=kind, findings=tuple(members))
        return total / self.weights.group_effort, question

    def _with_reasons(self, question: Question, state: State) -> Question:
        """Say why it is asked: a danger that it could show, else what it tells apart."""
        flags = self._flag_values(state)
        safety = any(flags.get(f, 0.0) >= 1.0 for f in question.findings)
        background = all(self.knowledge.findings[f].is_background for f in question.findings)
        reason = "safety" if safety else "history" if background else "differential"
        return Question(
            id=question.id,
            kind=question.kind,
            findings=question.findings,
            reason=reason,
            about=self._tells_apart(question.findings, state),
        )

    def _tells_apart(self, findings: Iterable[str], state: State, n: int = 3) -> tuple[str, ...]:
        """Return the likely conditions for which the answer counts the most."""
        columns = np.array([self.knowledge.finding_index[f] for f in findings])
        rows = np.argsort(-state.probabilities[:-1], kind="stable")[:12]
        p = self.table[np.ix_(rows, columns)].max(axis=1)
        order = np.argsort(-p * state.probabilities[rows], kind="stable")[:n]
        return tuple(self.knowledge.condition_ids[rows[i]] for i in order)


def _barred(flag: RedFlagEntry, profile: Profile) -> bool:
    """Whether a flag is about people of another age or sex."""
    if flag.sex is not None and profile.sex is not None and flag.sex is not profile.sex:
        return True
    return flag.age is not None and not within(profile.age_years, flag.age)
