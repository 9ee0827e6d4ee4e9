"""How a transcript is written: the script of the page, and numbers as the extractor reads them."""

import re
from functools import lru_cache
from typing import Any

from assistant.records.terms import Language
from assistant.speech.numerals import chinese, english

_MEASURED = re.compile(
    r"\b(point|over|degrees?|pressure|temperature|fever|pulse|heart|rate|oxygen|saturation|sugar|"
    r"glucose|percent)\b",
    re.I,
)
_OVER = re.compile(r"\b(\d{2,3})\s+(?:over|by)\s+(\d{2,3})\b", re.I)
_DEGREES = re.compile(
    r"\b(\d{2,3}(?:\.\d)?)\s*degrees?(?:\s+(celsius|centigrade|fahrenheit))?\b", re.I
)
_JOINED = re.compile(r"\b(\d) (\d0|\d\d)(?=\s+over\b|/)", re.I)  # "1 20 over 80"
_ZH_MEASURED = re.compile(
    r"(?:[高低]压|收缩压|舒张压|血压|心率|心跳|脉搏|血氧|饱和度|血糖)[^，。；！？,.;\d]{0,14}"
)
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
        text = _ZH_MEASURED.sub(lambda m: chinese(m[0]), text)
        return _ZH_POINT.sub(r"\1.\2", text)
    if not _MEASURED.search(text):
        return text
    plain = _JOINED.sub(r"\1\2", english(text))
    return _DEGREES.sub(_degree, _OVER.sub(r"\1/\2", plain))


def _degree(match: re.Match[str]) -> str:
    scale = (match[2] or "").lower()
    if not scale:
        return f"{match[1]} degrees"
    return f"{match[1]} °{'F' if scale == 'fahrenheit' else 'C'}"


@lru_cache(maxsize=2)
def _converter(name: str) -> Any:
    from opencc import OpenCC

    return OpenCC(name)
