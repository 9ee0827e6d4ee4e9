"""Which words that were heard the patient should see before they count."""

import re
from collections.abc import Iterable

from assistant.extraction import Extractor
from assistant.records.speech import Utterance, Word
from assistant.records.terms import Language

# Probability below which a word may be another one. In Mandarin, a wrong character of the right
# sound is given with more confidence (docs/speech.md).
UNSURE_WORD = {Language.ENGLISH: 0.5, Language.CHINESE: 0.6}
UNSURE_UTTERANCE = 0.6  # mean probability of the words
_DENIALS = frozenset(
    (
        "no", "not", "never", "none", "without", "nor", "isn't", "don't", "can't", "didn't",
        "doesn't", "haven't", "hasn't", "不", "没", "没有", "无", "别", "未",
    )
)  # fmt: skip


def doubtful_words(heard: Utterance) -> tuple[str, ...]:
    """Return the words that may be other words, without marks."""
    least = UNSURE_WORD[heard.language]
    unsure = (_bare(word) for word in heard.words if word.probability < least)
    return (*heard.rewritten, *filter(None, unsure))


def needs_a_look(heard: Utterance, extractor: Extractor) -> bool:
    """Whether the patient should see the words before they count.

    So it is where nothing or a part was understood, where the whole was heard with doubt, where a
    name was put for words of the same sound, and where a doubtful word touches a finding: stands in
    its evidence, denies, is a number, or could itself name a symptom (four letters or more; any
    Chinese word).
    """
    left_out = any(reason not in ("no_speech", "empty") for reason in heard.refused)
    if not heard.text or left_out or heard.rewritten or heard.confidence < UNSURE_UTTERANCE:
        return True
    doubtful = doubtful_words(heard)
    if any(_could_matter(word) for word in doubtful):
        return True
    told = extractor.extract(heard.text, language=heard.language)
    evidence = [f.evidence for f in told.findings] + [m.evidence for m in told.measurements]
    return _touches(doubtful, evidence)


def _touches(doubtful: Iterable[str], evidence: Iterable[str]) -> bool:
    within = {word for text in evidence for word in _split(text)}
    return any(word in within for word in doubtful)


def _could_matter(word: str) -> bool:
    return len(word) > 3 or not word.isascii() or word.isdecimal() or word in _DENIALS


def _bare(word: Word) -> str:
    return " ".join(_split(word.text))


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'\w+)?", text.casefold())
