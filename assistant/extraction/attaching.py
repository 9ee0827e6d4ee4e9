"""Numbers and words that tell more of a finding, each given to the finding that it belongs to."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.extraction.mentions import Mention, Telling
from assistant.extraction.normalising import Normalised
from assistant.extraction.quantities import Quantity
from assistant.extraction.sentences import Sentence
from assistant.records.finding import Attribute, Finding
from assistant.records.terms import Assertion

MOST_WORDS, MOST_ATTRIBUTES = 60, 4  # characters of one attribute; of one finding
_LIST = re.compile(
    r"[\s,、/]*(?:and|with|plus|or|&|和|跟|还有|以及|伴有?|加上|并)?[\s,]*(?:an?|some|my|the|also)?\s*",
    re.I,
)
_CLAUSE = re.compile(r"[,:()]|\bbut\b|但")


def attached(
    text: str,
    parts: Sequence[Sentence],
    found: list[tuple[Mention, Finding]],
    quantities: Sequence[Quantity],
    field: str,
) -> tuple[list[tuple[Mention, Finding]], float | None]:
    """Give each quantity to the nearest finding of its clause and to those listed with it.

    Where the clause has no finding, the nearest one of the sentence takes it. Returns the findings
    and the first quantity that no finding took.
    """
    left: float | None = None
    found = list(found)
    for quantity in quantities:
        chosen = _nearest(text, parts, found, quantity)
        if chosen is None:
            left = quantity.value if left is None else left
            continue
        for i in _listed_with(text, found, chosen):
            mention, finding = found[i]
            if getattr(finding, field) is None:
                value = int(quantity.value) if field == "severity" else quantity.value
                found[i] = (mention, replace(finding, **{field: value}))  # type: ignore[arg-type]
    return found, left


def told_more(
    plain: Normalised,
    parts: Sequence[Sentence],
    found: list[tuple[Mention, Finding]],
    tellings: Sequence[Telling],
) -> list[tuple[Mention, Finding]]:
    """Give words that tell more to the nearest finding, and to those that are listed with it."""
    found = list(found)
    for telling in sorted(tellings, key=lambda t: (t.start, t.end)):
        within = any(m.start <= telling.start and telling.end <= m.end for m, _ in found)
        chosen = None if within else _nearest(plain.text, parts, found, telling)
        if chosen is None:
            continue
        start, end = plain.span(telling.start, telling.end)
        words = plain.original[start:end].strip(" ,.;，。；、")
        if not 0 < len(words) <= MOST_WORDS:
            continue
        told = Attribute(kind=telling.kind, words=words)
        for i in _listed_with(plain.text, found, chosen):
            mention, finding = found[i]
            if told not in finding.attributes and len(finding.attributes) < MOST_ATTRIBUTES:
                found[i] = (mention, replace(finding, attributes=(*finding.attributes, told)))
    return found


def _nearest(
    text: str,
    parts: Sequence[Sentence],
    found: Sequence[tuple[Mention, Finding]],
    quantity: Quantity | Telling,
) -> int | None:
    sentence = next((s for s in parts if s.start <= quantity.start < s.end), None)
    if sentence is None:
        return None
    candidates = [
        (bool(_CLAUSE.search(_gap(text, mention, quantity))), len(_gap(text, mention, quantity)), i)
        for i, (mention, finding) in enumerate(found)
        if sentence.start <= mention.start < sentence.end
        and finding.assertion is not Assertion.ABSENT
    ]
    return min(candidates)[2] if candidates else None


def _gap(text: str, mention: Mention, quantity: Quantity | Telling) -> str:
    if mention.end <= quantity.start:
        return text[mention.end : quantity.start]
    return text[quantity.end : mention.start]


def _listed_with(text: str, found: Sequence[tuple[Mention, Finding]], chosen: int) -> list[int]:
    """Return `chosen` and the findings that stand in one list with it: "cough and fever"."""
    indexes = [chosen]
    for step in (-1, 1):
        i = chosen
        while 0 <= i + step < len(found):
            low, high = sorted((i, i + step))
            first, second = found[low][0], found[high][0]
            same = first.start < second.end and second.start < first.end
            if not same and not _LIST.fullmatch(text[first.end : second.start]):
                break
            i += step
            indexes.append(i)
    return indexes
