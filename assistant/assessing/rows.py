"""The public contract's rows: from one JSON row to a request, and from an assessment to one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from json import JSONDecodeError, loads

from assistant.assessing.assessment import Assessment, assess
from assistant.assessing.requests import Request, read_request
from assistant.consultation import Assistant
from assistant.errors import AssistantError, InvalidInputError
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Hypothesis, Reason, Triage
from assistant.records.finding import Finding, Measurement
from assistant.records.terms import Language
from assistant.turn.attempt import attempt

Row = dict[str, object]
SHOWN = 10  # conditions in a row


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes assessments as rows, in the words of an assistant's prompts."""

    assistant: Assistant

    def row(self, identity: object, assessment: Assessment) -> Row:
        """Return the row of an assessment, as docs/assess.md describes it."""
        language = assessment.case.profile.language
        differential = assessment.judgement.differential
        return {
            "id": identity,
            "triage": self._triage(assessment.judgement.triage, language),
            "differential": [self._condition(h, language) for h in differential.top(SHOWN)],
            "findings": [
                self._finding(finding, language)
                for finding in assessment.case.findings
                if finding.concept in self._knowledge.findings
            ],
            "measurements": [self._number(m, language) for m in assessment.case.measurements],
            "age": assessment.case.profile.age_years,
            "sex": assessment.case.profile.sex,
            "language": language,
            "missing": list(assessment.missing),
            "seconds": round(assessment.seconds, 4),
        }

    @property
    def _knowledge(self) -> Knowledge:
        return self.assistant.knowledge

    def _triage(self, triage: Triage, language: Language) -> Row:
        return {
            "level": triage.level.value,
            "reasons": [self._reason(reason, triage, language) for reason in triage.reasons],
            "red_flags": list(triage.red_flags),
        }

    def _reason(self, reason: Reason, triage: Triage, language: Language) -> str:
        alone = replace(triage, level=reason.level, reasons=(reason,))
        return self.assistant.voice.speaker.reason(reason.level, alone, language)

    def _condition(self, hypothesis: Hypothesis, language: Language) -> Row:
        entry = self._knowledge.conditions[hypothesis.condition]
        name = entry.name.get(language)
        names = (entry.name.en, entry.name.zh, *entry.synonyms.en, *entry.synonyms.zh)
        return {
            "id": hypothesis.condition,
            "name": name,
            "synonyms": [other for other in dict.fromkeys(names) if other != name],
            "icd10": entry.icd10[0],
            "probability": round(hypothesis.probability, 4),
        }

    def _finding(self, finding: Finding, language: Language) -> Row:
        return {
            "concept": finding.concept,
            "name": self._knowledge.findings[finding.concept].name.get(language),
            "assertion": finding.assertion,
            "experiencer": finding.experiencer,
            "time": finding.time,
            "evidence": finding.evidence,
            "duration_days": finding.duration_days,
            "severity": finding.severity,
            "start": finding.start,
            "end": finding.end,
            "attributes": [{"kind": a.kind, "words": a.words} for a in finding.attributes],
            "ambiguous_with": [
                {"concept": other, "name": self._knowledge.findings[other].name.get(language)}
                for other in finding.ambiguous_with
                if other in self._knowledge.findings
            ],
        }

    def _number(self, measured: Measurement, language: Language) -> Row:
        entry = self._knowledge.bundle.derived.measures[measured.measure]
        return {
            "measure": measured.measure,
            "name": entry.name.get(language),
            "value": measured.value,
            "unit": entry.unit,
            "evidence": measured.evidence,
        }


def assess_lines(assistant: Assistant, lines: Iterable[str], max_characters: int) -> Iterator[Row]:
    """Give one row for each line of JSON that is not blank, in their order.

    A bad line gives `{id, error}`, its number being the id where it has none; the rest goes on.
    """
    writer = Writer(assistant)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _assess_line(writer, line, number, max_characters)


def _assess_line(writer: Writer, line: str, number: int, max_characters: int) -> Row:
    identity: object = number
    try:
        raw = parse(line)
        if isinstance(raw, dict):
            identity = _identity(raw.get("id", number), number)
        request = read_request(raw, writer.assistant.knowledge, max_characters)
    except AssistantError as error:
        return {"id": identity, "error": str(error)}
    row = attempt("assessment", lambda: _row(writer, identity, request))
    failed = {"id": identity, "error": "The assessment failed; the log names the place."}
    return failed if row is None else row


def _row(writer: Writer, identity: object, request: Request) -> Row:
    return writer.row(identity, assess(writer.assistant, request))


def _identity(value: object, number: int) -> object:
    """Return an id that can be written back: a string, a whole number, or the line's number."""
    return value if isinstance(value, str | int) else number


def parse(line: str) -> object:
    """Return what a line of JSON holds; InvalidInputError says where it breaks."""
    if any("\udc80" <= letter <= "\udcff" for letter in line):  # as `surrogateescape` reads bytes
        raise InvalidInputError("The line is not UTF-8.")
    try:
        return loads(line)
    except JSONDecodeError as error:
        raise InvalidInputError(f"The line is not JSON (column {error.colno}).") from None
    except (RecursionError, ValueError):  # thousands of brackets, or of digits
        raise InvalidInputError(
            "The line is nested too deeply or holds too long a number."
        ) from None
