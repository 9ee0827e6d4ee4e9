"""What this could be, as the page shows it: in words, with what speaks for and against."""

from dataclasses import dataclass

from assistant.dialogue.speaking import spoken_evidence, worth_naming
from assistant.records.diagnosis import Differential, Hypothesis
from assistant.records.terms import Assertion, Language
from assistant.ui.wording import Wording

_STRENGTHS = (0.5, 0.2, 0.07)  # the bounds of `Phrasing.likelihood`, for the bars beside the words
_WOULD_CHANGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibility:
    """One condition that this could be."""

    condition: str
    name: str
    likelihood: str  # in words
    strength: int  # 1 (less likely) to 4 (fits well), drawn as bars
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    would_change: tuple[str, ...]
    what: str  # what it is, for a patient
    works: tuple[str, ...]  # titles of the sources


def possibilities(
    differential: Differential, wording: Wording, language: Language
) -> tuple[Possibility, ...]:
    """Return at most five conditions worth naming, the likeliest first."""
    known = wording.knowledge.conditions
    named = [h for h in differential.hypotheses if h.condition in known]
    shown = worth_naming(Differential(hypotheses=tuple(named)), wording.knowledge)
    return tuple(_possibility(h, wording, language) for h in shown)


def _possibility(hypothesis: Hypothesis, wording: Wording, language: Language) -> Possibility:
    entry = wording.knowledge.conditions[hypothesis.condition]
    return Possibility(
        condition=hypothesis.condition,
        name=entry.name.get(language),
        likelihood=wording.speaker.phrasing.likelihood(hypothesis.probability, language),
        strength=1 + sum(hypothesis.probability >= bound for bound in _STRENGTHS),
        speaks_for=_evidence(hypothesis, 1, wording, language),
        speaks_against=_evidence(hypothesis, -1, wording, language),
        would_change=tuple(
            wording.finding(c, language) for c in hypothesis.open_questions[:_WOULD_CHANGE]
        ),
        what=entry.text.get(language).what,
        works=wording.knowledge.source_titles(entry.sources),
    )


def _evidence(
    hypothesis: Hypothesis, speaks: int, wording: Wording, language: Language
) -> tuple[str, ...]:
    def name(concept: str, assertion: Assertion) -> str:
        said = wording.finding(concept, language)
        if assertion is not Assertion.ABSENT:
            return said
        return wording.texts.say("no_finding", language, finding=said)

    return tuple(name(c, a) for c, a in spoken_evidence(hypothesis, speaks))
