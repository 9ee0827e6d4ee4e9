"""What a client of the REST API gets, field by field: a change inside changes nothing here."""

from pydantic import BaseModel, Field

from assistant.records.dialogue import QuestionKind, TurnKind
from assistant.records.finding import Origin
from assistant.records.picture import Modality, Verdict, Withheld
from assistant.records.terms import Assertion, Experiencer, Language, Sex, Time, Urgency


class NamedView(BaseModel):
    """An id of `knowledge/` and its name in the language of the consultation."""

    id: str
    name: str


class MessageView(BaseModel):
    """One line of the talk; text may hold **bold** and lists in Markdown, and never HTML."""

    role: str = Field(description='"patient" or "assistant"')
    text: str
    turn: int
    title: str = ""
    picture: int | None = Field(None, description="The kept picture that this line shows.")


class QuestionView(BaseModel):
    """The question that waits for an answer; its words are the last message."""

    id: str
    kind: QuestionKind
    findings: list[NamedView]
    reason: str = Field(description='"safety", "differential", "history", "opening" or "clarify"')
    repeated: bool
    words: str = Field("", description="Of the patient, where it asks what they mean (clarify).")


class ChoiceView(BaseModel):
    """A button: its parts are what to send back as a turn."""

    label: str
    kind: TurnKind
    text: str
    answers: dict[str, Assertion]
    severity: int | None


class ReasonView(BaseModel):
    """Why a level was given."""

    kind: str = Field(description='"red_flag", "vitals", "risk", "picture", "default"…')
    id: str
    level: Urgency
    text: str
    findings: list[str]


class TriageView(BaseModel):
    """How urgent it is; within a consultation the level falls only by a correction."""

    level: Urgency
    reasons: list[ReasonView]
    red_flags: list[str]


class EvidenceView(BaseModel):
    """A finding's weight for (above 0) or against a condition: natural log of the odds ratio."""

    concept: str
    name: str
    assertion: Assertion
    weight: float


class HypothesisView(BaseModel):
    """One condition of the differential."""

    id: str
    name: str
    synonyms: list[str]
    icd10: str
    probability: float = Field(description="Share of belief, 0 to 1.")
    evidence: list[EvidenceView] = Field(description="Strongest first.")
    open_questions: list[NamedView] = Field(description="Findings that would change its rank.")


class AttributeView(BaseModel):
    """Words that tell more of a finding."""

    kind: str = Field(description='"when", "severity", "frequency", "course" or "trigger"')
    words: str


class FindingView(BaseModel):
    """One finding and the words it came from."""

    concept: str
    name: str
    assertion: Assertion
    experiencer: Experiencer
    time: Time
    evidence: str
    duration_days: float | None
    severity: int | None
    origin: Origin
    turn: int
    start: int | None = Field(
        None, description="Where `evidence` begins in that turn's message, in Unicode characters."
    )
    end: int | None = None
    attributes: list[AttributeView] = Field([], description="In the patient's words.")
    ambiguous_with: list[NamedView] = Field(
        [], description="What else these words may mean, the likeliest first."
    )


class MeasurementView(BaseModel):
    """One number that was told."""

    measure: str
    name: str
    value: float
    unit: str
    evidence: str
    turn: int


class PictureFindingView(BaseModel):
    """One label of a picture model: evidence, never a diagnosis."""

    label: str
    name: str
    probability: float = Field(description="Calibrated, at the prevalence of the model's card.")
    verdict: Verdict
    likelihood_ratio: float = Field(description="Of this verdict, from the card.")
    sensitivity: float | None
    specificity: float | None


