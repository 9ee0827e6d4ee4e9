"""Numbers said in words, as digits: "one eighty over one ten", 一百八.

Whisper mostly writes digits; where it does not, a blood pressure must still be one.
"""

import re

_UNITS = {
    word: number
    for number, word in enumerate(
        (
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
            "eighteen", "nineteen",
        )
    )
} | {"oh": 0}  # fmt: skip
_TENS = {
    word: 20 + 10 * index
    for index, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
    )
}
_WORD = "|".join((*_UNITS, *_TENS, "hundred"))
_RUN = re.compile(
    rf"\b(?:(?:a|\d) (?=hundred\b))?(?:{_WORD})(?:(?:[\s-]+and)?[\s-]+(?:{_WORD}|point))*\b", re.I
)
_ZH = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ZH_RUN = re.compile(r"[零〇一二两三四五六七八九十百]+(?:点[零〇一二两三四五六七八九]+)?")


def english(text: str) -> str:
    """Return a text with runs of number words as digits; a single small one stays a word.

    >>> english("one eighty over one ten, and one hundred and two point five")
    '180 over 110, and 102.5'
    >>> english("one leg, twenty five days")
    'one leg, 25 days'
    """
    return _RUN.sub(lambda run: _value(run[0]), text)


def _value(run: str) -> str:
    words = [w for w in re.split(r"[\s-]+", run.casefold()) if w != "and"]
    if len(words) == 1 and _UNITS.get(words[0], 99) < 10:
        return run
    whole, _, part = " ".join(words).partition("point")
    digits = [str(_UNITS[w]) for w in part.split() if w in _UNITS]
    number = _whole(whole.split())
    if number is None or (part.strip() and len(digits) != len(part.split())):
        return run
    return f"{number}.{''.join(digits)}" if digits else str(number)


def _whole(words: list[str]) -> int | None:
    """Return the number that words without "point" make; None where they make none."""
    total, last = 0, 0  # `last`: the size of the part before, which only a smaller one follows
    for word in words:
        if word == "hundred":
            total, last = max(total, 1) * 100, 100
        elif word == "a":
            total = 1
        elif word.isdecimal():
            total = int(word)
        elif word in _TENS:
            if last and last < 100:
                return None
            # "one eighty": a single figure before a ten is its hundreds.
            total, last = (total * 100 if not last and total else total) + _TENS[word], 20
        else:
            unit = _UNITS[word]
            if last == 0 and total and (unit >= 10 or word == "oh"):
                total, last = total * 100 + unit, 100 if word == "oh" else 1
            elif last in (0, 20, 100) and not (last == 0 and total):
                total, last = total + unit, 1 if last or unit >= 10 else 0
            else:
                return None
    return total


def chinese(text: str) -> str:
    """Return a Chinese text with numerals as digits.

    >>> chinese("高压一百八，低压一百零五，血糖十五点二")
    '高压180，低压105，血糖15.2'
    """
    return _ZH_RUN.sub(lambda run: _zh_value(run[0]), text)


def _zh_value(run: str) -> str:
    whole, _, part = run.partition("点")
    match = re.fullmatch(r"(?:(.)?百)?(零|〇)?(?:(.)?(十))?(.)?", whole)
    if match is None or not whole:
        return run
    hundreds, zero, tens, ten, ones = match.groups()
    total = 100 * _ZH.get(hundreds or "一", 1) if "百" in whole else 0
    total += 10 * _ZH.get(tens or "一", 1) if ten else 0
    if ones:
        # 一百八 is 180, 一百零八 is 108.
        total += _ZH[ones] * (10 if "百" in whole and not ten and not zero else 1)
    fraction = "".join(str(_ZH[c]) for c in part)
    return f"{total}.{fraction}" if fraction else str(total)
