"""DDXPlus (Fansi Tchango et al., NeurIPS 2022): its patients, read into this project's vocabulary.

`ddxplus.yaml` beside this file says what each evidence and pathology is here.
"""

import ast
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from random import Random

import yaml

from assistant.errors import InvalidInputError, KnowledgeError
from assistant.knowledge import Knowledge
from assistant.records.terms import Sex

_TERM = re.compile(r"(?P<no>!?)(?P<evidence>E_\d+)(?:@(?P<value>\w+)|>=(?P<least>\d+))?")
PATIENTS = "*patients*.csv"
_PLACES = {"E_53": "E_55", "E_151": "E_152"}  # pain, swelling -> where it is


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on a patient's evidences."""

    evidence: str
    codes: frozenset[str] = frozenset()  # any of these values; empty: the evidence itself
    least: int | None = None  # the value is a number and at least this
    negated: bool = False

    def holds(self, values: dict[str, set[str]]) -> bool:
        """Whether it is so for a patient whose evidences have these values."""
        given = values.get(self.evidence)
        if given is None:
            return self.negated
        if self.codes:
            return bool(given & self.codes) != self.negated
        if self.least is not None:
            return any(v.isdigit() and int(v) >= self.least for v in given) != self.negated
        return not self.negated


@dataclass(frozen=True, slots=True)
class Rule:
    """Findings that follow where all terms hold."""

    terms: tuple[Term, ...]
    findings: tuple[str, ...]

    @property
    def evidences(self) -> frozenset[str]:
        """The evidences that it reads as being there."""
        return frozenset(term.evidence for term in self.terms if not term.negated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One patient of DDXPlus, in our words as far as they reach."""

    age: float
    sex: Sex
    pathology: str
    differential: tuple[tuple[str, float], ...]  # the true one, likeliest first
    initial: str  # the evidence that the talk begins with
    evidences: dict[str, set[str]]  # with their values

    @property
    def intensity(self) -> int | None:
        """How bad the pain is, 0 to 10."""
        given = [int(v) for v in self.evidences.get("E_56", ()) if v.isdigit()]
        return min(10, given[0]) if given else None


class Mapping:
    """From evidences to findings, and from pathologies to conditions."""

    def __init__(self, raw: dict[str, dict[str, list[str]]], knowledge: Knowledge) -> None:
        groups = {name: frozenset(codes) for name, codes in raw["groups"].items()}
        self.rules = tuple(_rule(k, f, groups) for k, f in raw["findings"].items())
        self.denials = tuple(_rule(k, f, groups) for k, f in raw["absent"].items())
        self.conditions = {name: tuple(ids) for name, ids in raw["conditions"].items()}
        self.knowledge = knowledge
        self._check()

    @classmethod
    def load(cls, knowledge: Knowledge) -> "Mapping":
        """Load the shipped mapping; KnowledgeError names ids that do not exist."""
        text = files("assistant.evaluation").joinpath("ddxplus.yaml").read_text(encoding="utf-8")
        return cls(yaml.safe_load(text), knowledge)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every finding that an evidence can tell of."""
        return frozenset(f for rule in (*self.rules, *self.denials) for f in rule.findings)

    def fired(self, patient: Patient) -> list[Rule]:
        """Return the rules that hold for a patient."""
        return [r for r in self.rules if all(t.holds(patient.evidences) for t in r.terms)]

    def present(self, patient: Patient) -> frozenset[str]:
        """Return what the patient has, with everything that follows from it."""
        told = {finding for rule in self.fired(patient) for finding in rule.findings}
        return frozenset(told).union(*(self.knowledge.ancestors(f) for f in told))

    def absent(self, patient: Patient) -> frozenset[str]:
        """Return what the patient does not have: mapped, and not given by any evidence."""
        denied = self.vocabulary - self.present(patient)
        denied -= {f for r in self.denials if not self._denies(r, patient) for f in r.findings}
        return denied.union(*(self.knowledge.descendants(f) for f in denied))

    def opening(self, patient: Patient) -> tuple[str, ...]:
        """Return what the initial evidence tells: a pain or swelling comes with its places."""
        first = _PLACES.get(patient.initial, patient.initial)
        alone = [
            rule
            for rule in self.fired(patient)
            if first in rule.evidences <= {first, "E_55"}  # "where does it hurt" is part of it
        ]
        told = dict.fromkeys(f for rule in alone for f in rule.findings)
        implied = frozenset[str]().union(*(self.knowledge.ancestors(f) for f in told))
        return tuple(f for f in told if f not in implied)

    @staticmethod
    def _denies(rule: Rule, patient: Patient) -> bool:
        return all(term.holds(patient.evidences) for term in rule.terms)

    def _check(self) -> None:
        rules = (*self.rules, *self.denials)
        named = {f for rule in rules for f in rule.findings}
        meant = {c for ids in self.conditions.values() for c in ids}
        missing = sorted(named - self.knowledge.findings.keys())
        missing += sorted(meant - self.knowledge.conditions.keys())
        wrong = [f"ddxplus.yaml: there is no {identity}" for identity in missing]
        if wrong:
            raise KnowledgeError(wrong)


def patients(folder: Path, mapping: Mapping, limit: int | None, seed: int) -> list[Patient]:
    """Return the patients of the CSV file in `folder`, `limit` of them drawn by `seed`.

    Raises InvalidInputError where the folder holds no such file or a row cannot be read.
    """
    found = sorted(folder.glob(PATIENTS)) if folder.is_dir() else []
    if not found:
        raise InvalidInputError(f"{folder} holds no file named {PATIENTS}.")
    try:
        with found[0].open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InvalidInputError(f"{found[0]} cannot be read as CSV.") from None
    if limit is not None and limit < len(rows):
        chosen = Random(seed).sample(range(len(rows)), limit)  # noqa: S311 (no secret)
        rows = [rows[i] for i in sorted(chosen)]
    return [_patient(row, number, mapping) for number, row in enumerate(rows, start=1)]


def _patient(row: dict[str, str], number: int, mapping: Mapping) -> Patient:
    try:
        listed = ast.literal_eval(row["top5_diagnoses"])
        evidences = _values(ast.literal_eval(row["features"]))
        patient = Patient(
            age=float(row["age"]),
            sex=Sex.FEMALE if row["sex"] == "F" else Sex.MALE,
            pathology=row["diagnosis"],
            differential=tuple((str(name), float(p)) for name, p in listed),
            initial=row["feature_id"],
            evidences=evidences,
        )
    except (KeyError, ValueError, SyntaxError, TypeError):
        raise InvalidInputError(f"Patient {number} is not a row of DDXPlus.") from None
    if patient.pathology not in mapping.conditions:
        raise InvalidInputError(f"Patient {number} has a pathology that is not in ddxplus.yaml.")
    return patient


def _values(features: Iterable[str]) -> dict[str, set[str]]:
    """Group "E_55_@_V_29" by evidence; a plain "E_91" has no values."""
    values: dict[str, set[str]] = {}
    for feature in features:
        evidence, _, value = feature.partition("_@_")
        values.setdefault(evidence, set()).update({value} if value else ())
    return values


def _rule(key: str, findings: list[str], groups: dict[str, frozenset[str]]) -> Rule:
    return Rule(tuple(_term(part.strip(), groups) for part in key.split("&")), tuple(findings))


def _term(text: str, groups: dict[str, frozenset[str]]) -> Term:
    found = _TERM.fullmatch(text)
    if found is None:
        raise KnowledgeError([f"ddxplus.yaml: {text} is not a term"])
    value, least = found["value"], found["least"]
    codes = groups.get(value, frozenset({value})) if value else frozenset[str]()
    if value and value not in groups and not re.fullmatch(r"V_\d+", value):
        raise KnowledgeError([f"ddxplus.yaml: no group {value}"])
    return Term(found["evidence"], codes, int(least) if least else None, bool(found["no"]))
