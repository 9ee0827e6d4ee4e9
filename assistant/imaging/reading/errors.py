"""Why a file was not taken; the sentences stand in `prompts/picture.yaml` under `refused.`"""

from functools import cache

import yaml

from assistant.errors import AssistantError
from assistant.paths import shipped
from assistant.records.terms import Language


class PictureError(AssistantError):
    """A file cannot be used; `reason` is an id, `slots` are the numbers of its sentence.

    The sentence says what to do; it never repeats a name or a text of the file.
    """

    def __init__(self, reason: str, **slots: int | float | str) -> None:
        self.reason, self.slots = reason, slots
        self.detail = ""  # kind and place of a decoder's complaint, for a log; never its words
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return the refusal in a language."""
        return _sentences()[f"refused.{self.reason}"][language].format(**self.slots)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    text = (shipped("prompts") / "picture.yaml").read_text(encoding="utf-8")
    lines: dict[str, dict[str, str]] = yaml.safe_load(text)
    return lines
