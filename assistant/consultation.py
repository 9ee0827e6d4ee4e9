"""The architecture on one screen: one turn of one consultation.

    turn ─listen─▶ findings ─judge─▶ differential, triage ─decide─▶ question │ advice ─speak─▶ reply

Each step may fail without the consultation failing: a reply always comes, the urgency never falls
by a failure, and what was missing is said in the reply and in the report.
"""

from dataclasses import dataclass, replace

from assistant.dialogue.answers import wants_back, wants_finish, wants_skip
from assistant.dialogue.choices import days_of_choice
from assistant.dialogue.clarifying import clarified, opened
from assistant.dialogue.confirming import (
    confirmed_in_words,
    put_aside,
    with_pictures_settled,
)
from assistant.dialogue.correcting import hear_correction
from assistant.dialogue.listening import Heard, hear_answers, hear_back, hear_skip, hear_text
from assistant.dialogue.seeing import hear_picture
from assistant.extraction import Extractor
from assistant.knowledge import Knowledge
from assistant.records.case import Profile
from assistant.records.diagnosis import Answer
from assistant.records.dialogue import Consultation, Question, QuestionKind, Reply, Turn, TurnKind
from assistant.records.extraction import Extraction
from assistant.records.report import Report
from assistant.records.terms import Language
from assistant.turn.answering import Answerer
from assistant.turn.attempt import attempt
from assistant.turn.deciding import Decider
from assistant.turn.history import history_of
from assistant.turn.judging import Judge
from assistant.turn.voicing import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """The rooms, wired together; it keeps nothing between turns."""

    knowledge: Knowledge
    extractor: Extractor
    spare_extractor: Extractor  # lexicon and rules only, for when the other one fails
    judge: Judge
    decider: Decider
    voice: Voice
    answerer: Answerer | None = None  # of questions beside the matter

    def open(self, consultation_id: str, profile: Profile) -> Reply:
        """Begin a consultation: a welcome, and the open question."""
        told = history_of(profile, self.spare_extractor, self.knowledge)
        whose = "question_other" if profile.for_somebody_else else "question_self"
        opening = Question(id=whose, kind=QuestionKind.OPEN, reason="opening")
        return self.voice.welcome(
            Consultation(id=consultation_id, profile=profile, findings=told, pending=opening)
        )

    def reply(self, consultation: Consultation, turn: Turn) -> Reply:
        """Take one turn: the next state of the consultation, and what the patient sees."""
        consultation = replace(consultation, turns=consultation.turns + 1)
        turn = replace(turn, kind=_meant(consultation, turn))
        heard, failed = self._listen(consultation, turn)
        heard = with_pictures_settled(consultation, heard, self.knowledge)
        judged = self.judge.judge(heard.consultation.case)
        decided = self.decider.decide(heard, judged, turn)
        answer, unanswered = self._answer(heard, turn, consultation.profile.language)
        missing = (*failed, *judged.missing, *decided.missing, *unanswered)
        return self.voice.speak(turn, heard, judged, decided, tuple(dict.fromkeys(missing)), answer)

    def report(self, consultation: Consultation, created: str) -> Report:
        """Return the report of a consultation as it stands; `created` is ISO 8601, UTC."""
        return self.voice.report(consultation, self.judge.judge(consultation.case), created)

    def _listen(self, consultation: Consultation, turn: Turn) -> tuple[Heard, tuple[str, ...]]:
        match turn.kind:
            case TurnKind.SAY:
                extraction, failed = self._extract(consultation, turn.text)
                extraction = clarified(extraction, consultation, turn.text, self.knowledge)
                extraction = opened(extraction, consultation, self.knowledge)
                extraction = confirmed_in_words(extraction, consultation, turn.text, self.knowledge)
                consultation = put_aside(consultation, extraction)
                days = days_of_choice(turn.text, self.voice.speaker.phrasing)
                return hear_text(consultation, turn, extraction, days), failed
            case TurnKind.ANSWER:
                return hear_answers(consultation, turn), ()
            case TurnKind.CORRECT:
                return hear_correction(consultation, turn, self.knowledge), ()
            case TurnKind.PICTURE:
                return hear_picture(consultation, turn, self.knowledge), ()
            case TurnKind.SKIP:
                return hear_skip(consultation), ()
            case TurnKind.BACK:
                return hear_back(consultation), ()
            case TurnKind.LANGUAGE if turn.language is not None:
                profile = replace(consultation.profile, language=turn.language)
                return Heard(consultation=replace(consultation, profile=profile)), ()
        return Heard(consultation=consultation), ()

    def _answer(
        self, heard: Heard, turn: Turn, language: Language
    ) -> tuple[Answer | None, tuple[str, ...]]:
        """Answer a question from passages; it changes nothing of what is believed or urged."""
        answerer = self.answerer
        if heard.aside not in ("question", "dose") or answerer is None:
            return None, ()
        found = attempt("retrieval", lambda: answerer.answer(turn.text, language))
        return found, () if found is not None else ("retrieval",)

    def _extract(self, now: Consultation, text: str) -> tuple[Extraction, tuple[str, ...]]:
        """Extract with the chosen extractor; where that fails, with the spare one, and say so."""
        asked = now.pending.findings if now.pending is not None else ()
        for extractor in (self.extractor, self.spare_extractor):
            by = extractor.extract
            found = attempt(
                "extraction",
                lambda by=by: by(  # type: ignore[misc]
                    text, language=now.profile.language, turn=now.turns, context=asked
                ),
            )
            if found is not None:
                return found, () if extractor is self.extractor else ("extraction",)
        return Extraction(), ("extraction",)


def _meant(consultation: Consultation, turn: Turn) -> TurnKind:
    """Read "skip", "go back" and "that's all", typed as text, for what they mean."""
    pending = consultation.pending
    if turn.kind is not TurnKind.SAY or pending is None or pending.kind is QuestionKind.OPEN:
        return turn.kind
    if wants_skip(turn.text):
        return TurnKind.SKIP
    if wants_finish(turn.text):
        return TurnKind.FINISH
    return TurnKind.BACK if wants_back(turn.text) else TurnKind.SAY
