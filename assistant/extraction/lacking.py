"""Findings that are the lack of something: a denial before their words is a part of them.

"I haven't passed a drop" tells of urine that will not come; the network marks "passed a drop" and
links it rightly, and the denial right before it must not turn it into "no urinary retention".
"""

import re
from functools import cached_property

from assistant.extraction.english_words import Weight, tokens
from assistant.knowledge import Knowledge

_NOT = frozenset(("not", "never", "no", "cannot", "cant", "wont", "without", "nothing"))
_NOT_ZH = re.compile(r"(?:没有?|不|未|无)(?:再|想|太|怎么|什么)*([㐀-鿿])")
_STARTS_ZH = re.compile(
    r"^(?:还|都|也|就|一直|从)*(?:没有?|不|未|无)?(?:再|想|太|怎么|一点儿?|半点)*([㐀-鿿])"
)
# A denial before words that tell themselves of a lack is a denial of it: "no loss of smell".
_LACK = re.compile(
    r"\b(?:los[est]\w*|trouble|difficult\w*|problems?|issues?|hard|short\w*|lack\w*|less|poor\w*|"
    r"reduc\w*|stop\w*|weak\w*|change\w*)\b|困难|减少|减退|丧失|下降",
    re.I,
)


class Lacks:
    """What the phrases of each finding deny: the words that follow their denials."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def is_lack(self, concept: str, before: str, words: str) -> bool:
        """Whether what `words` begin with is what `concept` is the lack of.

        `before`: what stands before them, from their denial on.
        """
        if _LACK.search(f"{before} {words}"):
            return False
        if words.isascii():
            told = [t.form for t in tokens(words.lower()) if _tells(t.text, t.weight)]
            return bool(told) and told[0] in self._english.get(concept, frozenset())
        start = _STARTS_ZH.match(words)
        return start is not None and start[1] in self._chinese.get(concept, frozenset())

    @cached_property
    def _english(self) -> dict[str, frozenset[str]]:
        return {
            concept: frozenset(f for phrase in entry.phrases.en for f in _denied(phrase))
            for concept, entry in self._knowledge.findings.items()
        }

    @cached_property
    def _chinese(self) -> dict[str, frozenset[str]]:
        return {
            concept: frozenset(c for phrase in entry.phrases.zh for c in _NOT_ZH.findall(phrase))
            for concept, entry in self._knowledge.findings.items()
        }


def _denies(word: str) -> bool:
    return word in _NOT or word.endswith("n't")


def _tells(word: str, weight: Weight) -> bool:
    return weight is Weight.CONTENT and not _denies(word)


def _denied(phrase: str) -> list[str]:
    """Return the form of the telling word right after each denial.

    >>> _denied("not passing urine"), _denied("feel full too soon")
    (['pass'], [])
    """
    words = tokens(phrase.lower())
    found: list[str] = []
    for i, word in enumerate(words):
        if _denies(word.text):
            after = [t.form for t in words[i + 1 :] if _tells(t.text, t.weight)]
            found += after[:1]
    return found
