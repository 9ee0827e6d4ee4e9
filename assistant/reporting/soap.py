"""The report as a SOAP note (subjective, objective, assessment, plan), to copy into a record."""

from collections.abc import Callable

from assistant.knowledge import Knowledge
from assistant.records.report import Report
from assistant.records.terms import Language
from assistant.reporting.content import Composer, Content
from assistant.reporting.text import told_line
from assistant.reporting.wording import Sentences


def render_soap(
    report: Report, knowledge: Knowledge, phrasing: Sentences, language: Language
) -> str:
    """Return a short note in four parts; what was not asked stands in the plan."""
    content = Composer(report, knowledge, phrasing, language).compose()
    return soap_of(content, phrasing)


def soap_of(content: Content, sentences: Sentences) -> str:
    """Return the SOAP note of a report that is already in words."""
    language = content.language

    def say(line: str, **slots: object) -> str:
        return sentences.say(f"report.{line}", language, **slots)

    told = [
        say("listed", heading=heading, items=say("then").join(map(told_line, findings)))
        for heading, findings in content.groups
    ]
    ranked = [f"{n}. {h.head}" for n, h in enumerate(content.hypotheses, 1)]
    to_ask = sentences.join(content.not_asked, language)
    lines = [
        say("soap_s"),
        content.summary,
        *told,
        *content.timeline,
        *content.background,
        say("soap_o"),
        *(content.measurements or (say("measurements_none"),)),
        *_pictures(content, say),
        say("soap_a"),
        *ranked,
        content.unlisted,
        say("listed", heading=say("urgency"), items=content.level_words),
        *content.reasons,
        say("soap_p"),
        content.to_do,
        *([say("open_points", findings=to_ask)] if to_ask else []),
        content.missing,
        content.disclaimer,
    ]
    return "\n".join(lines) + "\n"


def _pictures(content: Content, say: Callable[..., str]) -> list[str]:
    """Return each picture on a line, with what was read, by what, and that no doctor read it."""
    if not content.pictures:
        return []
    then = say("then")
    lines = [then.join((p.head, *p.findings, p.model)) for p in content.pictures]
    return [*lines, say("picture_note")]
