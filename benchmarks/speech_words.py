"""Word errors with one normaliser for all: Whisper's own for English, as its paper uses it."""

import random
from collections.abc import Sequence
from functools import lru_cache

from whisper.normalizers import EnglishTextNormalizer


@lru_cache(maxsize=1)
def _normaliser() -> EnglishTextNormalizer:
    return EnglishTextNormalizer()


def normal(text: str) -> list[str]:
    """Return the words of a text as they are compared: lower case, numbers as digits, no marks."""
    return str(_normaliser()(text)).split()


def errors(heard: Sequence[str], said: Sequence[str]) -> int:
    """Return the fewest words put in, left out or changed (Levenshtein)."""
    row = list(range(len(said) + 1))
    for i, h in enumerate(heard, 1):
        last, row[0] = row[0], i
        for j, s in enumerate(said, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (h != s))
    return row[-1]


def rate(counts: Sequence[tuple[int, int]], seed: int = 7) -> dict[str, object]:
    """Return the word error rate of (errors, words) pairs, with a 95 % interval over the clips."""
    wrong, words = sum(e for e, _ in counts), sum(w for _, w in counts)
    draw, rates = random.Random(seed), []
    for _ in range(2000):
        again = draw.choices(counts, k=len(counts))
        rates.append(sum(e for e, _ in again) / max(1, sum(w for _, w in again)))
    rates.sort()
    return {
        "clips": len(counts),
        "words": words,
        "errors": wrong,
        "wer": round(wrong / words, 4),
        "ci95": [round(rates[49], 4), round(rates[1949], 4)],
    }
