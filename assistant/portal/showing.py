"""From the records to what a client of the REST API gets, in the words of one language."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from assistant.consultation import Assistant
from assistant.dialogue.telling import PictureTeller, limits_of
from assistant.knowledge import withheld
from assistant.knowledge.schema import ImagingTask
from assistant.portal.views import (
    AnswerView,
    ChoiceView,
    ConsultationView,
    EvidenceView,
    FindingView,
    HypothesisView,
    MeasurementView,
    MessageView,
    NamedView,
    OpenedView,
    PassageView,
    PictureFindingView,
    PictureView,
    ProfileView,
    QuestionView,
    QuoteView,
    ReasonView,
    ReplyView,
    ReportView,
    TriageView,
    TurnView,
)
from assistant.records.case import Case
from assistant.records.diagnosis import (
    Answer,
    Differential,
    Hypothesis,
    Passage,
    Reason,
    Triage,
)
from assistant.records.dialogue import Choice, Consultation, Message, Question, Reply
from assistant.records.finding import Finding, Measurement
from assistant.records.picture import ImageFinding, ImageReading
from assistant.records.report import Report
from assistant.records.terms import Language, Urgency

_SHOWN = 10  # conditions of a differential


@dataclass(frozen=True, slots=True)
class Shown:
    """Shows records in one language."""

    assistant: Assistant
    language: Language

    def opened(self, reply: Reply) -> OpenedView:
        """Show a new consultation."""
        return OpenedView(id=reply.consultation.id, reply=self.reply(reply))

    def turn(self, reply: Reply) -> TurnView:
        """Show the reply to a turn."""
        after = reply.consultation
        return TurnView(id=after.id, turns=after.turns, reply=self.reply(reply))

    def consultation(self, reply: Reply) -> ConsultationView:
        """Show a whole consultation and its last reply."""
        now = reply.consultation
        return ConsultationView(
            id=now.id,
            turns=now.turns,
            profile=ProfileView(**asdict(now.profile)),
            messages=[_message(m) for m in now.messages],
            measurements=[self._measurement(m) for m in now.measurements],
            reply=self.reply(reply),
        )

    def reply(self, reply: Reply) -> ReplyView:
        """Show what the patient sees after a turn."""
        now = reply.consultation
        return ReplyView(
            messages=[_message(m) for m in reply.messages],
            question=self._question(reply.question),
            choices=[_choice(c) for c in reply.choices],
            multiple=reply.multiple,
            why=reply.why,
            triage=None if reply.triage is None else self._triage(reply.triage, now),
            differential=self._differential(reply.differential),
            findings=[self._finding(f) for f in now.case.latest().values()],
            finished=now.advice is not None,
            progress=reply.progress,
            missing=list(reply.missing),
            answer=None if reply.answer is None else _answer(reply.answer),
            pictures=self.pictures(now.case),
        )

    def report(self, report: Report) -> ReportView:
        """Show a report as data."""
        case = report.case
        return ReportView(
            id=report.consultation_id,
            created=report.created,
            profile=ProfileView(**asdict(case.profile)),
            said=case.text.splitlines(),
            triage=self._triage(report.triage),
            differential=self._differential(report.differential),
            findings=[self._finding(f) for f in case.findings],
            retracted=[self._finding(f) for f in case.retracted],
            measurements=[self._measurement(m) for m in case.measurements],
            pictures=self.pictures(case),
            passages=[passage_view(p) for p in report.passages],
            not_asked=self._named(report.not_asked),
            unclear=self._named(report.unclear),
            missing=list(report.missing),
            versions=dict(report.versions),
        )

    def pictures(self, case: Case) -> list[PictureView]:
        """Show the pictures that stand in a case."""
        return [self.picture(seen.reading, case, seen.turn) for seen in case.readings]

    def picture(self, reading: ImageReading, case: Case, number: int | None = None) -> PictureView:
        """Show what was read in a picture; its labels only where the case lets them speak."""
        knowledge, words = self.assistant.knowledge, self.assistant.voice.speaker.phrasing
        teller = PictureTeller(knowledge, words, self.language)
        known = [
            f
            for f in reading.findings
            if f.task in knowledge.imaging and f.label in knowledge.imaging[f.task].labels
        ]
        task = knowledge.imaging[known[0].task] if known else None
        refused = reading.refused is not None
        silent = None if refused else withheld(reading, case, knowledge)
        return PictureView(
            number=number,
            modality=reading.modality,
            modality_name=teller.modality(reading),
            modality_probability=round(reading.modality_probability, 4),
            foreign=round(reading.foreign, 4),
            refused=reading.refused,
            withheld=silent,
            sentence=teller.summary(reading, silent),
            task=known[0].task if known else None,
            task_name=task.name.get(self.language) if task else None,
            findings=[_seen(f, task, self.language) for f in known] if task and not silent else [],
            limits=limits_of(task, words, self.language) if task else [],
            model=reading.model,
            notes=list(reading.notes),
        )

    def _triage(self, triage: Triage, now: Consultation | None = None) -> TriageView:
        """Show the level, never below what the patient was told already."""
        told = now.announced if now is not None else None
        floor = now.floor if now is not None else Urgency.SELF_CARE
        return TriageView(
            level=max(triage.level, floor, told or Urgency.SELF_CARE),
            reasons=[self._reason(reason, triage) for reason in triage.reasons],
            red_flags=list(triage.red_flags),
        )

    def _reason(self, reason: Reason, triage: Triage) -> ReasonView:
        alone = replace(triage, level=reason.level, reasons=(reason,))
        return ReasonView(
            kind=reason.kind,
            id=reason.id,
            level=reason.level,
            text=self.assistant.voice.speaker.reason(reason.level, alone, self.language),
            findings=list(reason.findings),
        )

    def _differential(self, differential: Differential) -> list[HypothesisView]:
        return [self._hypothesis(h) for h in differential.top(_SHOWN)]

    def _hypothesis(self, hypothesis: Hypothesis) -> HypothesisView:
        entry = self.assistant.knowledge.conditions[hypothesis.condition]
        name = entry.name.get(self.language)
        names = (entry.name.en, entry.name.zh, *entry.synonyms.en, *entry.synonyms.zh)
        return HypothesisView(
            id=hypothesis.condition,
            name=name,
            synonyms=[other for other in dict.fromkeys(names) if other != name],
            icd10=entry.icd10[0],
            probability=round(hypothesis.probability, 4),
            evidence=[
                EvidenceView(
                    concept=e.concept,
                    name=self._name(e.concept),
                    assertion=e.assertion,
                    weight=round(e.weight, 3),
                )
                for e in hypothesis.evidence
            ],
            open_questions=self._named(hypothesis.open_questions),
        )

    def _question(self, question: Question | None) -> QuestionView | None:
        if question is None:
            return None
        return QuestionView(
            id=question.id,
            kind=question.kind,
            findings=self._named(question.findings),
            reason=question.reason,
            repeated=question.repeated,
            words=question.words,
        )

    def _finding(self, finding: Finding) -> FindingView:
        told = asdict(finding) | {"ambiguous_with": self._named(finding.ambiguous_with)}
        return FindingView(**told, name=self._name(finding.concept))

    def _measurement(self, measured: Measurement) -> MeasurementView:
        entry = self.assistant.knowledge.bundle.derived.measures[measured.measure]
        return MeasurementView(
            measure=measured.measure,
            name=entry.name.get(self.language),
            value=measured.value,
            unit=entry.unit,
            evidence=measured.evidence,
            turn=measured.turn,
        )

    def _named(self, concepts: Iterable[str]) -> list[NamedView]:
        return [NamedView(id=concept, name=self._name(concept)) for concept in concepts]

    def _name(self, concept: str) -> str:
        """Return a finding's name; its id where the knowledge has lost it since it was kept."""
        entry = self.assistant.knowledge.findings.get(concept)
        return concept if entry is None else entry.name.get(self.language)


def _seen(found: ImageFinding, task: ImagingTask, language: Language) -> PictureFindingView:
    return PictureFindingView(
        label=found.label,
        name=task.labels[found.label].name.get(language),
        probability=round(found.probability, 4),
        verdict=found.verdict,
        likelihood_ratio=round(found.likelihood_ratio, 3),
        sensitivity=found.sensitivity,
        specificity=found.specificity,
    )


def passage_view(passage: Passage) -> PassageView:
    """Show a passage."""
    shown = asdict(passage)
    del shown["score"]
    return PassageView(**shown)


def _answer(answer: Answer) -> AnswerView:
    return AnswerView(
        quotes=[QuoteView(**asdict(quote)) for quote in answer.quotes],
        passages=[passage_view(p) for p in answer.passages],
    )


def _message(message: Message) -> MessageView:
    return MessageView(**asdict(message))


def _choice(choice: Choice) -> ChoiceView:
    return ChoiceView(
        label=choice.label,
        kind=choice.kind,
        text=choice.text or choice.label,
        answers=dict(choice.answers),
        severity=choice.severity,
    )
