"""From a decision to the reply that the patient sees, and to the report."""

from dataclasses import dataclass, replace

from assistant import __version__
from assistant.dialogue.confirming import is_confirming
from assistant.dialogue.listening import Heard
from assistant.dialogue.speaking import Speaker
from assistant.dialogue.telling import PictureTeller
from assistant.knowledge import Knowledge, sights_of, withheld
from assistant.records.diagnosis import Answer, Passage
from assistant.records.dialogue import (
    Consultation,
    Message,
    Question,
    QuestionKind,
    Reply,
    Turn,
    TurnKind,
)
from assistant.records.picture import ImageReading
from assistant.records.report import Report
from assistant.records.terms import Urgency
from assistant.turn.deciding import Act, Decision
from assistant.turn.judging import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says what was decided, in the language of the consultation."""

    knowledge: Knowledge
    speaker: Speaker
    max_questions: int
    versions: tuple[tuple[str, str], ...] = ()

    def welcome(self, consultation: Consultation) -> Reply:
        """Return the first words and the open question."""
        profile, pending = consultation.profile, consultation.pending
        numbers = self.knowledge.country(profile.country)
        whose = "other" if profile.for_somebody_else else "self"
        hello = self.speaker.phrasing.say(
            f"welcome.{whose}", profile.language, ambulance=numbers.ambulance
        )
        lines = [hello] + ([self.speaker.question(pending, profile.language)] if pending else [])
        return self._reply(consultation, lines, pending)

    def speak(
        self,
        turn: Turn,
        heard: Heard,
        judged: Judgement,
        decided: Decision,
        missing: tuple[str, ...],
        answer: Answer | None = None,
    ) -> Reply:
        """Return the reply to a turn, and the consultation with its messages."""
        lines = self._before(turn, heard, missing, decided)
        lines += self.speaker.answer(answer, heard) if answer is not None else []
        lines += {
            Act.ASK: self._asked,
            Act.ASK_AGAIN: self._asked_again,
            Act.ADVISE: self._advised,
            Act.CRISIS: self._crisis,
            Act.LISTEN: self._listened,
        }[decided.act](heard, judged, decided)
        consultation = replace(
            decided.consultation,
            degraded=tuple(dict.fromkeys((*decided.consultation.degraded, *missing))),
            crisis=decided.consultation.crisis or decided.act is Act.CRISIS,
        )
        shown = turn.text if turn.kind is not TurnKind.CORRECT else ""
        reply = self._reply(consultation, lines, decided.question, said=shown, turn=turn)
        return replace(
            reply,
            triage=judged.triage,
            differential=judged.differential,
            missing=missing,
            answer=answer,
            reading=heard.reading,
        )

    def report(self, consultation: Consultation, judged: Judgement, created: str) -> Report:
        """Return the report of a consultation as it stands."""
        leading = judged.differential.top(5)
        open_questions = dict.fromkeys(q for h in leading for q in h.open_questions)
        level = max(consultation.announced or judged.triage.level, judged.triage.level)
        return Report(
            consultation_id=consultation.id,
            created=created,
            case=judged.case,
            triage=replace(judged.triage, level=level),
            differential=judged.differential,
            passages=self._passages(consultation),
            not_asked=tuple(open_questions),
            unclear=tuple(sorted(judged.facts.unclear)),
            missing=tuple(dict.fromkeys((*consultation.degraded, *judged.missing))),
            versions=(("anamnesis", __version__), *self.versions),
        )

    @staticmethod
    def _passages(consultation: Consultation) -> tuple[Passage, ...]:
        return consultation.advice.passages if consultation.advice is not None else ()

    def _before(
        self, turn: Turn, heard: Heard, missing: tuple[str, ...], decided: Decision
    ) -> list[str]:
        """What was understood, moved or set right, and what does not work."""
        language = heard.consultation.profile.language
        say = self.speaker.phrasing.say
        first = len(heard.consultation.said) <= 1
        lines = self.speaker.mirror(heard, first) if turn.kind is TurnKind.SAY else []
        lines += self.speaker.corrected(turn, language) if heard.corrected else []
        lines += self._seen(heard, decided) if heard.reading is not None else []
        moved = {
            TurnKind.SKIP: "flow.skipped",
            TurnKind.LANGUAGE: "flow.language",
            TurnKind.BACK: "flow.went_back" if heard.understood else "flow.nothing_to_go_back",
        }
        if turn.kind in moved:
            lines.append(say(moved[turn.kind], language))
        lines += self._settled(heard, decided)
        if heard.aside not in (None, "off_topic", "question"):
            lines.append(say(f"aside.{heard.aside}", language))
        if missing:
            names = [say(f"flow.{m}", language) for m in missing]
            parts = self.speaker.phrasing.join(names, language)
            lines.append(say("flow.degraded", language, parts=parts))
        return lines

    def _seen(self, heard: Heard, decided: Decision) -> list[str]:
        """What is said of the picture that this turn brought."""
        assert heard.reading is not None
        now, teller = heard.consultation, self._teller(heard.consultation)
        why = withheld(heard.reading, now.case, self.knowledge)
        if heard.reading.refused is not None or why is None:
            return self._told_of(heard.reading, now.turns, now)
        asks = is_confirming(decided.question)
        silent = teller.asking_first(heard.reading) if asks else teller.withheld(heard.reading, why)
        return teller.lines(heard.reading, (), silent)

    def _settled(self, heard: Heard, decided: Decision) -> list[str]:
        """What is said of pictures that speak from now on, or stay silent for what was answered."""
        now, teller = heard.consultation, self._teller(heard.consultation)
        lines = []
        if heard.released:
            lines.append(self.speaker.phrasing.say("picture.said.released", teller.language))
        for seen in heard.released:
            lines += self._told_of(seen.reading, seen.turn, now)
        given_up = is_confirming(now.pending) and not is_confirming(decided.question)
        given_up = given_up and decided.act is not Act.CRISIS  # nothing beside the matter then
        for seen in now.readings if given_up else heard.silenced:
            why = withheld(seen.reading, decided.consultation.case, self.knowledge)
            lines += [] if why is None else [teller.withheld(seen.reading, why)]
        return list(dict.fromkeys(lines))

    def _told_of(self, reading: ImageReading, turn: int, now: Consultation) -> list[str]:
        """What a reading says, and what it demands by itself."""
        alone = replace(now.case, readings=tuple(s for s in now.readings if s.turn == turn))
        return self._teller(now).lines(reading, sights_of(alone, self.knowledge))

    def _teller(self, now: Consultation) -> PictureTeller:
        return PictureTeller(self.knowledge, self.speaker.phrasing, now.profile.language)

    def _asked(self, heard: Heard, judged: Judgement, decided: Decision) -> list[str]:
        language = heard.consultation.profile.language
        lines = []
        told = decided.consultation.announced is not None
        if decided.eased:
            lines.append(self.speaker.phrasing.say("urgency.eased", language))
        if decided.risen or (decided.eased and told):
            lines.append(self.speaker.urgency(decided.consultation, judged.triage))
        if decided.question is not None:
            lines.append(self.speaker.question(decided.question, language))
        return lines

    def _asked_again(self, heard: Heard, judged: Judgement, decided: Decision) -> list[str]:
        language = heard.consultation.profile.language
        say = self.speaker.phrasing.say
        question = decided.question
        if question is None:
            return []
        text = self.speaker.question(question, language)
        if heard.aside is not None and heard.aside != "off_topic":
            return [say("aside.back_to_it", language, question=text)]
        if heard.aside == "off_topic" and question.kind is QuestionKind.OPEN:
            return [say("ask.again_open", language)]
        return [text]

    def _advised(self, heard: Heard, judged: Judgement, decided: Decision) -> list[str]:
        language = heard.consultation.profile.language
        say = self.speaker.phrasing.say
        consultation = decided.consultation
        level = consultation.announced or judged.triage.level
        lines = [self.speaker.urgency(consultation, judged.triage)]
        if heard.consultation.advice is not None and (heard.findings or heard.corrected):
            lines.insert(0, say("advice.updated", language))
        lines.append(self.speaker.could_be(judged.differential, language))
        to_do = self.speaker.what_to_do(judged.differential, level, language)
        return [*lines, *([to_do] if to_do else []), say("advice.end", language)]

    def _crisis(self, heard: Heard, judged: Judgement, decided: Decision) -> list[str]:
        profile = heard.consultation.profile
        numbers = self.knowledge.country(profile.country)
        slots = {"ambulance": numbers.ambulance, "crisis": numbers.crisis.get(profile.language)}
        say = self.speaker.phrasing.say
        if decided.risen and decided.consultation.announced is Urgency.EMERGENCY_AMBULANCE:
            now = self.speaker.urgency(decided.consultation, judged.triage)
            return [now, say("crisis.first", profile.language, **slots)]
        if heard.consultation.crisis:
            return [say("crisis.again", profile.language, **slots)]
        if profile.for_somebody_else:
            return [say("crisis.other", profile.language, **slots)]
        return [
            say("crisis.first", profile.language, **slots),
            say("crisis.near", profile.language),
        ]

    def _listened(self, heard: Heard, judged: Judgement, decided: Decision) -> list[str]:
        if heard.aside not in (None, "off_topic") or heard.reading is not None:
            return []
        line = "aside.off_topic" if heard.aside == "off_topic" else "flow.nothing_new"
        return [self.speaker.phrasing.say(line, heard.consultation.profile.language)]

    def _reply(
        self,
        consultation: Consultation,
        lines: list[str],
        question: Question | None,
        said: str = "",
        turn: Turn | None = None,
    ) -> Reply:
        language = consultation.profile.language
        number = consultation.turns
        pictured = number if any(s.turn == number for s in consultation.readings) else None
        if turn is not None and turn.kind is TurnKind.PICTURE:
            said = self.speaker.phrasing.say("picture.said.placeholder", language)
        shown = Message(role="patient", text=said, turn=number, picture=pictured)
        patient = (shown,) if said else ()
        spoken = tuple(Message(role="assistant", text=line, turn=number) for line in lines if line)
        kept = replace(consultation, messages=(*consultation.messages, *patient, *spoken))
        return Reply(
            consultation=kept,
            messages=spoken,
            question=question,
            choices=self.speaker.choices(question, language),
            multiple=question is not None and question.kind is QuestionKind.CHOOSE_MANY,
            why=self.speaker.why(question, language),
            progress=self._progress(consultation),
        )

    def _progress(self, consultation: Consultation) -> float:
        if consultation.advice is not None:
            return 1.0
        done = sum(e.question.kind is not QuestionKind.OPEN for e in consultation.exchanges)
        return min(0.95, done / max(1, self.max_questions * 0.7))
