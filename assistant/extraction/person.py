"""Age and sex as told in words: "45F", "my 3 month old", 男，三岁半."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re

from assistant.extraction.people import sex_of_subject
from assistant.extraction.quantities import CHINESE, number
from assistant.records.terms import Sex

_WORDS = r"\d{1,3}(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|eighteen|twenty|thirty|forty|fifty|sixty"
_OLD = re.compile(
    rf"(?<![\w.])(?P<n>{_WORDS})\s*-?\s*(?P<unit>years?|yrs?|yr|y|months?|mo|mth|weeks?|wks?|days?)[\s/.-]*(?:old|o\b|of age|/?o\b)",
    re.I,
)
_YO = re.compile(r"(?<![\w.])(?P<n>\d{1,3})\s*(?P<unit>yo|y/o|yr old|y\.o)\b", re.I)
_AGED = re.compile(
    r"\b(?:aged?|age is|age:|i am|i'm|im|he is|she is|he's|she's|turned|is)\s*:?\s*(?P<n>\d{1,3})(?=\s*(?:$|[,.;)]|and\b|years\b(?! ago)|with\b|(?:male|female|man|woman|f|m)\b))",
    re.I,
)
_CODE = re.compile(
    r"(?<![\w./])(?:(?P<n>\d{1,3})\s?(?:(?i:yo|y/o|yr|y)\s?)?(?P<s>[MF])|(?P<t>[MF])\s?/?\s?(?P<k>\d{1,3}))(?![\w/.%])"
)
_OLD_ZH = re.compile(
    rf"(?P<n>{CHINESE})(?:周?岁(?P<half>半)?|(?P<unit>个月|个多月|周|天)(?:大(?!约)|的?(?:宝宝|婴儿|孩子|娃|小孩|女儿|儿子)|龄))(?!前|时|开始|以前|那年|的时候)"
)
_FEMALE = re.compile(
    r"\b(?:female|woman|lady|girl)\b(?! friend)|(?<![a-z])女(?:性|士|孩|生|的|童)?(?=$|[,。,;:\s\d]|.{0,3}岁)|我是(?:个)?女|岁半?的?(?:女|闺女)|月大?的?女",
    re.I,
)
_MALE = re.compile(
    r"\b(?:male|man|gentleman|boy|guy)\b(?! friend)|(?<![a-z])男(?:性|士|孩|生|的|童)?(?=$|[,。,;:\s\d]|.{0,3}岁)|我是(?:个)?男|岁半?的?(?:男|儿子)|月大?的?(?:男|儿子)",
    re.I,
)
_CONTEXT = re.compile(
    r"\b(?:i am|i'm|im|years?|yrs?|yo|old|months?|patient is|weeks?)\W+(?:(?:a|an|of|age|old|\d+|\w+ed)\W+){0,3}$|^\W*(?:a |an )?$",
    re.I,
)
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_YEARS_ZH = {"个月": 1 / 12, "个多月": 1 / 12, "周": 7 / 365.25, "天": 1 / 365.25}


def age_in(text: str) -> float | None:
    """Return the patient's age in years (fractions for infants) where a plain text tells it."""
    for pattern in (_OLD, _YO, _AGED, _CODE, _OLD_ZH):
        for match in pattern.finditer(text):
            years = _years(pattern, match)
            if years is not None and 0 <= years <= 120:
                return years
    return None


def _years(pattern: re.Pattern[str], match: re.Match[str]) -> float | None:
    count = number(match["n"] or match.groupdict().get("k") or "")
    if count is None:
        return None
    unit = match.groupdict().get("unit") or ""
    if pattern is _OLD_ZH:
        return count * _YEARS_ZH.get(unit, 1.0) + (0.5 if match["half"] else 0)
    return count * _YEARS.get(unit[:1].lower() or "y", 1.0)


def sex_in(text: str) -> Sex | None:
    """Return the patient's sex where a plain text tells it."""
    code = _CODE.search(text)
    if code:
        return Sex.FEMALE if (code["s"] or code["t"]) == "F" else Sex.MALE
    for match in sorted([*_FEMALE.finditer(text), *_MALE.finditer(text)], key=lambda m: m.start()):
        before = text[: match.start()]
        if not match.group().isascii() or _CONTEXT.search(before):
            female = match.re is _FEMALE
            return Sex.FEMALE if female else Sex.MALE
    return sex_of_subject(text)
