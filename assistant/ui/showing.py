"""From a reply to everything the page shows: talk, urgency, case, answers, and the signal."""

from dataclasses import dataclass, replace
from typing import Any

from assistant.records.dialogue import Choice, Question, QuestionKind, Reply, TurnKind
from assistant.records.terms import Assertion, Language, Urgency
from assistant.speech.saying import sentences
from assistant.ui.hypotheses import possibilities
from assistant.ui.pictures import pictures
from assistant.ui.transcript import ChatMessage, transcript, unmarked
from assistant.ui.understood import understood
from assistant.ui.wording import Wording

Signal = dict[str, Any]  # what the browser's script is told; JSON

_PROGRESS = ((0.15, "start"), (0.5, "some"), (0.75, "half"), (1.0, "near"))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What changes on the page; None leaves a part as it is."""

    signal: Signal
    transcript: list[ChatMessage] | None = None
    banner: str | None = None
    case: str | None = None
    dock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Renders replies in the language of their consultation."""

    wording: Wording

    def view(self, reply: Reply, key: str, **more: object) -> View:
        """Return the whole page after a reply; `key` is that of the act it answers."""
        return View(
            transcript=transcript(reply, self.wording),
            banner=self.banner(reply),
            case=self.case(reply),
            dock=self.dock(reply),
            signal=self.signal(reply, key) | more,
        )

    def signal(self, reply: Reply, key: str) -> Signal:
        """Return what the browser must know after a reply."""
        consultation = reply.consultation
        level = told(reply)
        return {
            "key": key,
            "done": True,
            "screen": "talk",
            "consultation": consultation.id,
            "language": consultation.profile.language.value,
            "country": consultation.profile.country,
            "level": level.value if level else "",
            "turns": consultation.turns,
            "entries": understood(consultation, self.wording).lines,
            "announce": self._announcement(reply, level),
            "aloud": self._aloud(reply),
        }

    def banner(self, reply: Reply) -> str:
        """Return the urgency, with what to do now; "undecided" until it is known."""
        consultation = reply.consultation
        language = consultation.profile.language
        country = self.wording.knowledge.country(consultation.profile.country)
        level = told(reply)
        phrases, speaker = self.wording.speaker.phrasing, self.wording.speaker
        values: dict[str, object] = {
            "level": level.value if level else "undecided",
            "crisis": consultation.crisis,
            "number": country.ambulance,
            "calls": consultation.crisis or level is Urgency.EMERGENCY_AMBULANCE,
            "short": "",
            "head": phrases.say("urgency.undecided", language),
            "to_do": self.wording.texts.say("undecided_hint", language),
            "reason": "",
            "crisis_line": country.crisis.get(language),
        }
        if level is not None and reply.triage is not None:
            head = phrases.say(f"urgency.{level.value}", language, ambulance=country.ambulance)
            values |= {
                "head": head,
                "short": phrases.say(f"urgency.{level.value}_short", language),
                "to_do": speaker.to_do(level, reply.triage, consultation),
                "reason": speaker.reason(level, reply.triage, language),
            }
        return self.wording.render("banner.html", language, **values)

    def case(self, reply: Reply) -> str:
        """Return the pane "My case"."""
        consultation = reply.consultation
        language = consultation.profile.language
        return self.wording.render(
            "case.html",
            language,
            understood=understood(consultation, self.wording),
            person=self.wording.speaker.phrasing.person(consultation.profile, language),
            possibilities=possibilities(reply.differential, self.wording, language)
            if consultation.said and not consultation.crisis  # it would name means
            else (),
            concluded=consultation.advice is not None and not consultation.crisis,
            passages=consultation.advice.passages if consultation.advice else (),
            degraded=self._degraded(reply, language),
            consultation=consultation.id,
            pictures=pictures(consultation, self.wording),
            answered=consultation.turns > 0,
        )

    def dock(self, reply: Reply) -> str:
        """Return the answers to choose from, and the ways to move about."""
        question, language = reply.question, reply.consultation.profile.language
        return self.wording.render(
            "dock.html",
            language,
            kind=question.kind.value if question else "none",
            question=question.id if question else "",
            multiple=reply.multiple,
            asked=self._asked(question, language) if reply.choices else "",
            buttons=[_button(c, question) for c in reply.choices],
            opening=question is not None and question.kind is QuestionKind.OPEN,
            first=reply.consultation.turns == 0,
            can_go_back=any(e.turn is not None for e in reply.consultation.exchanges),
            concluded=reply.consultation.advice is not None,
            progress=round(100 * reply.progress),
            progress_words=self._progress_words(reply.progress, language),
        )

    def _asked(self, question: Question | None, language: Language) -> str:
        """Return the question once more, for above its answers where it is out of sight."""
        if question is None:
            return ""
        return self.wording.speaker.question(replace(question, repeated=False), language)

    def _progress_words(self, progress: float, language: Language) -> str:
        word = next((w for bound, w in _PROGRESS if progress < bound), "done")
        return self.wording.texts.say(f"progress_{word}", language)

    def _degraded(self, reply: Reply, language: Language) -> str:
        parts = dict.fromkeys((*reply.consultation.degraded, *reply.missing))
        phrasing = self.wording.speaker.phrasing
        if not parts:
            return ""
        names = (phrasing.say(f"flow.{part}", language) for part in parts)
        return phrasing.say("flow.degraded", language, parts=phrasing.join(names, language))

    def _announcement(self, reply: Reply, level: Urgency | None) -> str:
        """Return the finished message for a screen reader, an emergency first."""
        language = reply.consultation.profile.language
        words = " ".join(unmarked(message.text) for message in reply.messages)
        if level is None or not level.is_emergency:
            return words
        return self.wording.texts.say("announce_urgency", language, words=words)

    def _aloud(self, reply: Reply) -> list[str]:
        """Return what a voice reads out: no long lists, and all of it is on the page."""
        language = reply.consultation.profile.language
        rest = self.wording.speaker.phrasing.say("flow.rest_on_screen", language)
        return list(sentences([message.text for message in reply.messages], rest))


def told(reply: Reply) -> Urgency | None:
    """Return the urgency that the patient was told, None while it is open."""
    consultation = reply.consultation
    if consultation.advice is None or reply.triage is None:
        return consultation.announced
    return max(consultation.announced or Urgency.SELF_CARE, reply.triage.level)


def is_list_choice(choice: Choice) -> bool:
    """Whether a choice names one finding of several, rather than "none" or "not sure"."""
    return any(assertion is Assertion.PRESENT for _, assertion in choice.answers)


def _button(choice: Choice, question: Question | None) -> dict[str, object]:
    """Return a choice as the browser sends it back."""
    act = {
        "kind": "say" if choice.kind is TurnKind.SAY else "answer",
        "text": choice.text or choice.label,
        "answers": [[finding, assertion.value] for finding, assertion in choice.answers],
        "severity": choice.severity,
    }
    several = question is not None and question.kind is QuestionKind.CHOOSE_MANY
    return {"label": choice.label, "act": act, "listed": several and is_list_choice(choice)}
