"""How urgent it is, which rule or risk says so, and the one thing that was advised."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.knowledge import Knowledge, why_of
from assistant.records.diagnosis import Reason
from assistant.records.report import Report
from assistant.records.terms import Language
from assistant.reporting.wording import Sentences, in_words


@dataclass(frozen=True, slots=True)
class Reasons:
    """The urgency of a report, in words."""

    report: Report
    knowledge: Knowledge
    sentences: Sentences
    language: Language
    name: Callable[[str], str]  # of a finding

    def level(self) -> str:
        """Return the level as the patient was told it."""
        level = self.report.triage.level.value
        return self.sentences.say(f"urgency.{level}", self.language, ambulance=self._ambulance())

    def to_do(self) -> str:
        """Return the one thing to do: the red flag's own words where one demanded the level."""
        level = self.report.triage.level
        for reason in self.report.triage.reasons:
            flag = self.knowledge.red_flags.get(reason.id) if reason.kind == "red_flag" else None
            if flag is not None and reason.level == level:
                return flag.do.get(self.language)
        line = f"urgency.{level.value}_do"
        return self.sentences.say(line, self.language, ambulance=self._ambulance())

    def all(self) -> tuple[str, ...]:
        """Return every reason, with the id of its rule, the most urgent first."""
        triage = self.report.triage
        found = [self._words(reason) for reason in triage.reasons]
        if all(reason.level < triage.level for reason in triage.reasons):
            found.insert(0, self._say("reason_kept"))
        return tuple(found)

    def _words(self, reason: Reason) -> str:
        if reason.kind == "red_flag":
            words = self._red_flag(reason)
        elif reason.kind == "risk":
            words = self._risk(reason)
        elif reason.kind == "vitals":
            words = self._say("reason_vitals")
        elif reason.kind == "desk":
            words = self._say("reason_desk", percent=round(100 * (reason.probability or 0.0)))
        elif reason.kind == "whole":
            words = self._say("reason_whole", percent=round(100 * (reason.probability or 0.0)))
        elif reason.kind == "picture":
            words = self._picture(reason)
        elif reason.kind == "presentation":
            words = self._presentation(reason)
        else:
            words = self._default(reason)
        return f"{words} [{self._say('rule', id=reason.id)}]"

    def _red_flag(self, reason: Reason) -> str:
        flag = self.knowledge.red_flags.get(reason.id)
        if flag is None:  # the knowledge has changed since
            return reason.id
        names = (self.name(finding) for finding in reason.findings)
        return self._say(
            "reason_red_flag",
            name=flag.name.get(self.language),
            findings=self.sentences.join(names, self.language),
            why=flag.why.get(self.language),
        )

    def _presentation(self, reason: Reason) -> str:
        entry = self.knowledge.presentations.get(reason.id)
        if entry is None:  # the knowledge has changed since
            return reason.id
        names = self.sentences.join((self.name(f) for f in reason.findings), self.language)
        return self._say("reason_presentation", findings=names, why=entry.why.get(self.language))

    def _picture(self, reason: Reason) -> str:
        task_id, label_id, _ = reason.id.split(".")
        task = self.knowledge.imaging.get(task_id)
        why = why_of(reason.id, reason.level, self.knowledge)
        if task is None or label_id not in task.labels or why is None:  # it has changed since
            return reason.id
        chance = reason.probability or 0.0
        return self._say(
            "reason_picture",
            task=task.name.get(self.language),
            label=task.labels[label_id].name.get(self.language),
            words=in_words(chance, self.sentences, self.language),
            percent=round(100 * chance),
            why=why.get(self.language) + (" " if self.language is Language.ENGLISH else ""),
        ).replace("  ", " ")

    def _risk(self, reason: Reason) -> str:
        known = reason.id in self.knowledge.conditions
        belief = reason.probability or 0.0
        return self._say(
            "reason_risk",
            condition=self.sentences.condition(reason.id, self.language) if known else reason.id,
            percent=round(100 * belief),
            words=self.sentences.likelihood(belief, self.language),
        )

    def _default(self, reason: Reason) -> str:
        line = f"reason_{reason.id}"
        known = self.sentences.has(f"report.{line}")
        return self._say(line if known else "reason_default")

    def _say(self, line: str, **slots: object) -> str:
        return self.sentences.say(f"report.{line}", self.language, **slots)

    def _ambulance(self) -> str:
        return self.knowledge.country(self.report.case.profile.country).ambulance
