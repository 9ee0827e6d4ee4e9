"""Our numbers beside other people's tables: where they overlap, and where they disagree much.

SymCat tells P(condition | symptom) for the likeliest conditions of a symptom. Ours follows by Bayes
from incidence and P(finding | condition); over the conditions that both name, the shares are
compared. A table of symptom lists (the Kaggle and the ChatDoctor one) tells only which symptoms
belong to a disease: ours disagrees where it does not hold such a finding for commoner there than
among all who seek help. No table is the truth: a disagreement is to be looked at.
"""

import ast
import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.errors import InvalidInputError
from assistant.evaluation.names import ConditionNames
from assistant.extraction import Extractor
from assistant.knowledge import Knowledge
from assistant.records.terms import Assertion, Language

SYMCAT = "symcat/symcat-474-symptoms.csv"
KAGGLE = "kaggle_disease_symptom/dataset.csv"
CHATDOCTOR = "chatdoctor_kb/format_dataset.csv"
LARGE = 8.0  # ratio of two shares from which a disagreement is large
LEAST = 3  # conditions that both sides must name for a symptom's shares to be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One number of ours beside one of theirs."""

    table: str
    condition: str
    finding: str
    ours: float
    theirs: float  # a share; for a list of symptoms the least that would agree

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.theirs

    @property
    def is_large(self) -> bool:
        """Whether the disagreement is to be looked at."""
        if self.table == "symcat":
            return not 1 / LARGE <= self.ratio <= LARGE
        return self.ratio < 1


class Reader:
    """Reads the words of the tables as our findings and conditions."""

    def __init__(self, knowledge: Knowledge, extractor: Extractor) -> None:
        self.knowledge = knowledge
        self.names = ConditionNames(knowledge)
        self.finding = lru_cache(maxsize=None)(self._finding)
        self._extractor = extractor

    def condition(self, name: str) -> str | None:
        """Return the one condition of ours that is called so."""
        found = sorted(self.names.matching([name]))
        return found[0] if len(found) == 1 else None

    def _finding(self, name: str) -> str | None:
        words = name.replace("_", " ").strip().lower()
        said = self._extractor.extract(f"I have {words}.", language=Language.ENGLISH)
        there = {f.concept for f in said.findings if f.assertion is Assertion.PRESENT}
        implied = frozenset[str]().union(*(self.knowledge.ancestors(f) for f in there))
        special = sorted(there - implied)
        return special[0] if len(special) == 1 else None


def compare(folder: Path, reader: Reader) -> list[Compared]:
    """Return every number that overlaps with a table in `folder`.

    Raises InvalidInputError where none of the tables is there.
    """
    tables = {SYMCAT: _symcat, KAGGLE: _kaggle, CHATDOCTOR: _chatdoctor}
    there = {name: read for name, read in tables.items() if (folder / name).is_file()}
    if not there:
        raise InvalidInputError(f"{folder} holds none of {', '.join(tables)}.")
    return [one for name, read in there.items() for one in read(folder / name, reader)]


def _symcat(file: Path, reader: Reader) -> Iterator[Compared]:
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for row in _rows(file):
        percent, name = row["selection1_disorder_probability"], row["selection1_disorder_name"]
        finding = reader.finding(row["selection1_name"]) if name and percent else None
        condition = reader.condition(name) if finding else None
        if finding and condition:
            shares[finding][condition] = max(float(percent), 0.5)
    for finding, theirs in sorted(shares.items()):
        if len(theirs) < LEAST:
            continue
        ours = {c: _joint(c, finding, reader.knowledge) for c in theirs}
        for condition, share in sorted(theirs.items()):
            yield Compared(
                table="symcat",
                condition=condition,
                finding=finding,
                ours=ours[condition] / sum(ours.values()),
                theirs=share / sum(theirs.values()),
            )


def _joint(condition: str, finding: str, knowledge: Knowledge) -> float:
    row, column = knowledge.condition_index[condition], knowledge.finding_index[finding]
    incidence = max(float(knowledge.incidence[:, row].mean()), 0.01)
    return float(incidence * knowledge.likelihood[row, column])


def _kaggle(file: Path, reader: Reader) -> Iterator[Compared]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = {tuple(cell.strip() for cell in row if cell.strip()) for row in csv.reader(lines)}
    listed: dict[str, set[str]] = defaultdict(set)
    for name, *symptoms in sorted(row for row in rows if len(row) > 1):
        listed[name].update(symptoms)
    yield from _lists("kaggle", listed.items(), reader)


def _chatdoctor(file: Path, reader: Reader) -> Iterator[Compared]:
    listed = ((row["disease"], _list(row["Symptom"])) for row in _rows(file))
    yield from _lists("chatdoctor", listed, reader)


def _lists(
    table: str, listed: Iterable[tuple[str, Iterable[str]]], reader: Reader
) -> Iterator[Compared]:
    """A finding that a table lists should be commoner in the condition than in anybody."""
    knowledge = reader.knowledge
    for name, symptoms in listed:
        condition = reader.condition(name)
        for finding in sorted({f for s in symptoms if condition and (f := reader.finding(s))}):
            assert condition is not None
            column = knowledge.finding_index[finding]
            yield Compared(
                table=table,
                condition=condition,
                finding=finding,
                ours=float(knowledge.likelihood[knowledge.condition_index[condition], column]),
                theirs=float(knowledge.background[column]),
            )


def _rows(file: Path) -> Iterator[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInputError(f"{file} cannot be read as CSV.") from None


def _list(text: str) -> list[str]:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return []
    return [str(item) for item in found] if isinstance(found, list) else []


def worst(compared: Iterable[Compared], n: int) -> list[Compared]:
    """Return the n largest disagreements."""
    large = [one for one in compared if one.is_large]
    return sorted(large, key=lambda one: (-abs(math.log(one.ratio)), one.condition))[:n]
