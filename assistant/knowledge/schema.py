"""The shape of `knowledge/`: what a clinician writes in YAML, checked when it is compiled."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assistant.records.picture import Modality, Verdict
from assistant.records.terms import Sex, Urgency

Probability = Annotated[float, Field(gt=0, lt=1)]
AGE_BANDS = (0.0, 1.0, 5.0, 15.0, 30.0, 50.0, 65.0, 80.0)  # lower bounds, years
Bands = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=8, max_length=8)]


class Entry(BaseModel):
    """Base of all entries: unknown keys are errors, and nothing is changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Entry):
    """One text in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def get(self, language: str) -> str:
        """Return the text in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


class WordLists(Entry):
    """Lists of phrases in both languages."""

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()

    def get(self, language: str) -> tuple[str, ...]:
        """Return the phrases in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


class FindingKind(StrEnum):
    """What sort of fact a finding is."""

    SYMPTOM = "symptom"
    SIGN = "sign"
    VITAL = "vital"
    LAB = "lab"
    IMAGING = "imaging"
    HISTORY = "history"
    RISK = "risk"


class FindingEntry(Entry):
    """A finding: how it is called, asked and how common it is."""

    kind: FindingKind
    name: Words
    implies: tuple[str, ...] = ()  # the first one is its parent for P(child | parent)
    sex: Sex | None = None
    age: tuple[float | None, float | None] | None = None  # years, [from, to)
    background: Probability  # P(finding) in somebody seeking help for whatever reason
    question: Words | None = None
    phrases: WordLists
    modifiers: WordLists = WordLists()
    hpo: str | None = Field(None, pattern=r"^HP:\d{7}$")

    @property
    def is_background(self) -> bool:
        """Whether it is history or risk: true for years, not part of this illness."""
        return self.kind in (FindingKind.HISTORY, FindingKind.RISK)


class Incidence(Entry):
    """New episodes seen at first contact per 100 000 people a year, by `AGE_BANDS`."""

    female: Bands
    male: Bands


class PatientText(Entry):
    """What a patient reads about a condition in one language."""

    what: str
    do: str
    seek: str


class PatientTexts(Entry):
    """Patient text in both languages."""

    en: PatientText
    zh: PatientText

    def get(self, language: str) -> PatientText:
        """Return the text in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


class ConditionEntry(Entry):
    """A condition and the numbers by which it is recognised."""

    name: Words
    synonyms: WordLists = WordLists()
    icd10: tuple[str, ...] = Field(min_length=1)
    specialty: str
    care: str
    incidence: Incidence
    urgency: Urgency
    raised_by: dict[str, Urgency] = {}
    findings: dict[str, Probability] = Field(min_length=5)
    risks: dict[str, Annotated[float, Field(gt=0, le=2000)]] = {}
    cited: dict[str, str] = {}
    text: PatientTexts
    sources: tuple[str, ...] = Field(min_length=1)
    system: str = ""  # its folder, filled in by the compiler


class AtLeast(Entry):
    """A line of a red flag that needs several of its findings."""

    at_least: int = Field(ge=1)
    of: tuple[str, ...]


class Examples(Entry):
    """Messages that must fire a red flag by themselves."""

    en: tuple[str, ...] = Field(min_length=3)
    zh: tuple[str, ...] = Field(min_length=3)


class ExampleProfile(Entry):
    """Who says a red flag's examples."""

    age: float | None = None
    sex: Sex | None = None


class RedFlagEntry(Entry):
    """Findings that together demand a level, whatever any model says."""

    family: str
    level: Urgency
    name: Words
    when: tuple[tuple[str, ...] | AtLeast, ...] = Field(min_length=1)
    age: tuple[float | None, float | None] | None = None
    sex: Sex | None = None
    why: Words
    do: Words
    sources: tuple[str, ...] = Field(min_length=1)
    profile: ExampleProfile = ExampleProfile()
    examples: Examples

    @cached_property
    def lines(self) -> tuple[AtLeast, ...]:
        """Every line in one form."""
        return tuple(
            line if isinstance(line, AtLeast) else AtLeast(at_least=1, of=line)
            for line in self.when
        )

    @cached_property
    def concepts(self) -> frozenset[str]:
        """Every finding that it looks at."""
        return frozenset(concept for line in self.lines for concept in line.of)


class PresentationEntry(Entry):
    """What a complaint demands while nothing that was told explains it; no red flag."""

    when: tuple[tuple[str, ...], ...] = Field(min_length=1)  # each line met by any of its findings
    age: tuple[float | None, float | None] | None = None
    unless: tuple[str, ...] = ()  # one of these explains it
    level: Urgency
    why: Words
    sources: tuple[str, ...] = Field(min_length=1)


class GroupEntry(Entry):
    """Several findings asked in one question with choices."""

    about: str | None = None
    choose: str = Field(pattern="^(one|many)$")
    question: Words
    findings: tuple[str, ...] = Field(min_length=2)


class AmbiguityEntry(Entry):
    """Words that by themselves may mean several findings: then the patient is asked which."""

    phrases: WordLists
    findings: tuple[str, ...] = Field(min_length=2)  # the likeliest first
    unless: WordLists = WordLists()  # words of the same message that tell which is meant


