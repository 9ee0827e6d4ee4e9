"""How things are said: every sentence comes from `prompts/`, in English and Chinese."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from assistant.errors import KnowledgeError
from assistant.knowledge import Knowledge
from assistant.records.case import Profile
from assistant.records.terms import Language, Sex

_JOIN = {Language.ENGLISH: ", ", Language.CHINESE: "、"}


class Phrasing:
    """The sentences of `prompts/`, looked up as "act.line"."""

    def __init__(self, folder: Path, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._lines: dict[str, dict[str, str]] = {}
        for file in sorted(folder.glob("*.yaml")):
            for line, words in yaml.safe_load(file.read_text(encoding="utf-8")).items():
                if set(words) != set(Language):
                    raise KnowledgeError([f"prompts/{file.name}: {line} needs en and zh"])
                self._lines[f"{file.stem}.{line}"] = words
        if not self._lines:
            raise KnowledgeError(["no sentences in prompts/"])

    def say(self, line: str, language: Language, **slots: object) -> str:
        """Return the sentence called "act.line" with its slots filled."""
        return self._lines[line][language].format(**slots)

    def has(self, line: str) -> bool:
        """Whether there is a sentence of this name."""
        return line in self._lines

    def finding(self, concept: str, language: Language) -> str:
        """Return a finding's name, in lower case within an English sentence."""
        name = self.knowledge.findings[concept].name.get(language)
        if language is Language.ENGLISH and name[:2].istitle() and not name[1:2].isupper():
            return name[0].lower() + name[1:]
        return name

    def condition(self, condition: str, language: Language) -> str:
        """Return a condition's name."""
        return self.knowledge.conditions[condition].name.get(language)

    def findings(self, concepts: Iterable[str], language: Language) -> str:
        """Return names as a list in one sentence."""
        return self.join((self.finding(c, language) for c in concepts), language)

    def conditions(self, conditions: Iterable[str], language: Language) -> str:
        """Return names as a list in one sentence."""
        return self.join((self.condition(c, language) for c in conditions), language)

    @staticmethod
    def join(parts: Iterable[str], language: Language) -> str:
        """Join with the language's comma."""
        return _JOIN[language].join(parts)

    def likelihood(self, probability: float, language: Language) -> str:
        """Return a probability in words; never a percentage without them."""
        bounds = ((0.5, "fits_well"), (0.2, "could_well"), (0.07, "possible"))
        word = next((w for bound, w in bounds if probability >= bound), "less_likely")
        return self.say(f"advice.{word}", language)

    def person(self, profile: Profile, language: Language) -> str:
        """Return age and sex in words, "" where neither is known."""
        parts: list[str] = []
        age = profile.age_years
        if age is not None and age < 2:
            parts.append(self.say("mirror.months", language, months=round(age * 12)))
        elif age is not None:
            parts.append(self.say("mirror.years", language, years=int(age)))
        if profile.sex is not None:
            word = "female" if profile.sex is Sex.FEMALE else "male"
            parts.append(self.say(f"mirror.{word}", language))
        return self.join(parts, language)
