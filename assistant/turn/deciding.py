"""What to do next: a crisis card, an emergency, advice, or one more question."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from assistant.dialogue.clarifying import open_question
from assistant.dialogue.confirming import confirm_question
from assistant.dialogue.listening import Heard
from assistant.dialogue.questioner import Questioner, State
from assistant.dialogue.stopping import StopRule, settled
from assistant.records.diagnosis import Passage
from assistant.records.dialogue import (
    Advice,
    Consultation,
    Exchange,
    Question,
    QuestionKind,
    Turn,
    TurnKind,
)
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Urgency
from assistant.retrieval import Query, Retriever
from assistant.retrieval.quoting import highlights
from assistant.turn.attempt import attempt
from assistant.turn.judging import Judge, Judgement

CRISIS = frozenset({"suicidal_thoughts", "suicide_plan", "suicide_attempt_now", "self_harm"})


class Act(StrEnum):
    """What the assistant does in a turn."""

    ASK = "ask"
    ASK_AGAIN = "ask_again"
    ADVISE = "advise"
    CRISIS = "crisis"
    LISTEN = "listen"  # nothing to add: after the advice, or after a remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The act, and the next state of the consultation."""

    act: Act
    consultation: Consultation
    question: Question | None = None
    risen: bool = False  # the urgency that the patient is told rose in this turn
    eased: bool = False  # a correction took away an urgency that the patient had been told
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Decides from what is believed; asks no more than is worth the effort."""

    judge: Judge
    questioner: Questioner
    retriever: Retriever | None
    max_questions: int
    rule: StopRule = field(default_factory=StopRule)

    def decide(self, heard: Heard, judged: Judgement, turn: Turn) -> Decision:
        """Return what to do after a turn."""
        before = heard.consultation
        now = self._announce(before, judged, turn)
        risen = now.announced is not None and now.announced != before.announced
        if judged.facts.ever & CRISIS:
            return self._crisis(now, judged, risen)
        if heard.corrected:
            return self._reconsider(now, judged, before, turn, heard)
        told = now.announced or Urgency.SELF_CARE
        emergency = not self.rule.thorough and (now.floor.is_emergency or told.is_emergency)
        if not emergency and before.pending is not None and _unanswered(heard, turn):
            return self._put_again(now, before.pending, heard, turn)
        if not emergency and turn.kind not in (TurnKind.FINISH, TurnKind.BACK):
            confirm = confirm_question(now, self.judge.knowledge)
            if confirm is not None:  # before all else that could be asked, also after the advice
                return self._ask(now, confirm, risen)
        if emergency or turn.kind is TurnKind.FINISH or before.advice is not None:
            return self._advise(now, judged, risen, turn, heard)
        if now.pending is not None:  # taken up again by "back", or put in the other language
            return Decision(act=Act.ASK, consultation=now, question=now.pending, risen=risen)
        if not _opened(now) and not self._complaints(judged):
            return self._ask(now, _opening(now), risen)  # a picture came before the first words
        return self._ask_or_advise(now, judged, risen, turn, heard)

    def _reconsider(
        self,
        now: Consultation,
        judged: Judgement,
        before: Consultation,
        turn: Turn,
        heard: Heard,
    ) -> Decision:
        """Choose anew what to do after a correction: the question that waited may be idle now.

        Questions that an emergency cut short go on where the correction took it away.
        """
        told, earlier = now.announced or Urgency.SELF_CARE, before.announced or Urgency.SELF_CARE
        risen, eased = told > earlier, told < earlier
        emergency = not self.rule.thorough and told.is_emergency
        cut_short = earlier.is_emergency and not told.is_emergency and not now.crisis
        if now.advice is not None and cut_short:
            now = replace(now, advice=None, announced=_of_floor(now.floor))
        if emergency or now.advice is not None:
            return self._advise(now, judged, risen, turn, heard)
        waiting = now.pending if now.pending and now.pending.kind is QuestionKind.OPEN else None
        if waiting is None and not self._complaints(judged):
            waiting = _opening(now)
        now = replace(now, pending=waiting)
        if waiting is not None:
            return Decision(
                act=Act.ASK, consultation=now, question=waiting, risen=risen, eased=eased
            )
        return replace(self._ask_or_advise(now, judged, risen, turn, heard), eased=eased)

    def _complaints(self, judged: Judgement) -> bool:
        """Whether anything is complained of; an illness had before is no complaint."""
        findings, confirms = self.judge.knowledge.findings, self.judge.knowledge.confirms.keys()
        told = (judged.facts.stated | judged.facts.undecided) - confirms
        return any(not findings[f].is_background for f in told if f in findings)

    def _ask_or_advise(
        self, now: Consultation, judged: Judgement, risen: bool, turn: Turn, heard: Heard
    ) -> Decision:
        """Put the next question; where none is left, or choosing one fails, give the advice."""
        chosen = attempt("questions", lambda: (self._next(now, judged),))
        if chosen is None or chosen[0] is None:
            decision = self._advise(now, judged, risen, turn, heard)
            failed = ("questions",) if chosen is None else ()
            return replace(decision, missing=(*decision.missing, *failed))
        return self._ask(now, chosen[0], risen)

    @staticmethod
    def _ask(now: Consultation, question: Question, risen: bool) -> Decision:
        asked = replace(now, pending=question)
        return Decision(act=Act.ASK, consultation=asked, question=question, risen=risen)

    def _announce(self, before: Consultation, judged: Judgement, turn: Turn) -> Consultation:
        """Set the floor and what the patient is told; both only fall by a correction."""
        corrected = turn.kind is TurnKind.CORRECT
        floor = judged.triage.floor if corrected else max(before.floor, judged.triage.floor)
        told = before.announced
        if corrected:
            told = None
            if before.advice is not None:
                told = judged.triage.level
        if _of_floor(floor) is not None and (told is None or floor > told):
            told = floor
        return replace(before, floor=floor, announced=told)

    def _crisis(self, now: Consultation, judged: Judgement, risen: bool) -> Decision:
        told = max(now.announced or Urgency.EMERGENCY, Urgency.EMERGENCY, now.floor)
        advice = Advice(triage=judged.triage, differential=judged.differential)
        state = replace(now, announced=told, advice=advice, pending=None)
        return Decision(act=Act.CRISIS, consultation=state, risen=risen)

    def _put_again(
        self, now: Consultation, pending: Question, heard: Heard, turn: Turn
    ) -> Decision:
        """Put the question again, once in other words; then take it as not known."""
        if heard.aside not in (None, "off_topic") or turn.kind is TurnKind.LANGUAGE:
            return Decision(act=Act.ASK_AGAIN, consultation=now, question=pending)
        if pending.repeated and pending.kind is not QuestionKind.OPEN:
            moved = _taken_as_unknown(now, pending)
            return self._ask_or_advise(moved, self.judge.judge(moved.case), False, turn, heard)
        again = replace(pending, repeated=True)
        state = replace(now, pending=again)
        return Decision(act=Act.ASK_AGAIN, consultation=state, question=again)

    def _advise(
        self, now: Consultation, judged: Judgement, risen: bool, turn: Turn, heard: Heard
    ) -> Decision:
        """Close with advice; what was told once is not told again where nothing is new."""
        known_already = now.advice is not None
        new = bool(heard.findings or heard.measurements or heard.person or heard.corrected)
        new = new or bool(heard.released or heard.silenced)
        asked_for = turn.kind in (TurnKind.FINISH, TurnKind.LANGUAGE)
        if known_already and not new and not risen and not asked_for:
            return Decision(act=Act.LISTEN, consultation=now)
        told = max(now.announced or Urgency.SELF_CARE, judged.triage.level)
        passages = self._passages(now, judged)
        advice = Advice(
            triage=judged.triage, differential=judged.differential, passages=passages or ()
        )
        state = replace(now, announced=told, advice=advice, pending=None)
        missing = ("retrieval",) if passages is None else ()
        return Decision(act=Act.ADVISE, consultation=state, risen=risen, missing=missing)

    def _passages(self, now: Consultation, judged: Judgement) -> tuple[Passage, ...] | None:
        """Return passages for the advice: () where retrieval is off, None where it failed."""
        retriever = self.retriever
        leading = [h.condition for h in judged.differential.top(3)]
        if retriever is None or not leading:
            return ()
        names = self.judge.knowledge
        words = [names.findings[f].name.en for f in sorted(judged.facts.present)][:20]
        words += [names.conditions[c].name.en for c in leading]
        query = Query(
            text=", ".join(words), conditions=tuple(leading), language=now.profile.language
        )
        told = [names.findings[f].name for f in judged.facts.present]
        told += [names.conditions[c].name for c in leading]
        wanted = ", ".join(name.get(now.profile.language) for name in told)
        found = attempt("retrieval", lambda: retriever.retrieve(query, 4))
        if found is None:
            return None
        return tuple(replace(p, highlights=highlights(wanted, p.text)) for p in found)

    def _next(self, now: Consultation, judged: Judgement) -> Question | None:
        """Return the next question, or None when the advice can be given."""
        confirm = confirm_question(now, self.judge.knowledge)
        if confirm is not None:
            return confirm
        posterior = judged.posterior
        asked = sum(e.question.kind is not QuestionKind.OPEN for e in now.exchanges)
        if posterior is None or asked >= self.max_questions:
            return None
        unclear = open_question(now)
        if unclear is not None and self._matters(unclear, judged):
            return unclear
        state = State(
            case=now.case,
            facts=judged.facts,
            probabilities=posterior.probabilities,
            floor=now.floor,
            asked=now.exchanges,
        )
        question, value = self.questioner.next_question(state)
        if question is None:
            return None
        done = settled(
            asked,
            value,
            float(posterior.probabilities[:-1].max()),
            judged.triage.level,
            lambda: self._levels_after(judged, state),
            self.rule,
        )
        return None if done else question

    def _matters(self, question: Question, judged: Judgement) -> bool:
        """Whether it makes a difference, to the urgency or to what leads, which is meant."""
        outcomes = set()
        for concept in question.findings:
            meant = Finding(concept=concept, assertion=Assertion.PRESENT, evidence="")
            then = self.judge.judge(judged.case.with_findings(meant), 0, like=judged)
            leading = tuple(h.condition for h in then.differential.top(1))
            outcomes.add((then.triage.level, leading))
        return len(outcomes) > 1

    def _levels_after(self, judged: Judgement, state: State) -> list[tuple[Urgency, float]]:
        """Return the urgency after each answer to the most telling questions, with its chance."""
        levels = []
        for finding, p_yes in self.questioner.most_telling(state, self.rule.watched):
            for assertion, chance in ((Assertion.PRESENT, p_yes), (Assertion.ABSENT, 1 - p_yes)):
                answer = Finding(concept=finding, assertion=assertion, evidence="")
                answered = self.judge.judge(state.case.with_findings(answer), 0, like=judged)
                levels.append((answered.triage.level, chance))
        return levels


def _taken_as_unknown(now: Consultation, pending: Question) -> Consultation:
    """Close a question that was not understood twice: asked, and not known."""
    unclear = tuple(
        Finding(
            concept=finding,
            assertion=Assertion.UNKNOWN,
            evidence="",
            turn=now.turns,
            origin=Origin.ANSWERED,
        )
        for finding in pending.findings
    )
    closed = Exchange(question=pending, turn=now.turns, skipped=True)
    return replace(
        now,
        findings=now.findings + unclear,
        exchanges=(*now.exchanges, closed),
        pending=None,
    )


def _of_floor(floor: Urgency) -> Urgency | None:
    """Return the floor where the patient is told of it before the advice."""
    return floor if floor > Urgency.CONSULTATION else None


def _opened(now: Consultation) -> bool:
    """Whether the open question was put and answered, or passed over."""
    return any(e.question.kind is QuestionKind.OPEN for e in now.exchanges)


def _opening(now: Consultation) -> Question:
    """Return the open question, for when a correction left nothing to ask about."""
    whose = "question_other" if now.profile.for_somebody_else else "question_self"
    return Question(id=whose, kind=QuestionKind.OPEN, reason="opening")


def _unanswered(heard: Heard, turn: Turn) -> bool:
    """Whether the pending question still waits after this turn."""
    if turn.kind is TurnKind.LANGUAGE:
        return True
    if turn.kind is not TurnKind.SAY or heard.consultation.pending is None:
        return False
    return not heard.understood or heard.consultation.pending.kind is not QuestionKind.OPEN
