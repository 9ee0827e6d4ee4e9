"""What is believed of a consultation: facts, differential, urgency."""

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from assistant.diagnosis import Belief, Likeness, Posterior
from assistant.diagnosis.belief import Array
from assistant.knowledge import Facts, Knowledge, facts_of, sights_of
from assistant.records.case import Case
from assistant.records.diagnosis import Differential, Reason, Triage
from assistant.records.finding import Origin
from assistant.records.terms import Assertion, Urgency
from assistant.triage import NEGLIGIBLE, Desk, fired, floor_of, triage
from assistant.triage.head import Likeness as Alike
from assistant.triage.head import raised
from assistant.triage.pictures import with_pictures
from assistant.turn.attempt import attempt
from assistant.turn.whole import WholeCase


class TextMatch(Protocol):
    """Anything that says how like a text is to each condition's description."""

    def match(self, text: str) -> Array:
        """Return a cosine for each condition, shape (conditions,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that follows from what is known at one moment."""

    case: Case
    facts: Facts
    posterior: Posterior | None
    differential: Differential
    triage: Triage
    beliefs: Differential = field(default_factory=Differential)  # every condition that counts
    likeness: Likeness = field(default_factory=Likeness)  # of the whole text
    alike: Alike | None = None  # how like emergencies the whole text is
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Diagnosis and triage over one Knowledge."""

    knowledge: Knowledge
    belief: Belief
    text_match: TextMatch | None = None  # by meaning
    word_match: TextMatch | None = None  # by words
    desk: Desk | None = None  # judges the risk where vital signs are known
    whole: WholeCase | None = None  # reads the case as a whole, and may raise the level

    def judge(
        self, case: Case, explained: int = 6, n: int = 10, like: Judgement | None = None
    ) -> Judgement:
        """Return the judgement of a case; red flags hold even where the belief fails.

        `like` is an earlier judgement of a case with the same text, whose match is used again.
        """
        missing: list[str] = []
        likeness = like.likeness if like is not None else self._likeness(case, missing)
        alike = like.alike if like is not None else self._alike(case, missing)
        facts = facts_of(case, self.knowledge)
        posterior = attempt("diagnosis", lambda: self._posterior(case, facts, likeness))
        beliefs = self._beliefs(facts, posterior)
        level = attempt("triage", lambda: triage(case, facts, beliefs, self.knowledge, self.desk))
        if level is None or posterior is None:
            missing += ["diagnosis"] * (posterior is None) + ["triage"] * (level is None)
            level = self._cautious(facts, case)
        if case.readings:
            posterior, beliefs, level = self._seeing(
                case, facts, missing, (posterior, beliefs, level)
            )
        differential = Differential()
        if posterior is not None:
            differential = self.belief.differential(facts, posterior, n, explained)
        return Judgement(
            case=case,
            facts=facts,
            posterior=posterior,
            differential=differential,
            triage=raised(level, alike),
            beliefs=beliefs,
            likeness=likeness,
            alike=alike,
            missing=tuple(dict.fromkeys(missing)),
        )

    def _likeness(self, case: Case, missing: list[str]) -> Likeness:
        """Compare the whole text with each condition; what fails is named in `missing`."""
        told = _told(case)
        if not told.strip():
            return Likeness()
        return Likeness(
            dense=_compared(self.text_match, told, missing),
            words=_compared(self.word_match, told, missing),
        )

    def _alike(self, case: Case, missing: list[str]) -> Alike | None:
        """Read the case as a whole; what fails is named in `missing`, and changes no level."""
        if self.whole is None or (self.desk is not None and self.desk.applies(case)):
            return None  # where enough was measured, the desk judges
        whole = self.whole
        found = attempt("triage_head", lambda: (whole.likeness(case),))
        if found is None:
            missing.append("triage_head")
            return None
        return found[0]

    def _beliefs(self, facts: Facts, posterior: Posterior | None) -> Differential:
        """Return every condition that counts, likeliest first."""
        if posterior is None:
            return Differential()
        weighed = int((posterior.probabilities[:-1] >= NEGLIGIBLE).sum())
        return self.belief.differential(facts, posterior, weighed, 0)

    def _seeing(
        self,
        case: Case,
        facts: Facts,
        missing: list[str],
        without: tuple[Posterior | None, Differential, Triage],
    ) -> tuple[Posterior | None, Differential, Triage]:
        """Weigh the pictures: belief moves by their cards, and the level never falls by them."""
        posterior, beliefs, level = without

        def weighed() -> tuple[Posterior | None, Differential, Triage]:
            sights = sights_of(case, self.knowledge, facts.stated)
            if posterior is None or not any(sight.log_ratio for sight in sights):
                return posterior, beliefs, with_pictures(level, level, sights)
            seen = self.belief.seeing(posterior, sights)
            after = self._beliefs(facts, seen)
            judged = triage(case, facts, after, self.knowledge, self.desk)
            return seen, after, with_pictures(level, judged, sights)

        found = attempt("imaging", weighed)
        if found is not None:
            return found
        missing.append("imaging")  # what a picture demanded is not known: be careful
        unknown = Reason(kind="default", id="too_little_known", level=Urgency.CONSULTATION_24H)
        if level.level >= unknown.level:
            return without
        careful = replace(level, level=unknown.level, reasons=(*level.reasons, unknown))
        return posterior, beliefs, careful

    def _posterior(self, case: Case, facts: Facts, likeness: Likeness) -> Posterior:
        posterior = self.belief.posterior(facts, case.profile, likeness)
        if not np.isfinite(posterior.probabilities).all():
            raise ArithmeticError("belief is not a number")
        return posterior

    def _cautious(self, facts: Facts, case: Case) -> Triage:
        """Red flags alone, and never less than a doctor's look, where the triage failed."""
        flags = attempt("triage", lambda: fired(facts, case.profile, self.knowledge)) or ()
        unknown = Reason(kind="default", id="too_little_known", level=Urgency.CONSULTATION_24H)
        level = max(floor_of(flags), Urgency.CONSULTATION_24H)
        return Triage(level=level, floor=floor_of(flags), reasons=(*flags, unknown))


def _told(case: Case) -> str:
    """Return the text without the words for what is denied: "no fever" is not like a fever."""
    denied = {f.evidence for f in case.findings if f.assertion is Assertion.ABSENT}
    text = case.text
    for words in sorted(denied | _wrong(case), key=lambda said: (-len(said), said)):
        text = text.replace(words, " ") if words else text
    return text


def _wrong(case: Case) -> set[str]:
    """Return the words of nothing but what was set to "not there" or taken back by hand."""
    last = case.latest()
    stated = (Assertion.PRESENT, Assertion.POSSIBLE)
    standing = {f.evidence for f in last.values() if f.assertion in stated}
    denied = {
        concept
        for concept, f in last.items()
        if f.origin is Origin.CORRECTED and f.assertion is Assertion.ABSENT
    }
    said = {f.evidence for f in case.findings if f.concept in denied and f.origin is Origin.SAID}
    return (said | {f.evidence for f in case.retracted}) - standing


def _compared(matcher: TextMatch | None, text: str, missing: list[str]) -> Array | None:
    if matcher is None:
        return None
    found = attempt("retrieval", lambda: matcher.match(text))
    if found is None:
        missing.append("retrieval")
    return found
