"""Misspelt words: one letter too many, too few, wrong or swapped, in words of six and more."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

SHORTEST = 6  # shorter words have too many real neighbours


class Spelling:
    """Words that may be meant by a misspelt one."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words)
        self._near: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            if len(word) >= SHORTEST and word.isalpha():
                for form in _with_one_less(word):
                    self._near[form].append(word)
        self.corrected = lru_cache(maxsize=10_000)(self._corrected)

    def _corrected(self, word: str) -> str:
        """Return the one known word that `word` is a slip of, otherwise `word` itself."""
        if word in self._known or len(word) < SHORTEST or not word.isalpha():
            return word
        candidates = {
            known
            for form in _with_one_less(word)
            for known in self._near.get(form, ())
            if known[0] == word[0] and _one_slip(word, known)
        }
        return candidates.pop() if len(candidates) == 1 else word


def _with_one_less(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def _one_slip(a: str, b: str) -> bool:
    """Whether one insertion, deletion, change or swap of neighbours makes `a` into `b`."""
    if a == b + "s" or b == a + "s" or abs(len(a) - len(b)) > 1:
        return abs(len(a) - len(b)) <= 1
    first = next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    if len(a) > len(b):
        return a[first + 1 :] == b[first:]
    if len(a) < len(b):
        return a[first:] == b[first + 1 :]
    if a[first + 1 :] == b[first + 1 :]:
        return True
    return a[first : first + 2] == b[first : first + 2][::-1] and a[first + 2 :] == b[first + 2 :]
