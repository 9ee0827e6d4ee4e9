"""A whole consultation as data: what a scenario file holds, read strictly.

One TOML file is one consultation. A misspelt key is an error, so that no expectation is lost.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from assistant.records.case import Profile
from assistant.records.terms import Assertion, Language, Sex, Urgency

Words = Annotated[
    tuple[str, ...], BeforeValidator(lambda words: (words,) if isinstance(words, str) else words)
]
State = Literal["present", "possible", "absent", "unclear", "not_told"]


class Strict(BaseModel):
    """A table in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InTop(Strict):
    """Any of these conditions is among the n likeliest."""

    id: Words
    n: int


class Expect(Strict):
    """What holds after a turn; what is left out is not looked at."""

    level: Urgency | None = None  # what the patient was told
    at_least: Urgency | None = None
    at_most: Urgency | None = None  # nothing told yet is at most anything
    act: Literal["ask", "advise", "crisis"] | None = None
    red_flag: Words = ()
    not_red_flag: Words = ()
    condition_in_top: InTop | None = None
    finding: dict[str, State] = {}  # as the knowledge reads the case
    measured: dict[str, float] = {}
    age: float | None = None
    sex: Sex | None = None
    contains: Words = ()  # in what the assistant says in this turn
    lacks: Words = ()
    questions_at_least: int | None = None  # put so far, the opening and repeats not counted
    questions_at_most: int | None = None
    same_question: bool | None = None  # as before this turn
    question_of_turn: int | None = None  # the question that the reply to turn n put (from 1)
    not_asked_again: bool = False  # no question of before this turn is put again
    language: Language | None = None


class Step(Strict):
    """One act of the patient, and what is expected of the reply."""

    patient: str | None = None
    answer: dict[str, Assertion] | None = None
    correct: dict[str, Assertion] | None = None
    skip: bool = False
    back: bool = False
    finish: bool = False
    language: Language | None = None
    let_it_ask: bool = False  # the simulated patient answers until the advice comes
    answers: int | None = None  # the simulated patient answers so many questions
    max_questions: int = 10  # for let_it_ask: more are a failure
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _one_act(self) -> "Step":
        acts = self.model_fields_set - {"expect", "max_questions"}
        if len(acts) != 1:
            raise ValueError(f"a turn has one act, not {sorted(acts)}")
        return self


class Person(Strict):
    """The form before the talk."""

    age: float | None = None
    sex: Sex | None = None
    pregnant: Assertion | None = None
    for_somebody_else: bool = False
    country: str = "GB"
    conditions: str = ""
    medicines: str = ""
    allergies: str = ""


class Knows(Strict):
    """What the simulated patient answers; whatever is not named gets `default`."""

    knows: dict[str, Assertion] = {}
    default: Assertion = Assertion.ABSENT
    duration: str = ""  # words; "": presses "2 to 3 days", or doubts where all is doubted
    severity: int = 3  # of 10


class Scenario(Strict):
    """One consultation. `why` says on what medical ground the expectations rest."""

    name: str
    why: str
    language: Language
    profile: Person = Person()
    patient: Knows = Knows()
    turn: tuple[Step, ...]

    def as_profile(self) -> Profile:
        """Return the form as the assistant gets it."""
        told = self.profile.model_dump(exclude={"age"})
        return Profile(age_years=self.profile.age, language=self.language, **told)


def load(path: Path) -> Scenario:
    """Read one scenario file."""
    return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
