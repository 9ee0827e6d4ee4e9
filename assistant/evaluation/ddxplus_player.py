"""Plays a patient of DDXPlus against the real dialogue, and keeps what came of it."""

from dataclasses import dataclass

from assistant.consultation import Assistant
from assistant.evaluation.ddxplus_data import Mapping, Patient
from assistant.knowledge import facts_of
from assistant.records.case import Profile
from assistant.records.dialogue import Question, QuestionKind, Reply, Turn, TurnKind
from assistant.records.terms import Assertion, Language, Urgency

MOST_TURNS = 60  # far above any setting; a dialogue that goes on longer is a bug


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A consultation that came to its end."""

    patient: Patient
    questions: int  # beyond the opening
    belief: dict[str, float]  # condition -> probability at the end, all of them
    learned: frozenset[str]  # findings that the assistant knew to be there at the end
    evidences: int  # of the patient's evidences, how many the mapping reaches
    elicited: int  # of those, how many the assistant learned of
    level: Urgency
    unknown: int  # answers that were "not sure", since nothing maps to the finding


@dataclass(slots=True)
class Player:
    """A patient who answers from the evidences; what they do not tell is "not sure"."""

    assistant: Assistant
    mapping: Mapping
    language: Language = Language.ENGLISH
    denies: bool = True  # False: whatever is not there is "not sure", to see what denials are worth

    def play(self, patient: Patient) -> Played:
        """Talk until the advice comes."""
        profile = Profile(age_years=patient.age, sex=patient.sex, language=self.language)
        reply = self.assistant.open("ddxplus", profile)
        reply = self._say(reply, self._opening(patient))
        questions = unknown = 0
        for _ in range(MOST_TURNS):
            asked = reply.question
            if asked is None or reply.consultation.advice is not None:
                break
            if asked.kind is QuestionKind.OPEN:  # nothing was understood
                reply = self.assistant.reply(reply.consultation, Turn(kind=TurnKind.FINISH))
                continue
            turn = self.answer(asked, patient)
            questions += 1
            unknown += all(a is Assertion.UNKNOWN for _, a in turn.answers)
            reply = self.assistant.reply(reply.consultation, turn)
        return self._result(patient, reply, questions, unknown)

    def answer(self, question: Question, patient: Patient) -> Turn:
        """Return what the patient answers to a question."""
        if question.kind is QuestionKind.SCALE and patient.intensity is not None:
            return Turn(kind=TurnKind.ANSWER, severity=patient.intensity)
        if question.kind in (QuestionKind.SCALE, QuestionKind.DURATION, QuestionKind.CLARIFY):
            return Turn(kind=TurnKind.SKIP)  # DDXPlus does not tell
        present, absent = self.mapping.present(patient), self.mapping.absent(patient)
        return Turn(
            kind=TurnKind.ANSWER,
            answers=tuple((f, self._assertion(f, present, absent)) for f in question.findings),
        )

    def _assertion(
        self, finding: str, present: frozenset[str], absent: frozenset[str]
    ) -> Assertion:
        if finding in present:
            return Assertion.PRESENT
        return Assertion.ABSENT if finding in absent and self.denies else Assertion.UNKNOWN

    def _opening(self, patient: Patient) -> str:
        """Return the initial evidence in words, as far as the mapping reaches."""
        entries = self.mapping.knowledge.findings
        names = [entries[f].name.get(self.language) for f in self.mapping.opening(patient)]
        if self.language is Language.CHINESE:
            return f"我有{'、'.join(names)}。" if names else "我不舒服。"
        return f"I have {', '.join(n.lower() for n in names)}." if names else "I do not feel well."

    def _say(self, reply: Reply, text: str) -> Reply:
        return self.assistant.reply(reply.consultation, Turn(kind=TurnKind.SAY, text=text))

    def _result(self, patient: Patient, reply: Reply, questions: int, unknown: int) -> Played:
        consultation = reply.consultation
        judged = self.assistant.judge.judge(consultation.case, explained=0)
        knowledge = self.assistant.knowledge
        belief: dict[str, float] = {}
        if judged.posterior is not None:
            chances = judged.posterior.probabilities[:-1].tolist()
            belief = dict(zip(knowledge.condition_ids, chances, strict=True))
        learned = facts_of(consultation.case, knowledge).stated
        fired = self.mapping.fired(patient)
        reached = frozenset[str]().union(*(rule.evidences for rule in fired))
        got = frozenset[str]().union(*(r.evidences for r in fired if learned & {*r.findings}))
        return Played(
            patient=patient,
            questions=questions,
            belief=belief,
            learned=learned,
            evidences=len(reached),
            elicited=len(got),
            level=max(consultation.announced or judged.triage.level, judged.triage.level),
            unknown=unknown,
        )
