"""The report as plain text."""

from collections.abc import Iterable

from assistant.knowledge import Knowledge
from assistant.records.report import Report
from assistant.records.terms import Language
from assistant.reporting.content import Composer, Content
from assistant.reporting.findings import Told
from assistant.reporting.wording import Sentences


def render_text(
    report: Report, knowledge: Knowledge, phrasing: Sentences, language: Language
) -> str:
    """Return the report as text, a heading over each part, a finding a line."""
    content = Composer(report, knowledge, phrasing, language).compose()

    def say(line: str, **slots: object) -> str:
        return phrasing.say(f"report.{line}", language, **slots)

    parts = [_top(content, say("listed", heading=say("urgency"), items=content.level_words))]
    parts += [_part(heading, map(told_line, told)) for heading, told in content.groups]
    parts += [
        _part(say("timeline"), content.timeline or (say("timeline_none"),)),
        _part(say("measurements"), content.measurements or (say("measurements_none"),)),
        _part(say("background"), content.background),
        *([_pictures(content, say("pictures"), say("picture_note"))] if content.pictures else []),
        _part(say("differential"), _differential(content), say("differential_note")),
        _part(say("not_asked"), content.not_asked or (say("nothing"),), say("not_asked_note")),
        _part(say("passages"), _passages(content) or (say("nothing"),)),
        _part(say("missing"), (content.missing,)),
        _part(say("versions"), content.versions),
        content.disclaimer,
    ]
    return "\n\n".join(parts) + "\n"


def told_line(told: Told) -> str:
    """Return one finding with its details and the patient's words."""
    return f"{told.name}{told.note} {told.quote}".strip()


def _top(content: Content, urgency: str) -> str:
    lines = [
        content.title,
        "=" * 40,
        content.summary,
        urgency,
        *(f"  {reason}" for reason in content.reasons),
        f"  {content.to_do}",
        content.made,
    ]
    return "\n".join(lines)


def _part(heading: str, items: Iterable[str], note: str = "") -> str:
    lines = [heading, "-" * 40, *([note] if note else []), *(f"- {item}" for item in items)]
    return "\n".join(lines)


def _pictures(content: Content, heading: str, note: str) -> str:
    lines = ["\n    ".join((p.head, *p.findings, *p.trust, p.model)) for p in content.pictures]
    return _part(heading, lines, note)


def _differential(content: Content) -> list[str]:
    ranked = ["\n    ".join((h.head, *h.details)) for h in content.hypotheses]
    return [*ranked, content.unlisted]


def _passages(content: Content) -> list[str]:
    return [f"{p.title}\n    {p.text}\n    {p.sources}" for p in content.passages]
