"""Reading a case as a whole: the words of all turns, by the network and the triage head."""

from pathlib import Path
from threading import Lock
from typing import Protocol

from assistant.extraction.sentences import sentences
from assistant.records.case import Case
from assistant.records.finding import Origin
from assistant.records.terms import Assertion, Language
from assistant.triage.head import Head, Likeness, Numbers, load_head


class Pools(Protocol):
    """Anything that makes one vector of a whole text."""

    def pooled(self, text: str, language: Language) -> Numbers:
        """Return the mean and the maximum of a text's states, (features,)."""


class WholeCase:
    """Says how like emergencies a case is; each head is loaded when it is first needed."""

    def __init__(self, network: Pools, models: Path) -> None:
        """`models` is `knowledge/models`; nothing is read before the first case."""
        self._network, self._models = network, models
        self._heads: dict[Language, Head] = {}
        self._lock = Lock()

    def likeness(self, case: Case) -> Likeness | None:
        """Return how like emergencies the case is; None where nothing was written.

        Raises ModelFileError where the head is missing or damaged, and FloatingPointError where the
        network does not answer with numbers.
        """
        text = written(case)
        if not text.strip():
            return None
        language = language_of(text)
        return self._head(language).likeness(self._network.pooled(text, language))

    def _head(self, language: Language) -> Head:
        with self._lock:
            if language not in self._heads:
                self._heads[language] = load_head(self._models, language)
            return self._heads[language]


def written(case: Case) -> str:
    """Return the text without the words for what was corrected by hand to be absent."""
    corrected: set[str] = set()
    for finding in case.findings:
        if finding.origin is Origin.CORRECTED:
            keep = finding.assertion is not Assertion.ABSENT
            corrected = corrected - {finding.concept} if keep else corrected | {finding.concept}
    text = case.text
    gone = {f.evidence for f in case.findings if f.concept in corrected and f.evidence}
    for words in sorted(gone, key=lambda said: (-len(said), said)):
        text = text.replace(words, " ")
    return text


def language_of(text: str) -> Language:
    """Return the language that most of a text is in; a Chinese sentence counts as a whole.

    >>> language_of("I have 发烧").value, language_of("chest pain").value
    ('zh', 'en')
    """
    parts = sentences(text)
    chinese = sum(len(p.text) for p in parts if p.chinese)
    mostly = 2 * chinese > sum(len(p.text) for p in parts)
    return Language.CHINESE if mostly else Language.ENGLISH
