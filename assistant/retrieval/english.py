"""Chinese words put as the English names of the concepts they mean, for an English index."""

import re

import ahocorasick

from assistant.knowledge import Knowledge

_CHINESE = re.compile(r"[㐀-䶿一-鿿]")


def is_chinese(text: str) -> bool:
    """Return whether a text holds Chinese characters."""
    return _CHINESE.search(text) is not None


class EnglishNames:
    """Every Chinese name and phrase of the knowledge, with the English name of its concept."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._names = ahocorasick.Automaton()
        for finding in knowledge.findings.values():
            for phrase in (*finding.phrases.zh, finding.name.zh):
                self._names.add_word(phrase, finding.name.en)
        for condition in knowledge.conditions.values():
            for name in (*condition.synonyms.zh, condition.name.zh):
                self._names.add_word(name, condition.name.en)
        self._names.make_automaton()

    def of(self, text: str) -> str:
        """Return a text in English as it is, and a Chinese one as the names it mentions.

        The longest phrases win, and what no phrase covers is left out: the result may be "".
        """
        if not is_chinese(text):
            return text
        found = [name for _, name in self._names.iter_long(text)]
        return ", ".join(dict.fromkeys(found))
