"""Playing a scenario: the patient's turns against the real assistant, every reply kept."""

from dataclasses import dataclass, field

from scenario_script import Knows, Scenario, Step

from assistant.consultation import Assistant
from assistant.knowledge import Knowledge
from assistant.records.dialogue import Choice, Question, QuestionKind, Reply, Turn, TurnKind
from assistant.records.terms import Assertion, Language

MOST_TURNS = 40  # a talk that never comes to an advice is a failure, not an endless test
_DOUBT = {Language.ENGLISH: "not sure", Language.CHINESE: "不确定"}
_PERHAPS = {Language.ENGLISH: "maybe", Language.CHINESE: "可能有"}


@dataclass(slots=True)
class Played:
    """A consultation as far as it went: each turn with the replies before and after it."""

    scenario: Scenario
    replies: list[Reply] = field(default_factory=list)  # the first is the welcome
    turns: list[Turn] = field(default_factory=list)

    @property
    def last(self) -> Reply:
        """The reply that the patient sees now."""
        return self.replies[-1]

    def asked(self, until: int | None = None) -> list[Question]:
        """Return the questions put in the first `until` replies, opening and repeats left out."""
        questions: list[Question] = []
        for reply in self.replies[:until]:
            question = reply.question
            if question is None or question.kind is QuestionKind.OPEN or question.repeated:
                continue
            if not questions or questions[-1].id != question.id:
                questions.append(question)
        return questions


class Player:
    """Takes one step of a scenario after the other."""

    def __init__(self, assistant: Assistant, scenario: Scenario) -> None:
        self.assistant, self.scenario = assistant, scenario
        self.played = Played(scenario, [assistant.open(scenario.name, scenario.as_profile())])
        self._patient = SimulatedPatient(scenario.patient, assistant.knowledge)

    def take(self, step: Step) -> None:
        """Do what a step says; a simulated patient answers one question after the other."""
        if not step.let_it_ask and step.answers is None:
            self._turn(_turn_of(step))
            return
        for _ in range(MOST_TURNS if step.answers is None else step.answers):
            question = self.played.last.question
            if question is None or question.kind is QuestionKind.OPEN:
                return
            self._turn(self._patient.answer(self.played.last))

    def _turn(self, turn: Turn) -> None:
        self.played.turns.append(turn)
        self.played.replies.append(self.assistant.reply(self.played.last.consultation, turn))


class SimulatedPatient:
    """Answers a question from what he knows, with the buttons that the page would show."""

    def __init__(self, told: Knows, knowledge: Knowledge) -> None:
        self.told, self.knowledge = told, knowledge

    def answer(self, reply: Reply) -> Turn:
        """Return the turn that answers the question of `reply`."""
        question, language = reply.question, reply.consultation.profile.language
        if question is None:
            raise ValueError("nothing was asked")
        if question.kind is QuestionKind.DURATION:
            return self._since_when(reply, language)
        if question.kind is QuestionKind.SCALE:
            if self.told.default is Assertion.UNKNOWN:
                return _say(_DOUBT[language])
            return _press(next(c for c in reply.choices if c.severity == self.told.severity))
        if question.kind is QuestionKind.YES_NO:
            return self._yes_or_no(reply, question, language)
        return self._several(reply, question)

    def knows(self, finding: str) -> Assertion:
        """Return what he knows of a finding; what implies it makes it so."""
        if finding in self.told.knows:
            return self.told.knows[finding]
        for known, assertion in self.told.knows.items():
            if assertion is Assertion.PRESENT and finding in self.knowledge.ancestors(known):
                return Assertion.PRESENT
        return self.told.default

    def _since_when(self, reply: Reply, language: Language) -> Turn:
        if self.told.duration:
            return _say(self.told.duration)
        if self.told.default is Assertion.UNKNOWN:
            return _say(_DOUBT[language])
        return _press(reply.choices[1])

    def _yes_or_no(self, reply: Reply, question: Question, language: Language) -> Turn:
        known = self.knows(question.findings[0])
        if known is Assertion.POSSIBLE:
            return _say(_PERHAPS[language])
        return _press(next(c for c in reply.choices if c.answers[0][1] is known))

    def _several(self, reply: Reply, question: Question) -> Turn:
        """Tick what is there; else "none of these", or "not sure" where anything is in doubt."""
        known = {f: self.knows(f) for f in question.findings}
        ticked = {f for f, a in known.items() if a in (Assertion.PRESENT, Assertion.POSSIBLE)}
        if not reply.multiple:
            ticked = set(sorted(ticked)[:1])
        if ticked:
            answers = tuple(
                (f, Assertion.PRESENT if f in ticked else Assertion.ABSENT)
                for f in question.findings
            )
            return Turn(kind=TurnKind.ANSWER, answers=answers)
        doubted = Assertion.UNKNOWN in known.values()
        wanted = Assertion.UNKNOWN if doubted else Assertion.ABSENT
        return _press(next(c for c in reply.choices if {a for _, a in c.answers} == {wanted}))


def _press(choice: Choice) -> Turn:
    return Turn(
        kind=choice.kind, text=choice.text, answers=choice.answers, severity=choice.severity
    )


def _say(text: str) -> Turn:
    return Turn(kind=TurnKind.SAY, text=text)


def _turn_of(step: Step) -> Turn:
    if step.patient is not None:
        return _say(step.patient)
    if step.answer is not None:
        return Turn(kind=TurnKind.ANSWER, answers=tuple(step.answer.items()))
    if step.correct is not None:
        return Turn(kind=TurnKind.CORRECT, answers=tuple(step.correct.items()))
    if step.language is not None:
        return Turn(kind=TurnKind.LANGUAGE, language=step.language)
    kinds = {"skip": TurnKind.SKIP, "back": TurnKind.BACK, "finish": TurnKind.FINISH}
    return Turn(kind=next(kind for act, kind in kinds.items() if getattr(step, act)))
