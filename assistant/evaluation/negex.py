"""Clinical sentences in the layout of NegEx: what a sentence says of one concept in it.

A row is {"concept", "sentence", "polarity": Affirmed or Negated, "temporality": Recent, Historical
or Not particular, "experiencer": Patient, Family member or Other}; in the sentence the concept is
written in capitals. Data: Chapman et al., J Biomed Inform 2001; 34: 301, and Harkema et al., 2009;
42: 839.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.errors import InvalidInputError
from assistant.evaluation.bootstrap import (
    Estimate,
    Figure,
    estimates,
    f1,
    macro_f1,
    mean,
    precision,
    recall,
)
from assistant.records.extraction import Heard

CLASSES = {
    "polarity": ("affirmed", "negated"),
    "temporality": ("not_historical", "historical"),
    "experiencer": ("patient", "other"),
}
_VALUES = {
    "polarity": {"Affirmed": "affirmed", "Negated": "negated"},
    "temporality": {
        "Recent": "not_historical",
        "Not particular": "not_historical",
        "Historical": "historical",
    },
    "experiencer": {"Patient": "patient", "Family member": "other", "Other": "other"},
}


@dataclass(frozen=True, slots=True)
class NegexRow:
    """One sentence, where its concept stands, and what it says of it."""

    sentence: str
    concept: str
    span: tuple[int, int] | None  # None: no word of the concept is in the sentence
    whole: bool  # whether all of the concept stands there
    polarity: str
    temporality: str
    experiencer: str


def read_rows(text: str) -> list[NegexRow]:
    """Return the rows of JSON lines; InvalidInputError names the first line that is not one."""
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InvalidInputError(
                    f"line {number} is no row of the NegEx layout ({error!r}): it needs concept, "
                    "sentence, polarity, temporality and experiencer."
                ) from None
    return rows


def _row(row: Mapping[str, str]) -> NegexRow:
    sentence, concept = row["sentence"], row["concept"]
    span = placed(concept, sentence)
    said = {name: values[row[name]] for name, values in _VALUES.items()}
    if span is not None:
        return NegexRow(sentence, concept, span, True, **said)
    return NegexRow(sentence, concept, _partly_placed(concept, sentence), False, **said)


def placed(concept: str, sentence: str) -> tuple[int, int] | None:
    """Return where a concept stands: in capitals before any other case, whole words first.

    >>> placed("chest pain", "Chest pain before, now no  CHEST  PAIN.")
    (27, 38)
    """
    words = concept.split()
    for flags, form in ((0, [w.upper() for w in words]), (re.IGNORECASE, words)):
        pattern = r"\s+".join(map(re.escape, form))
        for bounded in (rf"(?<!\w){pattern}(?!\w)", pattern):
            if words and (found := re.search(bounded, sentence, flags)):
                return found.span()
    return None


def _partly_placed(concept: str, sentence: str) -> tuple[int, int] | None:
    """Return the longest run of a concept's words in a sentence that was cut within it."""
    spans = [m.span() for m in re.finditer(r"\S+", sentence)]
    theirs = [sentence[a:b].upper().strip(".,;:") for a, b in spans]
    words = [word.upper().strip(".,;:") for word in concept.split()]
    run = SequenceMatcher(None, theirs, words, autojunk=False).find_longest_match()
    if run.size == 0:
        return None
    return spans[run.a][0], spans[run.a + run.size - 1][1]


def counts(row: NegexRow, ours: Heard | None) -> Counter[str]:
    """Return the counts of one row; a concept that cannot be placed counts as affirmed, now."""
    said = {"polarity": "affirmed", "temporality": "not_historical", "experiencer": "patient"}
    if ours is not None:
        said["polarity"] = "negated" if ours.assertion == "absent" else "affirmed"
        said["temporality"] = "historical" if ours.time == "past" else "not_historical"
        said["experiencer"] = "other" if ours.experiencer == "relative" else "patient"
    tally: Counter[str] = Counter()
    for attribute, classes in CLASSES.items():
        true = getattr(row, attribute)
        for name in classes:
            tally[f"{name}.gold"] += true == name
            tally[f"{name}.ours"] += said[attribute] == name
            tally[f"{name}.hit"] += true == name == said[attribute]
    return tally


def figures_of(tallies: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """Return precision, recall and F1 of each rarer class, and means, with their intervals."""
    figures: dict[str, Figure] = {}
    for name, key in (
        ("negation", "negated"),
        ("historical", "historical"),
        ("other_experiencer", "other"),
    ):
        figures |= {
            f"{name}_precision": precision(key),
            f"{name}_recall": recall(key),
            f"{name}_f1": f1(key),
        }
    for attribute, classes in CLASSES.items():
        figures[f"{attribute}_macro_f1"] = macro_f1(classes)
    rarer = [classes[1] for classes in CLASSES.values()]
    figures["macro_f1"] = lambda sums: mean([f1(name)(sums) for name in rarer])
    return estimates(tallies, figures)
