"""How long ago something began, in days: "for three weeks", "since last night", 昨天开始."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re
from collections.abc import Iterator

from assistant.extraction.quantities import CHINESE, ENGLISH, Quantity, number

_DAYS = {
    "second": 1 / 86400, "sec": 1 / 86400, "minute": 1 / 1440, "min": 1 / 1440, "hour": 1 / 24,
    "hr": 1 / 24, "day": 1.0, "night": 1.0, "week": 7.0, "wk": 7.0, "fortnight": 14.0,
    "month": 30.0, "year": 365.0, "yr": 365.0, "d": 1.0, "h": 1 / 24, "w": 7.0,
}  # fmt: skip
_DAYS_ZH = {
    "分钟": 1 / 1440, "小时": 1 / 24, "个小时": 1 / 24, "钟头": 1 / 24, "个钟头": 1 / 24, "天": 1.0, "日": 1.0, "宿": 1.0,
    "晚": 1.0, "周": 7.0, "个星期": 7.0, "星期": 7.0, "个礼拜": 7.0, "礼拜": 7.0, "个月": 30.0, "年": 365.0,
    "个多小时": 1.3 / 24, "个多星期": 9.0, "个多礼拜": 9.0, "个多月": 40.0,
}  # fmt: skip
_COUNTED = re.compile(
    rf"(?:(?<![A-Za-z0-9_./])|(?<=\bx)|(?<=\bX))(?P<n>{ENGLISH})(?:\s*(?:-|to|or)\s*(?P<m>{ENGLISH}))?(?P<half>\s+and a half)?\s*-?\s*"
    r"(?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|wks?|fortnights?|months?|years?|yrs?|[dhw](?=\b))"
    r"(?P<and_half>\s+and a half)?(?![a-z])",
    re.I,
)
# Clinicians write days as sevenths, weeks as fifty-seconds and months as twelfths: "3/7", "2/52".
_SLASHED = re.compile(r"(?<![\d./])(?P<n>1[0-2]|[1-9])\s?/\s?(?P<unit>7|52|12)(?![\d/%])")
_SLASHED_DAYS = {"7": 1.0, "52": 7.0, "12": 30.0}
_DATED = re.compile(r"(?:since|on|from|by|until|till|before|dated|score|scored|bp)\W*$", re.I)
_NOT_BEFORE = re.compile(
    r"(?:every|within|next|in another|in the next|each|per|once|twice|times?|aged?|at|after|first|older than|younger than|under|over the age of|takes?|took|the other)\s*(?:the |an? |only |about )?$",
    re.I,
)
_NOT_AFTER = re.compile(
    r"\s*-?\s*(?:old|pregnant|gestation|into (?:my|the) pregnancy|of age|along|later|after|before|of pregnancy|per\b|a day|apart|from now|postpartum|post[- ]?op|at a time|of (?:school|work|sleep|driving|flight)|flight|drive|until)",
    re.I,
)
_VAGUE = re.compile(
    r"\b(?:for|the past|the last|over the|these|many)\s+(?:the\s+)?(?:past\s+|last\s+|many\s+|several\s+|some\s+)?(?P<unit>days|weeks|months|years|ages|hours|day|week|month|year|hour)\b",
    re.I,
)
_VAGUE_DAYS = {
    "days": 3, "weeks": 21, "months": 90, "years": 1095, "ages": 180, "hours": 0.25,
    "day": 1, "week": 7, "month": 30, "year": 365, "hour": 1 / 24,
}  # fmt: skip
_SINCE = re.compile(
    r"\b(?:(?:since|from|started|began|begun|came on|woke up|all)\s+(?:\w+\s+){0,2}?)?"
    r"(?P<when>the day before yesterday|yesterday|last night|this morning|this afternoon|this evening|today|tonight|last week|last month|last year|an hour|"
    r"(?:last |on )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)|the weekend|overnight|just now|birth)\b",
    re.I,
)
_SINCE_DAYS = {
    "the day before yesterday": 2, "yesterday": 1, "last night": 0.7, "this morning": 0.4,
    "this afternoon": 0.2, "this evening": 0.2, "today": 0.4, "tonight": 0.1, "last week": 7,
    "last month": 30, "last year": 365, "an hour": 1 / 24, "the weekend": 4, "overnight": 0.5,
    "just now": 0.01,
}  # fmt: skip
_COUNTED_ZH = re.compile(
    rf"(?<![\d.年月])(?P<n>{CHINESE})(?P<more>多|来|\+)?(?P<unit>个多(?:小时|星期|礼拜|月)|分钟|个?小时|个?钟头|天|日|宿|晚|周|个?星期|个?礼拜|个月|年)(?P<half>半)?"
)
_NOT_AFTER_ZH = re.compile(
    r"大(?!约)|的?(?:宝宝|婴儿|孩子|娃|身孕|孕)|(?:后|以后|之后|内|之内|一次|[一二两三四五六七八九十几\d]+[到至-]?[一二两三四五六七八九十几\d]*[次顿包支瓶])|拉[了]?[一二两三四五六七八九十几\d]+|"
    r"吐[了]?[一二两三四五六七八九十几\d]+次|[龄岁]|前做|一[次包]|抽"
)
_NOT_BEFORE_ZH = re.compile(
    r"(?:每|隔|怀孕|孕|怀了|未来|再过|产后|术后|停经|第|上|下|一|星期)$|\d\+$"
)
_SINCE_ZH = re.compile(
    r"大前天|前天|前两天|前几天|昨天|昨晚|昨夜|昨日|今天|今早|今晨|今晚|早上|上午|中午|下午|半夜|上周|上星期|上个?礼拜|上个月|刚才|刚刚|去年|前阵子|这几天|这两天|最近"
)
_SINCE_ZH_DAYS = {
    "大前天": 3, "前天": 2, "前两天": 2, "前几天": 3, "昨天": 1, "昨晚": 0.7, "昨夜": 0.7, "昨日": 1, "今天": 0.4,
    "今早": 0.4, "今晨": 0.4, "今晚": 0.1, "上周": 7, "上星期": 7, "上礼拜": 7, "上个礼拜": 7, "上个月": 30,
    "刚才": 0.01, "刚刚": 0.01, "去年": 365, "前阵子": 30, "这几天": 3, "这两天": 2, "半夜": 0.4, "早上": 0.4, "上午": 0.3,
    "中午": 0.2, "下午": 0.2, "最近": 7,
}  # fmt: skip
_WEAK_ZH = frozenset(
    ("早上", "上午", "中午", "下午", "半夜", "最近", "今天", "去年")
)  # only with 开始 or 起


def durations(text: str) -> list[Quantity]:
    """Return every duration told in a plain text, in days before now, in text order."""
    found = [
        *_counted(text),
        *_slashed(text),
        *_vague(text),
        *_since(text),
        *_counted_zh(text),
        *_since_zh(text),
    ]
    kept: list[Quantity] = []
    for one in found:
        if 0 < one.value <= 40_000 and not any(
            one.start < other.end and other.start < one.end for other in kept
        ):
            kept.append(one)
    return sorted(kept, key=lambda q: q.start)


def _counted(text: str) -> Iterator[Quantity]:
    for match in _COUNTED.finditer(text):
        before, after = text[max(0, match.start() - 20) : match.start()], text[match.end() :]
        if _NOT_BEFORE.search(before) or _NOT_AFTER.match(after):
            continue
        count, upper = number(match["n"]), number(match["m"]) if match["m"] else None
        unit = _unit(match["unit"])
        if count is None or (len(match["unit"]) == 1 and not match["n"][0].isdigit()):
            continue
        value = (count + upper) / 2 if upper is not None and upper > count else count
        value += 0.5 if match["half"] or match["and_half"] else 0
        yield Quantity(value * unit, match.start(), match.end())


def _slashed(text: str) -> Iterator[Quantity]:
    for match in _SLASHED.finditer(text):
        if not _DATED.search(text[: match.start()]):
            days = int(match["n"]) * _SLASHED_DAYS[match["unit"]]
            yield Quantity(days, match.start(), match.end())


def _unit(word: str) -> float:
    word = word.lower()
    return _DAYS[word] if word in _DAYS else _DAYS[word.removesuffix("s")]


def _vague(text: str) -> Iterator[Quantity]:
    for match in _VAGUE.finditer(text):
        yield Quantity(float(_VAGUE_DAYS[match["unit"].lower()]), match.start(), match.end())


def _since(text: str) -> Iterator[Quantity]:
    for match in _SINCE.finditer(text):
        when = match["when"].lower()
        days = _SINCE_DAYS.get(when, 3.5)  # a day of the week: half a week on average
        if when != "birth":
            yield Quantity(float(days), match.start(), match.end())


def _counted_zh(text: str) -> Iterator[Quantity]:
    for match in _COUNTED_ZH.finditer(text):
        before, after = text[max(0, match.start() - 6) : match.start()], text[match.end() :]
        if _NOT_AFTER_ZH.match(after) or _NOT_BEFORE_ZH.search(before):
            continue
        count = number(match["n"])
        if count is None or (match["unit"] == "年" and count >= 1900):
            continue
        if match["unit"] == "日" and re.search(r"月$", before):
            continue
        value = count + (0.5 if match["half"] else 0)
        yield Quantity(value * _DAYS_ZH[match["unit"]], match.start(), match.end())


def _since_zh(text: str) -> Iterator[Quantity]:
    for match in _SINCE_ZH.finditer(text):
        word = match.group()
        if word in _WEAK_ZH and not re.match(r".{0,4}(?:开始|起)", text[match.end() :]):
            continue
        yield Quantity(float(_SINCE_ZH_DAYS[word]), match.start(), match.end())
