"""From what was decided to what the patient reads."""

from dataclasses import dataclass

from assistant.dialogue.choices import choices_for
from assistant.dialogue.listening import Heard
from assistant.dialogue.phrasing import Phrasing
from assistant.knowledge import Knowledge, why_of
from assistant.records.diagnosis import Answer, Differential, Hypothesis, Quote, Reason, Triage
from assistant.records.dialogue import Choice, Consultation, Question, QuestionKind, Turn
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Language, Time, Urgency

SHOWN = 5  # conditions named at the end
_CORRECTED = {  # the line that says an entry back
    Assertion.PRESENT: "noted",
    Assertion.POSSIBLE: "possible",
    Assertion.ABSENT: "absent",
    Assertion.UNKNOWN: "unclear",
}
WORTH_NAMING = 0.04  # belief below which a condition is not named, dangerous ones excepted


@dataclass(frozen=True, slots=True)
class Speaker:
    """Puts decisions into words, in the language of the consultation."""

    knowledge: Knowledge
    phrasing: Phrasing

    def mirror(self, heard: Heard, first: bool) -> list[str]:
        """Say back what was understood in this turn."""
        language = heard.consultation.profile.language
        lines: list[str] = []
        by_kind: dict[str, list[str]] = {}
        for finding in heard.findings:
            kind = _mirrored_as(finding, first)
            if kind and finding.concept not in by_kind.setdefault(kind, []):
                by_kind[kind].append(finding.concept)
        for kind, concepts in by_kind.items():
            names = self.phrasing.findings(self._most_special(concepts), language)
            lines.append(self.phrasing.say(f"mirror.{kind}", language, findings=names))
        if heard.measurements:
            lines.append(self._measured(heard, language))
        if heard.person:
            facts = self.phrasing.person(heard.consultation.profile, language)
            lines.append(self.phrasing.say("mirror.person", language, facts=facts))
        if heard.contradicted:
            names = self.phrasing.findings(heard.contradicted, language)
            lines.append(self.phrasing.say("mirror.contradiction", language, findings=names))
        return [_run_on(lines, language)] if lines else []

    def corrected(self, turn: Turn, language: Language) -> list[str]:
        """Say what was set right by hand, and to what."""
        by_line: dict[str, list[str]] = {}
        for concept, assertion in turn.answers:
            by_line.setdefault(_CORRECTED[assertion], []).append(concept)
        for concept, why in turn.withdrawn:
            by_line.setdefault(why.value, []).append(concept)
        lines = [self.phrasing.say("mirror.corrected", language)]
        for line, concepts in by_line.items():
            names = self.phrasing.findings(concepts, language)
            lines.append(self.phrasing.say(f"mirror.{line}", language, findings=names))
        if turn.pictures:
            lines.append(self.phrasing.say("picture.said.taken_back", language))
        return [_run_on(lines, language)]

    def _most_special(self, concepts: list[str]) -> list[str]:
        implied = set().union(*(self.knowledge.ancestors(c) for c in concepts))
        return [c for c in concepts if c not in implied]

    def _measured(self, heard: Heard, language: Language) -> str:
        measures = self.knowledge.bundle.derived.measures
        told = [(measures[m.measure], m.value) for m in heard.measurements]
        numbers = self.phrasing.join(
            (f"{m.name.get(language)} {value:g} {m.unit}".strip() for m, value in told), language
        )
        return self.phrasing.say("mirror.measured", language, numbers=numbers)

    def answer(self, answer: Answer, heard: Heard) -> list[str]:
        """Return quotes with their numbers and sources, or that nothing was found."""
        language = heard.consultation.profile.language
        say = self.phrasing.say
        if not answer.quotes:
            return [say("answer.nothing", language)]
        quotes = "\n".join(f"- “{_marked(quote)}” ({quote.number})" for quote in answer.quotes)
        works = [
            f"({number}) {p.title}" + (f" — {'; '.join(p.sources)}" if p.sources else "")
            for number, p in enumerate(answer.passages, start=1)
        ]
        told = [say("answer.found", language) + "\n" + quotes]
        told.append(say("answer.sources", language, sources="; ".join(works)))
        if heard.consultation.announced is not None:
            told.append(say("answer.unchanged", language))
        return ["\n\n".join(told)]

    def question(self, question: Question, language: Language) -> str:
        """Return the question as one sentence."""
        text = self._plain_question(question, language)
        if not question.repeated:
            return text
        line = {
            QuestionKind.SCALE: "again_scale",
            QuestionKind.DURATION: "again_duration",
            QuestionKind.OPEN: "again_open",
            QuestionKind.CLARIFY: "again_clarify",
        }.get(question.kind, "again")
        return self.phrasing.say(f"ask.{line}", language, question=text)

    def _plain_question(self, question: Question, language: Language) -> str:
        if question.kind in (QuestionKind.DURATION, QuestionKind.SCALE):
            name = self.phrasing.finding(question.findings[0], language)
            return self.phrasing.say(f"ask.{question.id}", language, finding=name)
        if question.kind is QuestionKind.OPEN:
            return self.phrasing.say(f"welcome.{question.id}", language)
        if question.kind is QuestionKind.CLARIFY:
            return self.phrasing.say("ask.clarify", language, words=question.words)
        group = self.knowledge.groups.get(question.id)
        if group is not None:
            frame = "one_of" if group.choose == "one" else "many_of"
            asked = group.question.get(language)
            return self.phrasing.say(f"ask.{frame}", language, question=asked)
        confirm = self.knowledge.confirms.get(question.findings[0])
        words = (confirm or self.knowledge.findings[question.findings[0]]).question
        return (
            words.get(language) if words else self.phrasing.finding(question.findings[0], language)
        )

    def choices(self, question: Question | None, language: Language) -> tuple[Choice, ...]:
        """Return the buttons under a question."""
        return choices_for(question, self.phrasing, language) if question else ()

    def why(self, question: Question | None, language: Language) -> str:
        """Return the answer to "why do you ask?"."""
        if question is None:
            return ""
        if question.kind is QuestionKind.OPEN:
            return self.phrasing.say("why.opening", language)
        if self.phrasing.has(f"why.{question.id}"):
            return self.phrasing.say(f"why.{question.id}", language)
        names = self.phrasing.conditions(question.about, language)
        if question.reason == "safety" and names:
            return self.phrasing.say("why.safety_about", language, conditions=names)
        if question.reason == "differential" and names:
            return self.phrasing.say("why.differential", language, conditions=names)
        return self.phrasing.say(f"why.{question.reason}", language)

    def urgency(self, consultation: Consultation, triage: Triage) -> str:
        """Return what to do now, and why, in one paragraph."""
        language = consultation.profile.language
        level = consultation.announced or triage.level
        numbers = self.knowledge.country(consultation.profile.country)
        head = self.phrasing.say(f"urgency.{level.value}", language, ambulance=numbers.ambulance)
        return "\n\n".join(
            [
                f"**{head}**",
                self.to_do(level, triage, consultation),
                self.reason(level, triage, language),
            ]
        )

    def to_do(self, level: Urgency, triage: Triage, consultation: Consultation) -> str:
        """Return the one thing to do now: the red flag's own words where one fired."""
        language = consultation.profile.language
        numbers = self.knowledge.country(consultation.profile.country)
        flag = next((r for r in triage.reasons if r.kind == "red_flag" and r.level == level), None)
        if flag is not None:
            return self.knowledge.red_flags[flag.id].do.get(language)
        return self.phrasing.say(f"urgency.{level.value}_do", language, ambulance=numbers.ambulance)

    def reason(self, level: Urgency, triage: Triage, language: Language) -> str:
        """Return why this level, from the reason that demands it."""
        found = next((r for r in triage.reasons if r.level == level), None)
        if found is None:
            return self.phrasing.say("urgency.kept", language)
        return self._reason_words(found, language)

    def _reason_words(self, reason: Reason, language: Language) -> str:
        if reason.kind == "red_flag":
            flag = self.knowledge.red_flags[reason.id]
            return self.phrasing.say(
                "urgency.reason_red_flag",
                language,
                name=flag.name.get(language),
                why=flag.why.get(language),
            )
        if reason.kind == "risk":
            name = self.phrasing.condition(reason.id, language)
            return self.phrasing.say("urgency.reason_risk", language, condition=name)
        if reason.kind == "vitals":
            return self.phrasing.say("urgency.reason_vitals", language)
        if reason.kind == "desk":
            return self.phrasing.say("urgency.reason_desk", language)
        if reason.kind == "whole":
            return self.phrasing.say("urgency.reason_whole", language)
        if reason.kind == "picture":
            said = why_of(reason.id, reason.level, self.knowledge)
            words = said.get(language) if said is not None else ""
            return self.phrasing.say("urgency.reason_picture", language, why=words).strip()
        if reason.kind == "presentation":
            why = self.knowledge.presentations[reason.id].why.get(language)
            return self.phrasing.say("urgency.reason_presentation", language, why=why)
        lines = {"too_little_known": "too_little_known", "unclear": "unlisted"}
        line = lines.get(reason.id, "default")
        return self.phrasing.say(f"urgency.reason_{line}", language)

    def could_be(self, differential: Differential, language: Language) -> str:
        """Return the list of what it could be, with what speaks for and against."""
        shown = worth_naming(differential, self.knowledge)
        if not shown:
            return self.phrasing.say("advice.not_clear", language)
        lines = [self.phrasing.say("advice.could_be", language)]
        lines += [self._item(hypothesis, language) for hypothesis in shown]
        return "\n".join(lines)

    def _item(self, hypothesis: Hypothesis, language: Language) -> str:
        name = self.phrasing.condition(hypothesis.condition, language)
        likelihood = self.phrasing.likelihood(hypothesis.probability, language)
        head = self.phrasing.say("advice.item", language, name=f"**{name}**", likelihood=likelihood)
        details = []
        for line, speaks in (("for", 1), ("against", -1)):
            concepts = spoken_evidence(hypothesis, speaks)
            if concepts:
                names = self.findings_with_denials(concepts, language)
                details.append(self.phrasing.say(f"advice.{line}", language, findings=names))
        return f"- {head}" + ("".join(f"\n  {d}" for d in details))

    def findings_with_denials(
        self, concepts: list[tuple[str, Assertion]], language: Language
    ) -> str:
        """Return names, a denied one as "no …"."""
        return self.phrasing.join(
            (
                self.phrasing.finding(c, language)
                if a is not Assertion.ABSENT
                else self.phrasing.say(
                    "mirror.no", language, finding=self.phrasing.finding(c, language)
                )
                for c, a in concepts
            ),
            language,
        )

    def what_to_do(self, differential: Differential, level: Urgency, language: Language) -> str:
        """Return the leading condition's advice: what to do, and when to come sooner."""
        shown = worth_naming(differential, self.knowledge)
        if not shown or level.is_emergency:
            return ""
        text = self.knowledge.conditions[shown[0].condition].text.get(language)
        do, seek = (self.phrasing.say(f"advice.{t}", language) for t in ("do_title", "seek_title"))
        parts = ((do, text.do), (seek, text.seek))
        return "\n\n".join(
            self.phrasing.say("advice.titled", language, title=title, text=words)
            for title, words in parts
        )


