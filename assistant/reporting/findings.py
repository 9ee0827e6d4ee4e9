"""What was told, by what was said of it, each with the words that it came from."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.knowledge import Knowledge
from assistant.records.finding import Finding, Origin
from assistant.records.report import Report
from assistant.records.terms import Assertion, Experiencer, Language, Time
from assistant.reporting.wording import Sentences, lasting, printable

# In the order in which a clinician reads them; each has its heading in prompts/report.yaml.
GROUPS = (
    "present",
    "possible",
    "absent",
    "unclear",
    "history",
    "earlier",
    "relatives",
    "retracted",
)

_BY_ASSERTION = {
    Assertion.PRESENT: "present",
    Assertion.POSSIBLE: "possible",
    Assertion.ABSENT: "absent",
    Assertion.UNKNOWN: "unclear",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One finding as it was told."""

    name: str
    quote: str  # in quotation marks; "" where there were no words
    note: str = ""  # how long, how bad, how it was learnt; in brackets


def quoted(words: str, sentences: Sentences, language: Language) -> str:
    """Return somebody's words in quotation marks, safe to print; "" for none."""
    clean = printable(words, 400)
    return sentences.say("report.quote", language, words=clean) if clean else ""


def grouped(
    report: Report,
    knowledge: Knowledge,
    sentences: Sentences,
    language: Language,
    name: Callable[[str], str],
) -> dict[str, tuple[Told, ...]]:
    """Return the findings of each group, in the order in which they were told."""
    found: dict[str, list[Told]] = {group: [] for group in GROUPS}
    for finding in _last_words(report):
        group = _group(finding, knowledge)
        if group:
            note = _note(finding, group, sentences, language)
            quote = quoted(finding.evidence, sentences, language)
            found[group].append(Told(name=name(finding.concept), quote=quote, note=note))
    for finding in _retracted(report):
        quote = quoted(finding.evidence, sentences, language)
        found["retracted"].append(Told(name=name(finding.concept), quote=quote))
    named = {told.name for told in found["unclear"]}
    for concept in report.unclear:
        if name(concept) not in named:
            found["unclear"].append(Told(name=name(concept), quote=""))
    return {group: tuple(told) for group, told in found.items()}


def _last_words(report: Report) -> list[Finding]:
    """Return the last word on each concept, apart for the patient now, earlier and relatives."""
    beside: dict[tuple[str, Experiencer, Time], Finding] = {}
    for finding in report.case.findings:
        if not finding.counts_now:
            beside[finding.concept, finding.experiencer, finding.time] = finding
    return [*report.case.latest().values(), *beside.values()]


def _retracted(report: Report) -> list[Finding]:
    """Return what the patient took back by hand and nothing took the place of, each once."""
    standing = {f.concept for f in report.case.findings}
    return list({f.concept: f for f in report.case.retracted if f.concept not in standing}.values())


def _group(finding: Finding, knowledge: Knowledge) -> str:
    entry = knowledge.findings.get(finding.concept)
    background = entry is not None and entry.is_background
    if finding.assertion is not Assertion.PRESENT:
        return _BY_ASSERTION[finding.assertion] if finding.counts_now else ""
    if background:
        return "history"
    if finding.experiencer is Experiencer.RELATIVE:
        return "relatives"
    return "earlier" if finding.time is Time.PAST else "present"


def _note(finding: Finding, group: str, sentences: Sentences, language: Language) -> str:
    details: list[str] = []
    if finding.duration_days is not None:
        duration = lasting(finding.duration_days, sentences, language)
        details.append(sentences.say("report.lasting", language, duration=duration))
    if finding.severity is not None:
        details.append(sentences.say("report.severity", language, n=finding.severity))
    details += [
        sentences.say(f"report.attribute_{a.kind}", language, words=printable(a.words, 60))
        for a in finding.attributes
    ]
    if finding.undecided:
        details.append(sentences.say("report.undecided", language))
    if group == "history" and finding.experiencer is Experiencer.RELATIVE:
        details.append(sentences.say("report.in_relative", language))
    if finding.origin is not Origin.SAID or not finding.evidence:
        details.append(sentences.say(f"report.{finding.origin.value}", language))
    if not details:
        return ""
    return sentences.say("report.note", language, details=sentences.join(details, language))
