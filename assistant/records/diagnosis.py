"""What the assistant believes, and why: Differential, Triage, Passage."""

from dataclasses import dataclass

from assistant.records.marks import Piece, Spans, pieces
from assistant.records.terms import Assertion, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One finding's weight for or against a condition."""

    concept: str
    assertion: Assertion
    weight: float  # natural log of the likelihood ratio; > 0 speaks for the condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One condition of a differential."""

    condition: str  # id in knowledge/conditions
    probability: float  # share of belief, 0 to 1
    evidence: tuple[Evidence, ...] = ()  # strongest first
    open_questions: tuple[str, ...] = ()  # findings that would change its rank the most


@dataclass(frozen=True, slots=True, kw_only=True)
class Differential:
    """Conditions by falling probability; `unlisted` is the belief in none of them."""

    hypotheses: tuple[Hypothesis, ...] = ()
    unlisted: float = 1.0

    def top(self, n: int) -> tuple[Hypothesis, ...]:
        """Return the n likeliest."""
        return self.hypotheses[:n]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a level of urgency was given."""

    kind: str  # "red_flag", "risk", "vitals", "desk", "whole", "presentation", "picture", "default"
    id: str  # the red flag, the condition or the rule
    level: Urgency
    findings: tuple[str, ...] = ()
    probability: float | None = None  # for a risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """The urgency, what demanded it, and the floor that nothing may go below."""

    level: Urgency
    floor: Urgency = Urgency.SELF_CARE
    reasons: tuple[Reason, ...] = ()

    @property
    def red_flags(self) -> tuple[str, ...]:
        """Ids of the red flags that fired, most urgent first."""
        return tuple(reason.id for reason in self.reasons if reason.kind == "red_flag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of medical text that was retrieved."""

    id: str
    title: str
    text: str
    sources: tuple[str, ...] = ()  # titles of the works it rests on
    condition: str | None = None
    score: float = 0.0  # cosine, or fused rank score
    corpus: str = "own"  # our own texts, or the corpus of the library that it is from
    trusted: bool = True  # may be quoted in answers
    url: str = ""
    date: str = ""  # ISO 8601, as far as it is known
    licence: str = ""
    highlights: Spans = ()  # of words asked for, in `text`

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The text, cut at the words that are marked."""
        return pieces(self.text, self.highlights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One sentence of a passage, word for word."""

    text: str
    number: int  # of the passage in its answer, from 1
    highlights: Spans = ()  # of words asked for

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The sentence, cut at the words that are marked."""
        return pieces(self.text, self.highlights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What passages say on a question; without quotes, that nothing was found."""

    quotes: tuple[Quote, ...] = ()
    passages: tuple[Passage, ...] = ()
