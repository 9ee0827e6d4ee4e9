"""How far a pregnancy is: "32 weeks pregnant", 怀孕七个月, and the finding that says so."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re

from assistant.extraction.mentions import Kind, Mention
from assistant.extraction.quantities import CHINESE, ENGLISH, number

_FURTHER = r"(?:\s*(?:\+|and)\s*\d(?:\s*days?)?)?"
_ENGLISH = re.compile(
    rf"\b(?P<n>{ENGLISH}){_FURTHER}[\s-]*(?P<unit>weeks?|wks?|months?)[\s-]*(?:pregnant|gestation|gestational|into (?:my|the|her) pregnancy|along|of pregnancy)"
    rf"|\bpregnant\s*(?:at|,|of|for|about|-|\()*\s*(?P<k>{ENGLISH})\s*(?P<u>weeks?|wks?|months?)\b",
    re.I,
)
_CHINESE = re.compile(
    rf"(?:怀孕|怀了|孕|妊娠|停经)(?:已经|快|大概|约|有|了)?(?P<n>{CHINESE})(?P<more>多)?(?P<unit>周|个?星期|个多?月|月)"
)
EARLY_BELOW, LATE_FROM, TERM_FROM = 13, 20, 37  # completed weeks: WHO, NICE NG201


def gestations(text: str, offset: int = 0) -> list[Mention]:
    """Return mentions of how far a pregnancy is, as the findings of `knowledge/`."""
    found: list[Mention] = []
    for match in _ENGLISH.finditer(text):
        month = (match["unit"] or match["u"]).lower().startswith("month")
        _add(found, match, match["n"] or match["k"], month, offset)
    for match in _CHINESE.finditer(text):
        _add(found, match, match["n"], "月" in match["unit"], offset)
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