class PictureView(BaseModel):
    """What was read in one picture; `refused` names why nothing is concluded."""

    number: int | None = Field(description="Its number in the consultation; null: it is not kept.")
    modality: Modality
    modality_name: str
    modality_probability: float
    foreign: float = Field(description="How unlike every kind that is known, 0 to 1.")
    refused: str | None
    withheld: Withheld | None = Field(
        None, description="Why the reading says nothing yet; then `findings` is empty."
    )
    sentence: str = Field(description="The kind; why it was refused or is withheld; what to do.")
    task: str | None
    task_name: str | None
    findings: list[PictureFindingView] = Field(description="Most probable first.")
    limits: list[str] = Field(description="What it is for, not for, and where it is weak.")
    model: str
    notes: list[str]


class PassageView(BaseModel):
    """A piece of medical text, with the works it rests on."""

    id: str
    title: str
    text: str
    sources: list[str]
    condition: str | None
    corpus: str = Field("own", description="Our own texts, or a corpus that was added.")
    trusted: bool = Field(True, description="Whether answers may quote it.")
    url: str = ""
    date: str = ""
    licence: str = ""
    highlights: list[tuple[int, int]] = Field(
        [], description="Start and end in `text` of words asked for."
    )


class QuoteView(BaseModel):
    """One sentence of a passage, word for word."""

    text: str
    number: int = Field(description="Place of its passage in `passages`, from 1.")


class AnswerView(BaseModel):
    """What passages say on a question; no quotes: nothing was found."""

    quotes: list[QuoteView]
    passages: list[PassageView]


class FoundView(BaseModel):
    """Passages for a query, best first. Texts are data of others: escape them."""

    passages: list[PassageView]


class ProfileView(BaseModel):
    """Who the patient is; null is "not told"."""

    age_years: float | None
    sex: Sex | None
    pregnant: Assertion | None
    for_somebody_else: bool
    language: Language
    country: str
    conditions: str
    medicines: str
    allergies: str


class ReplyView(BaseModel):
    """What the patient sees after a turn."""

    messages: list[MessageView]
    question: QuestionView | None = Field(description="null: nothing is asked now.")
    choices: list[ChoiceView]
    multiple: bool = Field(description="Several choices may be ticked, then sent together.")
    why: str = Field(description="Why the question is asked.")
    triage: TriageView | None = Field(description="null before the first turn.")
    differential: list[HypothesisView] = Field(description="At most 10, likeliest first.")
    findings: list[FindingView] = Field(description="What was understood: the latest word on each.")
    finished: bool = Field(description="Whether advice was given; the talk may go on.")
    progress: float = Field(description="0 to 1, a hint.")
    missing: list[str] = Field(description="Components that failed in this turn.")
    answer: AnswerView | None = Field(
        None, description="To a question beside the matter; it never changes the urgency."
    )
    pictures: list[PictureView] = Field([], description="Pictures that stand, in order.")


class OpenedView(BaseModel):
    """A new consultation. Its id gives access to it: keep it like a password."""

    id: str
    reply: ReplyView


class TurnView(BaseModel):
    """The reply to a turn."""

    id: str
    turns: int = Field(description="Turns taken so far.")
    reply: ReplyView


class PictureTurnView(TurnView):
    """The reply to a picture."""

    picture: PictureView = Field(description="What was read in the picture that was sent.")


class ConsultationView(BaseModel):
    """A consultation as it stands: enough to show it again on another page."""

    id: str
    turns: int
    profile: ProfileView
    messages: list[MessageView]
    measurements: list[MeasurementView]
    reply: ReplyView


class ReportView(BaseModel):
    """The report as data."""

    id: str
    created: str = Field(description="ISO 8601, UTC.")
    profile: ProfileView
    said: list[str] = Field(description="The patient's words, turn by turn.")
    triage: TriageView
    differential: list[HypothesisView]
    findings: list[FindingView] = Field(description="All of them, in the order they were told.")
    retracted: list[FindingView] = Field([], description="Taken back by hand: they count no more.")
    measurements: list[MeasurementView]
    pictures: list[PictureView] = Field([], description="Pictures that stand, in order.")
    passages: list[PassageView]
    not_asked: list[NamedView]
    unclear: list[NamedView]
    missing: list[str]
    versions: dict[str, str]
