"""Lay words put beside the terms that texts use: "can't breathe" also asks for "dyspnea"."""

import re

import ahocorasick

from assistant.knowledge import Knowledge
from assistant.retrieval.english import is_chinese

SHORTEST = 4  # letters of a phrase
MOST = 8  # terms added to a query


class LayWords:
    """Every English phrase of our findings and conditions, with the names of what it means."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._phrases = ahocorasick.Automaton()
        found: dict[str, list[str]] = {}
        for finding, about in knowledge.findings.items():
            names = [about.name.en, finding.replace("_", " ")]
            for phrase in about.phrases.en:
                found.setdefault(phrase.lower(), []).extend(names)
        for condition in knowledge.conditions.values():
            names = [condition.name.en, *condition.synonyms.en[:2]]
            for phrase in (condition.name.en, *condition.synonyms.en):
                found.setdefault(phrase.lower(), []).extend(names)
        for phrase, names in found.items():
            if len(phrase) >= SHORTEST:
                self._phrases.add_word(phrase, (phrase, tuple(dict.fromkeys(names))))
        self._phrases.make_automaton()

    def expand(self, text: str) -> str:
        """Return an English text with the terms for its lay words after it; others as they are."""
        if is_chinese(text):
            return text
        added = dict.fromkeys(self._terms(text.lower()))
        return " ".join([text, *list(added)[:MOST]])

    def _terms(self, text: str) -> list[str]:
        found: list[str] = []
        for end, (phrase, names) in self._phrases.iter_long(text):
            around = (
                text[max(0, end - len(phrase)) : end - len(phrase) + 1] + text[end + 1 : end + 2]
            )
            if not re.search(r"[a-z0-9]", around):
                found += [name for name in names if name.lower() not in text]
        return found