class SourceEntry(Entry):
    """A work that a number or a rule rests on."""

    title: str
    publisher: str
    year: int = Field(ge=1900, le=2100)
    kind: str


class PassageKind(StrEnum):
    """What a passage is about."""

    COMPLAINT = "complaint"  # what usually causes it, what helps, when to go
    MEDICINE = "medicine"  # what it is for, who must not take it, what patients ask most
    TEST = "test"  # what it shows, how it goes, what patients ask most


class PassageEntry(Entry):
    """A short text of our own about a complaint, a medicine or a test."""

    kind: PassageKind = PassageKind.COMPLAINT
    title: Words
    names: WordLists = WordLists()  # other names: of a medicine its brands, of a test its short form
    text: Words
    about: tuple[str, ...] = ()  # findings; a text on a complaint names at least one
    sources: tuple[str, ...] = Field(min_length=1)


class SectionTitles(Entry):
    """Headings of the three parts of a condition's text."""

    what: Words
    do: Words
    seek: Words


class NumberRule(Entry):
    """A measured value that gives findings: at_least <= value < below, for an age range."""

    measure: str
    at_least: float | None = None
    below: float | None = None
    age: tuple[float | None, float | None] | None = None
    sex: Sex | None = None
    gives: tuple[str, ...]
    denies: tuple[str, ...] = ()  # what this value rules out
    source: str


class DurationRule(Entry):
    """A finding that has lasted so long is a more special finding."""

    finding: str
    at_least_days: float | None = None
    below_days: float | None = None
    gives: str


class MeasureEntry(Entry):
    """A number that a patient or a clinician may tell: its name, unit and possible range."""

    name: Words
    unit: str
    low: float  # values outside low..high cannot be true and are not taken
    high: float


class Derived(Entry):
    """What follows from numbers, durations and severity."""

    measures: dict[str, MeasureEntry]
    numbers: tuple[NumberRule, ...]
    durations: tuple[DurationRule, ...]
    severe_pain: tuple[str, ...]  # findings that a severity of 8 or more makes `pain_severe`


class CountryEntry(Entry):
    """Whom to call in one country."""

    name: Words
    ambulance: str
    crisis: Words  # crisis line with its number, as a sentence
    poison: str | None = None
    source: str


class Licence(StrEnum):
    """What the pictures that a model was taught on may be used for."""

    OPEN = "open"
    NONCOMMERCIAL = "noncommercial"
    RESEARCH = "research"


class Compares(StrEnum):
    """Against what the likelihood ratios of a task hold."""

    ALL = "all"  # every other condition
    LABELS = "labels"  # the other labels of the task alone: silent until `confirm` is answered "yes"
    NOTHING = "nothing"  # it moves no belief and no level: a demonstration


class RaiseEntry(Entry):
    """The level that a verdict on a label demands; several may apply, and the highest holds."""

    verdict: Verdict
    level: Urgency
    age: tuple[float | None, float | None] | None = None  # years; an unknown age is within
    why: Words
    sources: tuple[str, ...] = Field(min_length=1)


class LabelEntry(Entry):
    """What a model may see in a picture, and what that speaks for."""

    name: Words  # "the shadow of a pneumonia": ends the sentence "It looks like …"
    finding: str | None = None  # of kind imaging; None: it speaks for nothing
    conditions: tuple[str, ...] = ()
    raises: tuple[RaiseEntry, ...] = ()


class ConfirmEntry(Entry):
    """What must be known to be there before a model that only tells its kinds apart may speak."""

    finding: str  # of kind imaging, named by the conditions of all labels; "yes" makes it a fact
    question: Words  # whether a doctor has found it on this picture: yes, no, not sure
    why: Words  # why the picture alone says nothing, a sentence
    words: WordLists  # what it is called, in talks about anything
    short: WordLists  # and where the picture is what is talked about


class ImagingTask(Entry):
    """What a picture model is for, and what it is not for."""

    modality: Modality
    name: Words
    use: Words
    not_for: Words
    weak: Words  # where it is known to be wrong, a sentence
    limit: Words  # the one limit that is said with each reading, a sentence
    licence: Licence
    compares: Compares
    confirm: ConfirmEntry | None = None  # where it compares labels alone
    sources: tuple[str, ...] = Field(min_length=1)
    labels: dict[str, LabelEntry] = Field(min_length=2)


class Bundle(Entry):
    """All of `knowledge/`, checked entry by entry."""

    findings: dict[str, FindingEntry]
    conditions: dict[str, ConditionEntry]
    red_flags: dict[str, RedFlagEntry]
    groups: dict[str, GroupEntry]
    sources: dict[str, SourceEntry]
    derived: Derived
    countries: dict[str, CountryEntry]
    passages: dict[str, PassageEntry] = {}
    presentations: dict[str, PresentationEntry] = {}
    imaging: dict[str, ImagingTask] = {}
    ambiguous: dict[str, AmbiguityEntry] = {}
    sections: SectionTitles
    digest: str = ""  # SHA-256 over the files
