"""How far a pregnancy is, or a birth back: "32 weeks pregnant", 怀孕七个月, "gave birth ten days ago"."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re

from assistant.extraction.mentions import Kind, Mention
from assistant.extraction.quantities import CHINESE, ENGLISH, number

_FURTHER = r"(?:\s*(?:\+|and)\s*\d(?:\s*days?)?)?"
_ENGLISH = re.compile(
    rf"\b(?P<n>{ENGLISH}){_FURTHER}[\s-]*(?P<unit>weeks?|wks?|months?)[\s-]*(?:pregnant|gestation|gestational|into (?:my|the|her) pregnancy|along|of pregnancy)"
    rf"|\bG\d\s?P\d\b[^.;\d]{{0,12}}(?P<g>\d{{1,2}}){_FURTHER}\s*(?:/\s?40|wks?|weeks?)"
    rf"|\bpregnant\s*(?:at|,|of|for|about|-|\()*\s*(?P<k>{ENGLISH})\s*(?P<u>weeks?|wks?|months?)\b",
    re.I,
)
_CHINESE = re.compile(
    rf"(?:怀孕|怀了|孕|妊娠|停经)(?:已经|快|大概|约|有|了)?(?P<n>{CHINESE})(?P<more>多)?(?:\+\d)?(?P<unit>周|个?星期|个多?月|月)"
    rf"|(?P<k>{CHINESE})(?:\+\d)?(?P<u>周|个?星期|个月)的?(?:身孕|孕)"
)
_BIRTH = re.compile(
    rf"\b(?:gave birth|given birth|delivered (?:my|a|the|our|her) baby|had (?:my|a|the|our|her) (?:baby|c-section|caesarean|cesarean)|baby was born)\b[^,.;]{{0,25}}?\b(?P<n>{ENGLISH})\s*(?P<unit>days?|weeks?|wks?) ago\b"
    rf"|\b(?P<k>{ENGLISH})\s*(?P<u>days?|weeks?|wks?) (?:ago (?:i|she) (?:gave birth|delivered)|after (?:giving birth|delivery|childbirth))\b",
    re.I,
)
_BIRTH_ZH = re.compile(
    rf"(?:生完?(?:了)?(?:孩子|宝宝|娃|小孩)|剖腹产|剖宫产|顺产|分娩|产后)(?:已经|才|刚|后|完|了)*(?P<n>{CHINESE})(?P<unit>天|周|个?星期)"
    rf"|(?P<k>{CHINESE})(?P<u>天|周|个?星期)前(?:刚)?(?:生了?(?:孩子|宝宝|娃|小孩)|剖腹产|剖宫产|顺产|分娩)"
)
POSTPARTUM_DAYS = 42  # six weeks: WHO
EARLY_BELOW, LATE_FROM, TERM_FROM = 13, 20, 37  # completed weeks: WHO, NICE NG201


def gestations(text: str, offset: int = 0) -> list[Mention]:
    """Return mentions of how far a pregnancy is, as the findings of `knowledge/`."""
    found: list[Mention] = []
    for match in _ENGLISH.finditer(text):
        month = (match["unit"] or match["u"] or "").lower().startswith("month")
        _add(found, match, match["n"] or match["g"] or match["k"], month, offset)
    for match in _CHINESE.finditer(text):
        _add(found, match, match["n"] or match["k"], "月" in (match["unit"] or match["u"]), offset)
    return found


def births(text: str, offset: int = 0) -> list[Mention]:
    """Return mentions of a birth in the last six weeks: "gave birth ten days ago", 生完孩子十天."""
    found: list[Mention] = []
    for match in (*_BIRTH.finditer(text), *_BIRTH_ZH.finditer(text)):
        count, unit = number(match["n"] or match["k"]), match["unit"] or match["u"]
        days = None if count is None else count * (1 if unit.startswith(("day", "天")) else 7)
        if days is not None and days <= POSTPARTUM_DAYS:
            start, end = match.start() + offset, match.end() + offset
            found.append(Mention(("postpartum",), start, end, 3, Kind.PHRASE))
    return found


def _add(found: list[Mention], match: re.Match[str], words: str, month: bool, offset: int) -> None:
    count = number(words)
    if count is None:
        return
    weeks = count * 4.35 if month else count
    if not 1 <= weeks <= 44:
        return
    concept = "pregnant"
    if weeks < EARLY_BELOW:
        concept = "pregnant_early"
    elif weeks >= TERM_FROM:
        concept = "pregnant_late"
    elif weeks >= LATE_FROM:
        concept = "pregnant_late_before_37_weeks"
    start, end = match.start() + offset, match.end() + offset
    found.append(Mention((concept,), start, end, 3, Kind.PHRASE))
