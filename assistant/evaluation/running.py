"""Runs development cases through the assistant and keeps what came of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.assessing import Assessment, assess, read_request
from assistant.consultation import Assistant
from assistant.errors import AssistantError
from assistant.evaluation.gold import GoldCase
from assistant.evaluation.names import ConditionNames
from assistant.evaluation.triage_metrics import Care, care_of
from assistant.extraction import Extractor
from assistant.records.extraction import Extraction, Heard
from assistant.records.terms import Assertion, Language

DEPTH = 10  # places of the differential that are looked at, as in the public contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the assistant made of one case."""

    gold: GoldCase
    error: str = ""  # the row could not be assessed, and counts as a miss
    known: bool = False  # whether the true diagnosis is a condition of ours at all
    rank: int | None = None  # of the truth among the first `DEPTH`
    candidate: bool | None = None  # whether the truth was the best of the candidates
    tied: bool = False  # the truth shares the first place among the candidates, and is no hit
    candidates_known: bool = False  # whether all the candidates are conditions of ours
    top: tuple[tuple[str, float], ...] = ()  # the first three conditions
    care: Care | None = None
    reasons: tuple[str, ...] = ()  # kind:id of what demanded the urgency
    missing: tuple[str, ...] = ()  # parts that failed: then another assistant was measured
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class WithoutDenials:
    """An extractor that drops what is denied: shows what denials are worth."""

    inner: Extractor

    def extract(
        self, text: str, *, language: Language, turn: int = 0, context: tuple[str, ...] = ()
    ) -> Extraction:
        """Return what `text` says, less what it denies."""
        found = self.inner.extract(text, language=language, turn=turn, context=context)
        kept = tuple(f for f in found.findings if f.assertion is not Assertion.ABSENT)
        return replace(found, findings=kept)

    def asserted(self, text: str, start: int, end: int, language: Language) -> Heard:
        """Return what the inner extractor says of given words."""
        return self.inner.asserted(text, start, end, language)


def run(
    assistant: Assistant,
    cases: Sequence[GoldCase],
    max_characters: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Outcome]:
    """Assess every case; a row that cannot be assessed is kept as an error."""
    names = ConditionNames(assistant.knowledge)
    outcomes = []
    for number, gold in enumerate(cases, start=1):
        outcomes.append(_outcome(assistant, gold, names, max_characters))
        progress(number)
    return outcomes


def _outcome(
    assistant: Assistant, gold: GoldCase, names: ConditionNames, max_characters: int
) -> Outcome:
    truth = names.matching(gold.diagnosis, gold.icd10)
    try:
        request = read_request(gold.request, assistant.knowledge, max_characters)
    except AssistantError as error:
        return Outcome(gold=gold, error=str(error), known=bool(truth))
    assessment = assess(assistant, request)
    judged = assessment.judgement
    listed = [h.condition for h in judged.differential.top(DEPTH)]
    places = [place for place, c in enumerate(listed, start=1) if c in truth]
    candidate, tied, all_known = _best_candidate(assistant, gold, assessment, names)
    return Outcome(
        gold=gold,
        known=bool(truth),
        rank=min(places, default=None),
        candidate=candidate,
        tied=tied,
        candidates_known=all_known,
        top=tuple((h.condition, h.probability) for h in judged.differential.top(3)),
        care=care_of(judged.triage.level),
        reasons=tuple(f"{r.kind}:{r.id}" for r in judged.triage.reasons),
        missing=assessment.missing,
        seconds=assessment.seconds,
    )


def _best_candidate(
    assistant: Assistant, gold: GoldCase, assessment: Assessment, names: ConditionNames
) -> tuple[bool | None, bool, bool]:
    """Whether the true one is believed in more than every other candidate, or as much as one.

    Two candidates may be one condition of ours; that is a tie. A candidate that is none of ours
    has no belief, so it never wins. The third value is whether all of them are ours.
    """
    posterior = assessment.judgement.posterior
    if not gold.candidates or not gold.diagnosis:
        return None, False, False
    index = assistant.knowledge.condition_index
    meant = {name: names.matching([name]) for name in gold.candidates}
    belief = {
        name: max((float(posterior.probabilities[index[c]]) for c in conditions), default=0.0)
        if posterior is not None
        else 0.0
        for name, conditions in meant.items()
    }
    others = [b for name, b in belief.items() if name not in gold.diagnosis]
    best = max((belief.get(name, 0.0) for name in gold.diagnosis), default=0.0)
    rival = max(others, default=0.0)
    return best > rival, best == rival > 0, all(meant.values())
