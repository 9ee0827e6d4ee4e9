"""What a client of the REST API may send."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Assertion, Language, Sex, Withdrawal
from assistant.settings import Settings


class Body(BaseModel):
    """Base of all bodies: an unknown field is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


class ProfileBody(Body):
    """Who the patient is; what is left out counts as not told."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"age_years": 54, "sex": "male", "language": "en", "country": "GB"},
                {
                    "age_years": 0.75,
                    "sex": "female",
                    "for_somebody_else": True,
                    "language": "zh",
                    "country": "CN",
                    "allergies": "青霉素",
                },
            ]
        }
    )

    age_years: float | None = Field(
        None,
        ge=0,
        le=125,
        strict=True,
        description="Years; fractions for infants: 0.25 is three months.",
    )
    sex: Sex | None = None
    pregnant: Assertion | None = None
    for_somebody_else: bool = Field(
        False, strict=True, description="Whether a parent, a daughter… is writing."
    )
    language: Language | None = Field(None, description="Default: the server's language.")
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(
        None, description="ISO 3166-1 alpha-2, for emergency numbers. Default: the server's."
    )
    conditions: str = Field("", description="Known illnesses, in the patient's words.")
    medicines: str = Field("", description="Medicines taken, in the patient's words.")
    allergies: str = Field("", description="Known allergies, in the patient's words.")

    def profile(self, settings: Settings) -> Profile:
        """Return the record, with the server's language and country where none is given."""
        told = self.model_dump(exclude={"language", "country"})
        return Profile(
            **told,
            language=self.language or Language(settings.language),
            country=self.country or settings.country,
        )


class TurnBody(Body):
    """One act of the patient; a choice of the last reply can be sent back as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "say", "text": "I have had a sore throat since Monday.", "key": "7f3a-1"},
                {"kind": "answer", "answers": {"fever": "absent"}, "text": "No", "key": "7f3a-2"},
                {"kind": "answer", "severity": 6, "text": "6", "key": "7f3a-3"},
                {"kind": "correct", "answers": {"cough": "absent"}, "key": "7f3a-4"},
                {"kind": "correct", "withdrawn": {"rash": "not_mine"}, "key": "7f3a-7"},
                {"kind": "correct", "pictures": [3], "key": "7f3a-8"},
                {"kind": "language", "language": "zh", "key": "7f3a-5"},
                {"kind": "finish", "key": "7f3a-6"},
            ]
        }
    )

    kind: TurnKind
    text: str = Field("", description="Free text, or the label of the button that was pressed.")
    answers: dict[str, Assertion] = Field({}, description="Finding id → what was answered.")
    severity: int | None = Field(
        None, ge=0, le=10, strict=True, description="For a question on a scale."
    )
    withdrawn: dict[str, Withdrawal] = Field(
        {}, description='For the kind "correct": finding id → why its entry is taken back.'
    )
    pictures: list[int] = Field(
        [], description='For the kind "correct": numbers of pictures that are taken back whole.'
    )
    language: Language | None = Field(None, description='For the kind "language".')
    key: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")] | None = Field(
        None,
        description="1 to 100 printable ASCII characters, new for each turn: sent again with the "
        "same key, a turn counts once and gives the same reply.",
    )

    def turn(self) -> Turn:
        """Return the record."""
        return Turn(
            kind=self.kind,
            text=self.text,
            answers=tuple(self.answers.items()),
            severity=self.severity,
            language=self.language,
            key=self.key,
            withdrawn=tuple(self.withdrawn.items()),
            pictures=tuple(self.pictures),
        )
