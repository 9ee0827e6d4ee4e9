"""The words a page needs, in one place: the page's own texts and the assistant's phrasing."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assistant.dialogue.phrasing import Phrasing
from assistant.dialogue.speaking import Speaker
from assistant.knowledge import Knowledge
from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.ui.texts import PageTexts

_FOLDER = Path(__file__).parent


def environment() -> Environment:
    """Return the templates; everything put into one is escaped, whoever said it."""
    return Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Templates and sentences over one Knowledge and the settings of one server."""

    knowledge: Knowledge
    speaker: Speaker
    texts: PageTexts
    templates: Environment
    settings: Settings

    @classmethod
    def of(cls, knowledge: Knowledge, settings: Settings) -> "Wording":
        """Read the sentences that `settings` name."""
        phrasing = Phrasing(settings.prompts_dir, knowledge)
        return cls(
            knowledge=knowledge,
            speaker=Speaker(knowledge, phrasing),
            texts=PageTexts(settings.prompts_dir),
            templates=environment(),
            settings=settings,
        )

    def render(self, template: str, language: Language, **values: Any) -> str:
        """Return a template filled in `language`; in it, `t("line", slot=…)` says a page text."""
        return self.templates.get_template(template).render(
            t=partial(self._text, language=language),
            language=language.value,
            settings=self.settings,
            **values,
        )

    def _text(self, line: str, language: Language, **slots: object) -> str:
        return self.texts.say(line, language, **slots)

    def finding(self, concept: str, language: Language) -> str:
        """Return a finding's name, or its id where the knowledge no longer has it."""
        if concept not in self.knowledge.findings:
            return concept.replace("_", " ")
        return self.speaker.phrasing.finding(concept, language)

    def ambulance(self, country: str) -> str:
        """Return the number to call for an ambulance."""
        return self.knowledge.country(country).ambulance
