"""Chinese phrases found by their characters, with 有点, 很, 的, 了 and the like in between."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import ahocorasick

from assistant.extraction.english import Entry
from assistant.extraction.english_words import WORDS
from assistant.extraction.mentions import Kind, Mention
from assistant.extraction.normalising import normalise

# Particles and words of degree are left out of phrases and of what the patient says; what tells
# when, where or how it came is left out of the patient's words only, where a phrase lacks it.
_FILLER = re.compile(
    r"有一?点儿?|有些|一点儿?|特别的?|非常|十分|比较|稍微|感觉|觉得|[很挺太真总又也还就都着得的了儿啊呀呢吧嘛哦\s]"
)
_ASIDE = re.compile(
    _FILLER.pattern
    + r"|一直|老是|总是|经常|常常|时不时|最近|现在|今天|昨天|前天|昨晚|早上|晚上|这两天|这几天|"
    r"开始|突然|忽然|还是|已经|越来越|右边|左边|两边"
)
_NEGATION = re.compile(
    r"不太|不怎么|并不|没有|没怎么|没|不(?![停断住止仅光但好舒对得知清行了过能会敢想要到下出上着动])"
)
_SPACE = re.compile(r"(?<=[㐀-鿿])\s+(?=[㐀-鿿])")
_NUMERAL = re.compile(r"[\d.]|[一二两三四五六七八九十百]")
# Phrases that mean something else inside other words: 脾气急 is no fast breathing.
_WHOLE: dict[str, re.Pattern[str]] = {
    phrase: re.compile(pattern) for phrase, pattern in WORDS["whole_zh"].items()
}
_SAME = str.maketrans({"痛": "疼", "癥": "症", "吿": "告"})


class ChineseMatcher:
    """All Chinese phrases and modifiers in one automaton."""

    def __init__(self, entries: Iterable[tuple[str, Entry]]) -> None:
        by_text: dict[str, list[Entry]] = {}
        for phrase, entry in entries:
            plain = folded(normalise(phrase).text)
            skeleton, _ = _without(_FILLER, plain)
            for form in {plain, skeleton if len(skeleton) > 1 else plain}:
                by_text.setdefault(form, []).append(entry)
        self._automaton = ahocorasick.Automaton()
        for form, entries_of_form in by_text.items():
            if form:
                self._automaton.add_word(form, (form, entries_of_form))
        self._automaton.make_automaton()

    def match(self, text: str, offset: int = 0) -> list[Mention]:
        """Return every mention in `text`, overlapping ones too."""
        plain = folded(text)
        found = self._search(plain, range(len(plain)), offset)
        seen = plain
        for pattern in (_FILLER, _ASIDE):
            skeleton, places = _without(pattern, plain)
            if len(skeleton) < len(seen):
                found += self._search(skeleton, places, offset)
                seen = skeleton
        found = [_after_not(plain, m, offset) for m in found if _whole(plain, m, offset)]
        found += self._denied(skeleton, places, offset, found)
        return _within_clauses(plain, found, offset)

    def _denied(
        self, skeleton: str, places: Sequence[int], offset: int, found: list[Mention]
    ) -> list[Mention]:
        """Return phrases with a "not" inside, as 肚子不疼."""
        asserted, kept = _without(_NEGATION, skeleton)
        if len(asserted) == len(skeleton):
            return []
        split = self._search(asserted, [places[i] for i in kept], offset)
        return [
            Mention(m.concepts, m.start, m.end, m.length, m.kind, denied=True)
            for m in split
            if m.kind is Kind.PHRASE
            and _NEGATION.search(_slice(skeleton, places, m, offset))
            and not any(m.overlaps(other) and other.kind is Kind.PHRASE for other in found)
        ]

    def _search(self, text: str, places: Sequence[int], offset: int) -> list[Mention]:
        found = []
        for last, (form, entries) in self._automaton.iter(text):
            start, end = places[last - len(form) + 1], places[last] + 1
            for kind in Kind:
                concepts = tuple(dict.fromkeys(c for c, k in entries if k is kind))
                if concepts:
                    found.append(Mention(concepts, start + offset, end + offset, len(form), kind))
        return found


def _whole(plain: str, mention: Mention, offset: int) -> bool:
    """Whether a mention cuts no number in two (7周 in 37周), nor a word (气急 in 脾气急)."""
    start, end = mention.start - offset, mention.end - offset
    for here, beside in ((start, start - 1), (end - 1, end)):
        if 0 <= beside < len(plain) and _cut(plain[here], plain[beside]):
            return False
    pattern = _WHOLE.get(plain[start:end])
    return pattern is None or any(found.start() == start for found in pattern.finditer(plain))


def _after_not(plain: str, mention: Mention, offset: int) -> Mention:
    """Return a mention without the 有 of 没有: 没有血 does not say 有血."""
    start = mention.start - offset
    if plain[max(0, start - 1) : start + 1] == "没有" and mention.end - mention.start > 1:
        return replace(mention, start=mention.start + 1, length=mention.length - 1)
    return mention


def _cut(here: str, beside: str) -> bool:
    """Whether two neighbours belong to one number."""
    if not (_NUMERAL.match(here) and _NUMERAL.match(beside)):
        return False
    return (here.isascii() and beside.isascii()) or not (here.isascii() or beside.isascii())


def _within_clauses(plain: str, found: list[Mention], offset: int) -> list[Mention]:
    """Return the mentions but those over a space that take a word of another's: 咳 血压高."""
    spaces = [space.start() + offset for space in _SPACE.finditer(plain)]
    if not spaces:
        return found
    across = [m for m in found if any(m.start < space < m.end for space in spaces)]
    inside = [m for m in found if m not in across and m.kind is Kind.PHRASE]
    return [
        m
        for m in found
        if m not in across or not any(m.overlaps(o) and o.length >= m.length for o in inside)
    ]


def folded(text: str) -> str:
    """Return `text` in lower case with characters that mean the same made one."""
    return text.lower().translate(_SAME)


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, list[int]]:
    """Return `text` without what `pattern` finds, and where each kept character stood."""
    if pattern.search(text) is None:
        return text, list(range(len(text)))
    kept: list[int] = []
    position = 0
    for match in pattern.finditer(text):
        kept.extend(range(position, match.start()))
        position = match.end()
    kept.extend(range(position, len(text)))
    return "".join(text[i] for i in kept), kept


def _slice(skeleton: str, places: Sequence[int], mention: Mention, offset: int) -> str:
    """Return the part of the skeleton that a mention spans."""
    start, end = mention.start - offset, mention.end - offset
    return "".join(c for c, p in zip(skeleton, places, strict=True) if start <= p < end)
