"""Numbers as words and digits, in both languages, and the Quantity they were read into."""

import re
from dataclasses import dataclass

ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SMALL = ONES | TENS | {
    "zero": 0, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "a": 1, "an": 1,
    "couple": 2, "couple of": 2, "a couple of": 2, "a couple": 2, "few": 3, "a few": 3,
    "several": 4, "half": 0.5, "half a": 0.5, "half an": 0.5,
}  # fmt: skip
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}

_COMPOUND = rf"(?:{'|'.join(TENS)})[-\s](?:{'|'.join(ONES)})\b"
ENGLISH = rf"\d+(?:\.\d+)?|{_COMPOUND}|" + "|".join(sorted(_SMALL, key=len, reverse=True))
CHINESE = (
    r"\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百]+(?:点[零一二三四五六七八九]+)?|半|几|好几|数"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that was read, and where it stands in the plain text."""

    value: float
    start: int
    end: int


def number(words: str) -> float | None:
    """Return the value of a number in digits, English or Chinese; None where it is none.

    >>> number("39.2"), number("thirty-eight"), number("三十九"), number("半"), number("三十八点五")
    (39.2, 38.0, 39.0, 0.5, 38.5)
    """
    plain = re.sub(r"\s+", " ", words.strip().lower())
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return float(plain)
    if plain in _SMALL:
        return float(_SMALL[plain])
    tens, _, ones = plain.replace("-", " ").partition(" ")
    if tens in TENS and ones in ONES:
        return float(TENS[tens] + ONES[ones])
    if plain == "半":
        return 0.5
    if plain in ("几", "好几", "数"):
        return 3.0
    return _chinese(plain)


def _chinese(plain: str) -> float | None:
    whole, _, fraction = plain.partition("点")
    if not whole or set(whole + fraction) - set(_DIGITS) - set(_UNITS):
        return None
    if len(whole) == 2 and all(c in _DIGITS for c in whole) and whole[1] == _next(whole[0]):
        return (_DIGITS[whole[0]] + _DIGITS[whole[1]]) / 2  # 两三天: two or three
    total, digit = 0, 0
    if all(c in _DIGITS for c in whole):
        total = int("".join(str(_DIGITS[c]) for c in whole))
    else:
        for character in whole:
            if character in _UNITS:
                total += max(digit, 1) * _UNITS[character]
                digit = 0
            else:
                digit = _DIGITS[character]
        total += digit
    decimals = "".join(str(_DIGITS[c]) for c in fraction)
    return float(f"{total}.{decimals}") if decimals else float(total)


def _next(digit: str) -> str | None:
    return {
        "一": "两",
        "两": "三",
        "二": "三",
        "三": "四",
        "四": "五",
        "五": "六",
        "六": "七",
        "七": "八",
    }.get(digit)