def _run_on(sentences: list[str], language: Language) -> str:
    """Return sentences as one paragraph; Chinese has no space between them."""
    return ("" if language is Language.CHINESE else " ").join(sentences)


def worth_naming(differential: Differential, knowledge: Knowledge) -> list[Hypothesis]:
    """Return at most five conditions: the likely ones, and dangerous ones that are not unlikely."""
    return [
        h
        for h in differential.top(SHOWN)
        if h.probability >= WORTH_NAMING
        or (knowledge.conditions[h.condition].urgency.is_emergency and h.probability >= 0.02)
    ]


def _marked(quote: Quote) -> str:
    """Return a quote with the words that were asked for in bold."""
    return "".join(f"**{text}**" if marked else text for text, marked in quote.pieces)


def spoken_evidence(hypothesis: Hypothesis, speaks: int, n: int = 4) -> list[tuple[str, Assertion]]:
    """Return the strongest findings for (1) or against (-1) a condition."""
    return [(e.concept, e.assertion) for e in hypothesis.evidence if e.weight * speaks > 0.25][:n]


def _mirrored_as(finding: Finding, first: bool) -> str | None:
    if finding.origin.value in ("answered", "corrected", "profile"):
        return None
    if finding.experiencer.value == "relative" and not finding.concept.startswith("family_"):
        return None
    if finding.undecided:
        return None  # said back when it is asked which is meant
    if finding.time is Time.PAST:
        return "past"
    if finding.assertion is Assertion.PRESENT:
        return "present" if first else "noted"
    return {Assertion.ABSENT: "absent", Assertion.POSSIBLE: "possible"}.get(finding.assertion)
