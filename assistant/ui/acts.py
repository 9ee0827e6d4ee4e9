"""What the browser sends: an Act. It comes from outside, so every field is checked here."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.errors import InvalidRecordError
from assistant.imaging.arranging import Arrangement
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Assertion, Language, Sex, Withdrawal

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
_Note = Annotated[str, Field(max_length=2000)]


class ActKind(StrEnum):
    """What was done on the page; all but the first three are turns of the consultation."""

    BEGIN = "begin"
    RESUME = "resume"  # the page was loaded again in the same tab
    ERASE = "erase"
    SAY = "say"
    ANSWER = "answer"
    CORRECT = "correct"
    SKIP = "skip"
    BACK = "back"
    FINISH = "finish"
    LANGUAGE = "language"
    PICTURE = "picture"  # one that waits on the tray


class Person(BaseModel):
    """The form before the talk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    other: bool = False
    consent: bool = False
    age: float | None = Field(None, ge=0, le=1500)  # in `unit`
    unit: Annotated[str, Field(pattern="^(years|months)$")] = "years"
    sex: Sex | None = None
    pregnant: Assertion | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "XX"
    conditions: _Note = ""
    medicines: _Note = ""
    allergies: _Note = ""

    def profile(self, language: Language) -> Profile:
        """Return the profile; raises InvalidRecordError for an age nobody has."""
        years = self.age / 12 if self.age is not None and self.unit == "months" else self.age
        return Profile(
            age_years=years,
            sex=self.sex,
            pregnant=self.pregnant if self.sex is not Sex.MALE else None,
            for_somebody_else=self.other,
            language=language,
            country=self.country,
            conditions=self.conditions.strip(),
            medicines=self.medicines.strip(),
            allergies=self.allergies.strip(),
        )


class Chosen(BaseModel):
    """A picture that waits on the tray, and how it is to be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: _Id
    frame: int = Field(0, ge=0)
    window: tuple[float, float] | None = None  # centre, width
    turns: int = Field(0, ge=0, le=3)
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _fits(self) -> "Chosen":
        try:
            self.arrangement()
        except InvalidRecordError as error:
            raise ValueError(str(error)) from error
        return self

    def arrangement(self) -> Arrangement:
        """Return how it is turned and cropped."""
        return Arrangement(turns=self.turns, part=self.part)


class Act(BaseModel):
    """One act on the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ActKind
    key: _Id  # new for each act: a repeated one is answered as before, and counts once
    consultation: _Id = ""
    language: Language
    text: str = Field("", max_length=100_000)  # the service has the real limit, and says so
    answers: tuple[tuple[_Id, Assertion], ...] = Field((), max_length=60)
    severity: int | None = Field(None, ge=0, le=10)
    withdrawn: tuple[tuple[_Id, Withdrawal], ...] = Field((), max_length=60)
    person: Person | None = None
    picture: Chosen | None = None
    pictures: tuple[int, ...] = Field((), max_length=60)  # taken back, by number

    def turn(self) -> Turn:
        """Return the act as a turn of the consultation."""
        return Turn(
            kind=TurnKind(self.kind.value),
            text=self.text.strip(),
            answers=self.answers,
            severity=self.severity,
            withdrawn=self.withdrawn,
            pictures=self.pictures,
            language=self.language if self.kind is ActKind.LANGUAGE else None,
            key=self.key or None,
        )
