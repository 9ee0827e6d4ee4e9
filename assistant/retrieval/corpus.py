"""The passages: the parts of each condition's text, and our own short texts on complaints."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge import Knowledge
from assistant.knowledge.schema import PassageEntry, Words
from assistant.records.diagnosis import Passage
from assistant.records.terms import Language

SECTIONS = ("what", "do", "seek")
COMMON_IN = 0.3  # P(finding | condition) from which a text on the complaint concerns the condition


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage in both languages, with the conditions that it concerns."""

    id: str  # "<condition>.<section>", or the id of a text on a complaint
    title: Words
    text: Words
    sources: tuple[str, ...]  # ids
    concerns: frozenset[str]  # conditions
    condition: str | None = None  # the one that it is a part of

    def embedded(self) -> str:
        """Return the words that stand for it in an index: English, for both languages."""
        return f"{self.title.en}. {self.text.en}"

    def passage(self, language: Language, score: float, knowledge: Knowledge) -> Passage:
        """Return it as it is shown, in one language."""
        return Passage(
            id=self.id,
            title=self.title.get(language),
            text=self.text.get(language),
            sources=knowledge.source_titles(self.sources),
            condition=self.condition,
            score=round(score, 4),
        )


class Corpus:
    """All passages of a Knowledge, in a fixed order."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.entries = _of_conditions(knowledge) + _of_complaints(knowledge)
        self._concerning: dict[str, list[int]] = {}
        for row, entry in enumerate(self.entries):
            for condition in entry.concerns:
                self._concerning.setdefault(condition, []).append(row)

    def rows(self, conditions: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the rows that concern any of the conditions; all rows where none is named."""
        if not conditions:
            return np.arange(len(self.entries))
        found = {row for c in conditions for row in self._concerning.get(c, ())}
        return np.array(sorted(found), dtype=np.int64)

    def texts(self) -> list[str]:
        """Return what an index of vectors is built from, a text an entry."""
        return [entry.embedded() for entry in self.entries]


def digest(texts: list[str]) -> str:
    """Return the SHA-256 over texts and their order."""
    total = hashlib.sha256()
    for text in texts:
        total.update(text.encode() + b"\0")
    return total.hexdigest()


def _of_conditions(knowledge: Knowledge) -> list[Entry]:
    headings = knowledge.bundle.sections
    entries = []
    for condition in knowledge.condition_ids:
        about = knowledge.conditions[condition]
        for section in SECTIONS:
            heading: Words = getattr(headings, section)
            title = Words(en=f"{about.name.en}: {heading.en}", zh=f"{about.name.zh}：{heading.zh}")
            text = Words(en=getattr(about.text.en, section), zh=getattr(about.text.zh, section))
            concerns = frozenset({condition})
            identity = f"{condition}.{section}"
            entries.append(Entry(identity, title, text, about.sources, concerns, condition))
    return entries


def _of_complaints(knowledge: Knowledge) -> list[Entry]:
    return [
        Entry(name, entry.title, entry.text, entry.sources, _having(entry, knowledge))
        for name, entry in sorted(knowledge.bundle.passages.items())
    ]


def _having(entry: PassageEntry, knowledge: Knowledge) -> frozenset[str]:
    """Return the conditions in which one of the findings that a text is about is common."""
    return frozenset(
        condition
        for condition, about in knowledge.conditions.items()
        if any(about.findings.get(finding, 0.0) >= COMMON_IN for finding in entry.about)
    )
