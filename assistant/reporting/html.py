"""The report as one page: no scripts, nothing loaded from elsewhere, made to be printed."""

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from assistant.knowledge import Knowledge
from assistant.records.report import Report
from assistant.records.terms import Language
from assistant.reporting.content import Composer
from assistant.reporting.soap import soap_of
from assistant.reporting.wording import Sentences

_LANG = {Language.ENGLISH: "en", Language.CHINESE: "zh-Hans"}


def render_html(
    report: Report, knowledge: Knowledge, phrasing: Sentences, language: Language
) -> str:
    """Return the report as a complete HTML document; every word in it is escaped."""
    content = Composer(report, knowledge, phrasing, language).compose()

    def say(line: str, **slots: object) -> str:
        return phrasing.say(f"report.{line}", language, **slots)

    return _template().render(
        content=content, say=say, lang=_LANG[language], soap=soap_of(content, phrasing)
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("assistant.reporting", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
