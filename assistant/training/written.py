"""Utterances written for this project with their annotation inline.

`[tight band round my chest|chest_pain_crushing]` is a mention and its finding; a third part holds
marks: `-` absent, `?` possible, `~` feared or supposed, `^` a relative's, `<` over.
`{since Tuesday|when}` is an attribute. Each utterance is also a template: a mention's words may be
exchanged.
"""

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from assistant.errors import InvalidInputError
from assistant.training.samples import Attribute, Labelled, Sample, with_mention

_MARKED = re.compile(
    r"\[(?P<words>[^\[\]{}|]+)\|(?P<concept>[a-z0-9_]+)(?:\|(?P<marks>[-?~^<]+))?\]"
    r"|\{(?P<detail>[^{}\[\]|]+)\|(?P<kind>when|severity|frequency|course|trigger)\}"
)
_ASSERTION: Final = {"-": "absent", "?": "possible", "~": "hypothetical"}
_CLAUSE = re.compile(
    r"^(?:my |i |i'm |it |can't|cannot|couldn't|won't|keep |feel|he |she |the |not |haven't|unable)"
    r"|\b(?:hurts?|is|are|feels?|aches|won't|can't|has|went|keeps?|gets?|was|were|feeling)\b",
    re.I,
)


def status(marks: str) -> dict[str, str]:
    """Return what marks say of a mention.

    >>> status("-^")
    {'assertion': 'absent', 'experiencer': 'relative', 'time': 'now'}
    """
    return {
        "assertion": next((_ASSERTION[m] for m in marks if m in _ASSERTION), "present"),
        "experiencer": "relative" if "^" in marks else "patient",
        "time": "past" if "<" in marks else "now",
    }


def is_clause(words: str) -> bool:
    """Whether words are a clause ("my chest hurts") and not a name ("chest pain")."""
    return bool(_CLAUSE.search(words))


def parsed(line: str) -> Sample:
    """Return the sample of one marked line; raises InvalidInputError where the marks are wrong."""
    parts: list[str] = []
    mentions: list[Labelled] = []
    attributes: list[Attribute] = []
    position = length = 0
    for found in _MARKED.finditer(line):
        before = line[position : found.start()]
        words = found["words"] or found["detail"]
        start = length + len(before)
        length = start + len(words)
        if found["words"]:
            told = status(found["marks"] or "")
            mentions.append(Labelled(start, length, found["concept"], **told))
        else:
            attributes.append(Attribute(start, length, found["kind"]))
        parts += [before, words]
        position = found.end()
    text = "".join([*parts, line[position:]])
    if re.search(r"[\[\]{}|]", text):
        raise InvalidInputError(f"a mark is not closed or not known in: {line[:60]}")
    return Sample(text, tuple(mentions), tuple(attributes))


def read_written(file: Path) -> list[Sample]:
    """Return the utterances of a file, one a line; lines that begin with "# " are remarks.

    Raises InvalidInputError, quoting the line, where its marks are wrong.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    return [parsed(line) for line in lines if line.strip() and not line.startswith("# ")]


class Exchange:
    """Puts other findings into the places of mentions, so that the frame is learnt, not the words.

    `phrases` holds (finding, words) by kind: "n" names, "c" clauses, "r" history and risks.
    """

    def __init__(
        self, phrases: Mapping[str, Sequence[tuple[str, list[str]]]], background: frozenset[str]
    ) -> None:
        self._phrases, self._background = phrases, background

    def varied(self, sample: Sample, dice: random.Random) -> Sample:
        """Return the sample with some names exchanged for others of their kind.

        Clauses and complaints without a finding stay: nothing else fits into their place.
        """
        for index in range(len(sample.mentions)):
            old = sample.mentions[index]
            words = sample.text[old.start : old.end]
            if dice.random() < 0.5 or is_clause(words) or old.concept == "none":
                continue
            kind = "r" if old.concept in self._background else "n"
            concept, choices = dice.choice(self._phrases[kind])
            new = dice.choice(choices)
            if words[:1].isupper() and not words.isupper():
                new = new[:1].upper() + new[1:]
            sample = with_mention(sample, index, new, concept)
        return sample
