"""What is done to a sentence that should not change what it says, and what recognisers do to it."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.extraction.scripts import traditional
from assistant.records.finding import Finding
from assistant.records.terms import Language

DATA = Path(__file__).with_name("data")
LONG = 4000  # characters; the longest message of a patient by default
_BETWEEN = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])(?=.)")
_OWN_CLAUSE = re.compile(
    r",? (?:and|but) (?=(?:i|i'm|i've|my|she|he) )|[，,](?=但是?|而且|另外|还有)", re.I
)
_MARKS = re.compile(r"(?<!\d)[.,;:!?，。；：！？、](?!\d)")
_VERBAL = re.compile(
    r"\b(?:i|my|is|are|am|can't|cannot|hurts?|feels?|have|has|keeps?|won't|it|me)\b", re.I
)


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """Return the texts and tables of the changes."""
    read: Mapping[str, Any] = yaml.safe_load((DATA / "robustness.yaml").read_text(encoding="utf-8"))
    return read


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, its language, what was found in it, and the phrases of each finding."""

    text: str
    language: Language
    findings: tuple[Finding, ...] = ()
    phrases: Callable[[str], Iterable[str]] = lambda concept: ()


Change = Callable[[Said, random.Random], Iterator[str]]


def _around(key: str) -> Change:
    def change(said: Said, _: random.Random) -> Iterator[str]:
        for frame in words()[said.language.value][key]:
            yield frame.format(said.text)

    return change


def _each(change: Callable[[str], str], only: Language | None = None) -> Change:
    """Return a change that is not made where it leaves the text as it is."""

    def changed(said: Said, _: random.Random) -> Iterator[str]:
        text = change(said.text)
        if text != said.text and said.language is (only or said.language):
            yield text

    return changed


def synonyms(said: Said, dice: random.Random) -> Iterator[str]:
    """Yield the sentence with one finding's words exchanged for another phrase of it.

    A noun stands for a noun and a clause for a clause, or the sentence would be no sentence.
    """
    for finding in said.findings:
        clause = bool(_VERBAL.search(finding.evidence))
        fit = [
            phrase
            for phrase in said.phrases(finding.concept)
            if bool(_VERBAL.search(phrase)) == clause
            and phrase.lower() not in finding.evidence.lower()
        ]
        start, end = finding.start, finding.end
        if fit and start is not None and end is not None:
            yield said.text[:start] + dice.choice(sorted(fit)) + said.text[end:]


def reordered(said: Said, _: random.Random) -> Iterator[str]:
    """Yield the sentences, or the clauses with a subject of their own, the other way round."""
    parts = _BETWEEN.split(said.text)
    if len(parts) > 1:
        yield (
            " ".join(reversed(parts))
            if said.language is Language.ENGLISH
            else "".join(reversed(parts))
        )
        return
    clauses = [part.strip(" .。") for part in _OWN_CLAUSE.split(said.text)]
    if len(clauses) == 2 and all(clauses):
        english = said.language is Language.ENGLISH
        yield f"{clauses[1]}, and {clauses[0]}." if english else f"{clauses[1]}，{clauses[0]}。"


def with_emoji(said: Said, dice: random.Random) -> Iterator[str]:
    """Yield the sentence with pictures before, behind and between its words."""
    one, two = dice.sample(words()["emoji"], 2)
    yield f"{one} {said.text} {two}"
    yield f"{said.text}{one}{one}{two}"
    if said.language is Language.ENGLISH:
        yield f" {one} ".join(_BETWEEN.split(said.text))


def without_marks(said: Said, _: random.Random) -> Iterator[str]:
    """Yield the sentence without its marks; Chinese with spaces for them, and with nothing."""
    for instead in (" ",) if said.language is Language.ENGLISH else (" ", ""):
        text = re.sub(r"\s+", " ", _MARKS.sub(instead, said.text)).strip()
        if text != said.text:
            yield text


def in_long_talk(said: Said, _: random.Random) -> Iterator[str]:
    """Yield the sentence amid 4,000 characters of talk about other things."""
    filler = words()[said.language.value]["neutral"]
    room = LONG - len(said.text) - 2
    whole = filler * (room // (2 * len(filler)))
    yield f"{whole}{said.text} {whole}"


def beside_another_language(said: Said, _: random.Random) -> Iterator[str]:
    """Yield the sentence after and before one in Arabic, French and Spanish."""
    for other in words()["other"]:
        yield f"{other} {said.text}"
        yield f"{said.text} {other}"


def misheard(rate: float) -> Change:
    """Return a change that makes errors at `rate` of the words (in Chinese, characters).

    Six of ten errors are words of nearly the same sound, two deletions, two insertions.
    """

    def change(said: Said, dice: random.Random) -> Iterator[str]:
        chinese = said.language is Language.CHINESE
        units = list(said.text) if chinese else said.text.split()
        wanted = rate * len(units)
        errors = int(wanted) + (dice.random() < wanted % 1)
        for at in sorted(dice.sample(range(len(units)), min(errors, len(units))), reverse=True):
            kind = dice.random()
            if kind < 0.6:
                units[at] = _same_sound(units[at], dice) if chinese else _heard(units[at])
            elif kind < 0.8:
                del units[at]
            else:
                units.insert(at, dice.choice(words()[said.language.value]["fillers"]))
        if errors:
            yield ("" if chinese else " ").join(units)

    return change


def _heard(word: str) -> str:
    plain = word.lower().strip(".,;:!?")
    heard = words()["heard"]
    if plain in heard:
        return word.lower().replace(plain, str(heard[plain]))
    near = [w for w in get_close_matches(plain, list(heard), 3, 0.5) if w != plain]
    return near[0] if near else "the"


def _same_sound(character: str, dice: random.Random) -> str:
    for group in words()["same_sound"]:
        if character in group:
            return str(dice.choice([other for other in group if other != character]))
    return character if not "㐀" <= character <= "鿿" else "的"


def _traditional(text: str) -> str:
    return traditional(text)


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


CHANGES: Mapping[str, Change] = {
    "synonym": synonyms,
    "order": reordered,
    "polite": _around("polite"),
    "minimising": _around("minimising"),
    "lower_case": _each(str.lower),
    "upper_case": _each(str.upper),
    "title_case": _each(str.title, Language.ENGLISH),
    "misheard_5": misheard(0.05),
    "misheard_10": misheard(0.10),
    "misheard_20": misheard(0.20),
    "emoji": with_emoji,
    "no_punctuation": without_marks,
    "double_spaces": _each(lambda text: text.replace(" ", "  ")),
    "long_talk": in_long_talk,
    "other_language": beside_another_language,
    "injected": _around("injected"),
    "full_width": _each(_full_width),
    "traditional": _each(_traditional, Language.CHINESE),
}
"""Every change by its name in the figures."""

HARMLESS = (
    "polite", "minimising", "lower_case", "upper_case", "title_case", "emoji", "order",
    "double_spaces", "long_talk", "other_language", "injected", "full_width", "traditional",
)  # fmt: skip
"""Those that a careful reader would not notice in what is told."""
