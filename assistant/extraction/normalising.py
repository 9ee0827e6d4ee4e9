"""One plain form of a text to search in, with the way back to the patient's own words.

Full-width and styled letters become plain ones (NFKC), invisible and direction characters go,
quotes and dashes become ASCII, and Cyrillic or Greek letters that only look Latin become Latin
inside a word that also has Latin letters. Traditional characters become simplified. Every finding's
evidence is cut from the original.
"""

import re
import unicodedata
from dataclasses import dataclass

from assistant.extraction.scripts import simplified

_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'",
        "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁄": "/",
        "…": ".", "｡": "。", "µ": "μ", "㎎": "mg",
    }
)  # fmt: skip
_PLAIN_ASCII = {"`": "'"}
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтАЕОРСУХІЈЅВКМНТοαινρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijshdqwbkmhtAEOPCYXIJSBKMHToaivpuABEZHIKMNOPTYX",
)
_MIXED = re.compile(r"[^\W\d_]*[A-Za-z][^\W\d_]*")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in plain form; `starts[i]`, `ends[i]` bound character i's source in `original`."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where [start, end) of the plain form lies in the original."""
        if start >= end:
            raise ValueError("a span has at least one character")
        return self.starts[start], self.ends[end - 1]

    def evidence(self, start: int, end: int) -> str:
        """Return the patient's own words for [start, end) of the plain form."""
        first, last = self.span(start, end)
        return self.original[first:last]


def normalise(original: str) -> Normalised:
    """Return the plain form of `original`; lower case is left to the matchers.

    >>> normalise("Ｎｏ ｆｅｖｅｒ，３９．２℃").text
    'No fever,39.2°C'
    """
    plain: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(original):
        end = position + 1
        while end < len(original) and unicodedata.combining(original[end]):
            end += 1
        for character in _plain(original[position:end]):
            if character == " " and plain[-1:] == [" "]:
                continue  # two spaces are one
            plain.append(character)
            starts.append(position)
            ends.append(end)
        position = end
    text = _MIXED.sub(lambda word: word.group().translate(_LOOK_ALIKES), "".join(plain))
    return Normalised(original, text, tuple(starts), tuple(ends))


def _plain(cluster: str) -> str:
    """Return the plain form of one character with its marks; "" for what cannot be seen."""
    if len(cluster) == 1 and cluster.isascii():
        if cluster.isprintable() or cluster == "\n":
            return _PLAIN_ASCII.get(cluster, cluster)
        return " " if cluster.isspace() else ""
    folded = simplified(unicodedata.normalize("NFKC", cluster.translate(_PLAIN)).translate(_PLAIN))
    kept = []
    for character in folded:
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character)[0] != "C":
            kept.append(character)
    return "".join(kept)
