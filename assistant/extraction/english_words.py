"""English tokens: words with a common form, and how much each one carries.

A phrase of the knowledge and a patient's words meet when their common forms do: "my belly hurts"
and "pain in her stomach" are both (tummy, pain).
"""

import re
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_TOKEN = re.compile(
    r"\d+(?:\.\d+)?|[+-]ve\b|\b[a-z]&[a-z]\b|[a-z][a-z0-9]*(?:'[a-z]+)?(?:/[a-z]{1,2}(?![a-z]))*|[^\sa-z0-9]",
    re.I,
)


class Weight(IntEnum):
    """What a word does to a match."""

    BREAK = 0  # ends it: punctuation
    STOP = 1  # skipped everywhere
    FILLER = 2  # may stand between the words of a phrase
    CONTENT = 3


class Token(NamedTuple):
    """One word (or mark) of the plain text."""

    text: str  # lower case
    form: str  # its common form
    weight: Weight
    start: int
    end: int


WORDS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
)
STOPS = frozenset(WORDS["stops"])
FILLERS = frozenset(WORDS["fillers"])
ORDERED = frozenset(WORDS["ordered"])
DENYING: dict[str, str] = WORDS["denying"]  # "afebrile" denies fever
SITE_WORDS: dict[str, Any] = WORDS["sites"]
ONLY_WHERE: dict[str, list[str]] = WORDS["only_where"]
_FOLLOWED: dict[str, dict[str, str]] = WORDS["followed"]
_ABBREVIATIONS: dict[str, str] = WORDS["abbreviations"]
_CAPITALS: dict[str, str] = WORDS["capitals"]
_IRREGULAR: dict[str, str] = {
    word: form for form, words in WORDS["forms"].items() for word in words
}
_BRITISH = (
    ("rrhoea", "rrhea"), ("haem", "hem"), ("oedem", "edem"), ("aemi", "emi"), ("paed", "ped"),
    ("oesoph", "esoph"), ("foet", "fet"), ("faec", "fec"), ("gynaec", "gynec"),
    ("anaesth", "anesth"), ("colour", "color"), ("tumour", "tumor"), ("odour", "odor"),
    ("pnoea", "pnea"), ("coeliac", "celiac"), ("caes", "ces"), ("leukaem", "leukem"),
)  # fmt: skip


def tokens(text: str, offset: int = 0) -> list[Token]:
    """Return the tokens of `text`, abbreviations written out over the span they came from."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        start, end = match.start() + offset, match.end() + offset
        if match.group() in _CAPITALS:
            found += [_token(part, start, end) for part in _CAPITALS[match.group()].split()]
        elif "/" in word and word not in _ABBREVIATIONS:
            _split_slash(found, word, start)
        elif word in _ABBREVIATIONS:
            found += [_token(part, start, end) for part in _ABBREVIATIONS[word].split()]
        else:
            found.append(_token(word, start, end))
    return _joined(found)


def _split_slash(found: list[Token], word: str, start: int) -> None:
    for part in re.finditer(r"[^/]+|/", word):
        found.append(_token(part.group(), start + part.start(), start + part.end()))


def _token(word: str, start: int, end: int) -> Token:
    if not word[0].isalnum():
        weight = Weight.STOP if word in "'-\"" else Weight.BREAK
        return Token(word, word, weight, start, end)
    return Token(word, *_read(word), start, end)


@lru_cache(maxsize=50_000)
def _read(word: str) -> tuple[str, Weight]:
    base = word.removesuffix("'s")
    return form_of(base), _weight(base)


def _weight(word: str) -> Weight:
    if word in STOPS:
        return Weight.STOP
    if word in FILLERS or word[0].isdigit():
        return Weight.FILLER
    return Weight.CONTENT


def _joined(found: list[Token]) -> list[Token]:
    """Make "a bit" a filler again, "not able to" and "can not" one form, and so on."""
    for i in range(1, len(found)):
        before, token = found[i - 1], found[i]
        if token.text == "bit" and before.text in ("a", "little", "wee"):
            found[i] = token._replace(weight=Weight.FILLER)
        elif (
            before.text == "/"
            and token.text[0].isdigit()
            and i > 1
            and found[i - 2].text[0].isdigit()
        ):
            found[i - 1] = before._replace(weight=Weight.STOP)
        elif token.text in _FOLLOWED.get(before.form, {}):
            found[i - 1] = before._replace(form=_FOLLOWED[before.form][token.text])
        elif (before.text, token.text) in (("can", "not"), ("not", "able")):
            found[i - 1] = before._replace(weight=Weight.STOP)
            found[i] = token._replace(form="cant", weight=Weight.CONTENT)
    return found


@lru_cache(maxsize=50_000)
def form_of(word: str) -> str:
    """Return the common form of one lower-case word.

    >>> form_of("vomiting"), form_of("belly"), form_of("aches"), form_of("diarrhoea")
    ('vomit', 'tummy', 'pain', 'diarrhea')
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4:
        for british, american in _BRITISH:
            if british in word:
                word = word.replace(british, american)
    return _stem(word)


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            cut = word[: -len(ending)]
            if not re.search("[aeiouy]", cut):
                break
            if cut[-1] == cut[-2] and cut[-1] not in "lsz":
                cut = cut[:-1]
            word = cut
            break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return _IRREGULAR.get(word, word)
