"""The page's own words: `prompts/page.yaml`, for the server's templates and for the browser."""

from pathlib import Path

import yaml

from assistant.errors import KnowledgeError
from assistant.records.terms import Language

_LASTING = (  # below so many days, in a unit of so many days
    (1.0, "hours", 1 / 24),
    (14.0, "days", 1.0),
    (60.0, "weeks", 7.0),
    (730.0, "months_long", 30.44),
    (float("inf"), "years_long", 365.25),
)


class PageTexts:
    """Every text of the page in every language, by its name in `page.yaml`."""

    def __init__(self, folder: Path) -> None:
        file = folder / "page.yaml"
        self._lines: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
        for line, words in self._lines.items():
            if set(words) != set(Language):
                raise KnowledgeError([f"prompts/page.yaml: {line} needs en and zh"])

    def say(self, line: str, language: Language, **slots: object) -> str:
        """Return the text called `line` with its slots filled."""
        return self._lines[line][language].format(**slots)

    def catalogue(self) -> dict[str, dict[str, str]]:
        """Return language -> line -> text with its slots open, for the browser."""
        return {
            language.value: {line: words[language] for line, words in self._lines.items()}
            for language in Language
        }

    def lasting(self, days: float, language: Language) -> str:
        """Return a duration in words a person uses: hours, days, weeks, months or years."""
        line, unit = next((line, unit) for below, line, unit in _LASTING if days < below)
        n = max(1, round(days / unit))
        return self.say("day" if line == "days" and n == 1 else line, language, n=n)
