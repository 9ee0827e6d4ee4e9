"""What is said: Turn and Question in, Advice and Reply out, and the Consultation they make."""

from dataclasses import dataclass, field
from enum import StrEnum

from assistant.records.case import Case, Profile
from assistant.records.diagnosis import Answer, Differential, Passage, Triage
from assistant.records.finding import Finding, Measurement
from assistant.records.picture import ImageReading, SeenPicture
from assistant.records.terms import Assertion, Language, Urgency, Withdrawal


class TurnKind(StrEnum):
    """What the patient did."""

    SAY = "say"  # free text
    ANSWER = "answer"  # buttons of the pending question
    CORRECT = "correct"  # an entry in the list of what was understood
    SKIP = "skip"
    BACK = "back"
    FINISH = "finish"  # "tell me what you think now"
    LANGUAGE = "language"
    PICTURE = "picture"  # a picture that was looked at before the turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One act of the patient. `key` makes a double click count once."""

    kind: TurnKind
    text: str = ""
    answers: tuple[tuple[str, Assertion], ...] = ()  # finding id -> what was answered
    severity: int | None = None  # for a scale question
    language: Language | None = None
    key: str | None = None
    withdrawn: tuple[tuple[str, Withdrawal], ...] = ()  # finding id -> why; for a correction
    reading: ImageReading | None = None  # of a picture; never its pixels
    pictures: tuple[int, ...] = ()  # pictures taken back whole; for a correction


class QuestionKind(StrEnum):
    """How a question is answered."""

    OPEN = "open"
    YES_NO = "yes_no"
    CHOOSE_ONE = "choose_one"
    CHOOSE_MANY = "choose_many"
    SCALE = "scale"  # 0 to 10
    DURATION = "duration"
    CLARIFY = "clarify"  # which of several did you mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: which findings it settles, and why it is asked."""

    id: str
    kind: QuestionKind
    findings: tuple[str, ...] = ()
    reason: str = "differential"  # "safety", "differential", "history", "opening"
    about: tuple[str, ...] = ()  # conditions it helps to tell apart
    repeated: bool = False  # asked again, in other words, once


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question that was put, and in which turn it was answered."""

    question: Question
    turn: int | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line of the talk as it was shown."""

    role: str  # "patient" or "assistant"
    text: str
    turn: int
    title: str = ""  # a fold-out's heading, e.g. "Why do you ask?"
    picture: int | None = None  # the kept picture that this line shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The end of a consultation."""

    triage: Triage
    differential: Differential
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """The whole state of one talk; a turn gives the next one."""

    id: str
    profile: Profile
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    said: tuple[str, ...] = ()  # the patient's free text, by turn
    messages: tuple[Message, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    pending: Question | None = None
    turns: int = 0
    announced: Urgency | None = None  # what the patient was told; falls only by a correction
    floor: Urgency = Urgency.SELF_CARE
    crisis: bool = False  # self-harm was spoken of: no quiz
    advice: Advice | None = None
    degraded: tuple[str, ...] = ()  # components that failed in some turn
    retracted: tuple[Finding, ...] = ()  # taken back by hand: they stand for nothing any more
    readings: tuple[SeenPicture, ...] = ()  # pictures that were not refused, in order

    @property
    def case(self) -> Case:
        """What is known of the patient."""
        return Case(
            profile=self.profile,
            findings=self.findings,
            measurements=self.measurements,
            text="\n".join(self.said),
            retracted=self.retracted,
            readings=self.readings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A quick reply: what the button says and what it answers."""

    label: str
    answers: tuple[tuple[str, Assertion], ...] = ()
    severity: int | None = None
    kind: TurnKind = TurnKind.ANSWER
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the patient sees after a turn, in the language of the consultation."""

    consultation: Consultation
    messages: tuple[Message, ...]
    question: Question | None = None
    choices: tuple[Choice, ...] = ()
    multiple: bool = False  # several choices may be ticked, then sent
    why: str = ""
    triage: Triage | None = None
    differential: Differential = field(default_factory=Differential)
    progress: float = 0.0  # 0 to 1, a hint
    missing: tuple[str, ...] = ()  # components that failed in this turn
    answer: Answer | None = None  # to a question beside the matter
    reading: ImageReading | None = None  # of the picture that the turn brought, refused or not
