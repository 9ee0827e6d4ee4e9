"""How a transcript is written: the script of the page, and numbers as the extractor reads them."""

import re
from functools import lru_cache
from typing import Any

from assistant.records.terms import Language

_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    w: 20 + 10 * i
    for i, w in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    )
}
_OVER = re.compile(r"\b(\d{2,3})\s+(?:over|by)\s+(\d{2,3})\b", re.I)
_POINT = re.compile(r"\b(\d{1,3})\s+point\s+(\d|" + "|".join(list(_WORDS)[:10]) + r")\b", re.I)
_DEGREES = re.compile(
    r"\b(\d{2,3}(?:\.\d)?)\s*degrees?(?:\s+(celsius|centigrade|fahrenheit))?\b", re.I
)
_TENS = "|".join(w for w, n in _WORDS.items() if n >= 20)
_ONES = "|".join(w for w, n in _WORDS.items() if 1 <= n <= 9)
_TWO = re.compile(rf"\b({_TENS})(?:[\s-]+({_ONES}))?\b", re.I)
_HUNDRED = re.compile(r"\b(?:a|one|(\d|two|three))\s+hundred(?:\s+and)?(?:\s+(\d{1,2}))?\b", re.I)
_JOINED = re.compile(r"\b(\d) (\d0|\d\d)(?=\s+over\b|/)", re.I)  # "one twenty over eighty"
_ZH_POINT = re.compile(r"(\d+)\s*点\s*(\d)(?=\s*度|\s*℃)")


def in_script(text: str, *, traditional: bool = False) -> str:
    """Return Chinese in the script of the page; other words stay as they are."""
    if not re.search(r"[\u3400-\u9fff]", text):
        return text
    return str(_converter("s2t" if traditional else "t2s").convert(text))


def with_numbers(text: str, language: Language) -> str:
    """Return a text with spoken numbers as digits where they are measured values.

    >>> with_numbers("My temperature is thirty nine point two degrees celsius", Language.ENGLISH)
    'My temperature is 39.2 °C'
    >>> with_numbers("blood pressure one hundred and eighty over ninety five", Language.ENGLISH)
    'blood pressure 180/95'
    """
    if language is Language.CHINESE:
        return _ZH_POINT.sub(r"\1.\2", text)
    if not re.search(
        r"\b(point|over|degrees?|pressure|temperature|pulse|rate|percent)\b", text, re.I
    ):
        return text
    plain = _TWO.sub(
        lambda m: str(_WORDS[m[1].lower()] + _WORDS.get((m[2] or "").lower(), 0)), text
    )
    plain = _HUNDRED.sub(_hundreds, plain)
    plain = re.sub(r"\bone (?=\d\d\s+over)", "1 ", plain, flags=re.I)
    plain = _JOINED.sub(r"\1\2", plain)
    plain = _OVER.sub(r"\1/\2", plain)
    plain = _POINT.sub(lambda m: f"{m[1]}.{_WORDS.get(m[2].lower(), m[2])}", plain)
    return _DEGREES.sub(_degree, plain)


def _hundreds(match: re.Match[str]) -> str:
    head = (match[1] or "one").lower()
    times = int(head) if head.isdigit() else _WORDS[head]
    return str(100 * times + int(match[2] or 0))


def _degree(match: re.Match[str]) -> str:
    scale = (match[2] or "").lower()
    if not scale:
        return f"{match[1]} degrees"
    return f"{match[1]} °{'F' if scale == 'fahrenheit' else 'C'}"


@lru_cache(maxsize=2)
def _converter(name: str) -> Any:
    from opencc import OpenCC

    return OpenCC(name)
