"""The knowledge lint, `anamnesis knowledge check`: proves that the graph is sound.

The shape of each entry (keys, types, probabilities between 0 and 1, both languages) is checked
by `schema.py` while loading; here stands what can only be seen across entries.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from assistant.errors import KnowledgeError
from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_codes import check_hpo, check_icd10
from assistant.knowledge.checking_danger import (
    check_dangerous_reachable,
    check_levels,
    check_lone_findings,
)
from assistant.knowledge.checking_graph import (
    check_acyclic,
    check_countries,
    check_ids,
    check_passages,
    check_used,
    check_vocabulary,
)
from assistant.knowledge.checking_numbers import (
    check_backgrounds,
    check_children,
    check_incidence,
    check_look_alikes,
)
from assistant.knowledge.checking_pictures import check_imaging
from assistant.knowledge.checking_problem import Problem, Severity
from assistant.knowledge.checking_words import (
    check_languages,
    check_names,
    check_phrases,
    check_questions,
)

__all__ = ["Problem", "Severity", "check", "run"]

# Ids and hierarchy first: while they are broken, nothing can be computed from the numbers.
_STRUCTURE = (check_ids, check_acyclic)
_CONTENT = (
    check_used,
    check_passages,
    check_vocabulary,
    check_countries,
    check_languages,
    check_phrases,
    check_names,
    check_questions,
    check_backgrounds,
    check_children,
    check_incidence,
    check_look_alikes,
    check_dangerous_reachable,
    check_lone_findings,
    check_levels,
    check_imaging,
    check_icd10,
    check_hpo,
)


def check(knowledge: Knowledge) -> list[Problem]:
    """Return every problem, errors first.

    Raises MissingExtraError where the extra `knowledge` (ICD-10 and HPO) is not installed.
    """
    found = [problem for step in _STRUCTURE for problem in step(knowledge)]
    if not found:
        found = list(_content(knowledge))
    return sorted(found, key=lambda p: (p.severity is Severity.WARNING, p.place, p.message))


def _content(knowledge: Knowledge) -> Iterator[Problem]:
    for step in _CONTENT:
        yield from step(knowledge)


def run(folder: Path, out: TextIO | None = None, *, warnings: bool = True) -> int:
    """Load and check `folder`, print what is wrong; return 0 when there is no error, else 1."""
    stream = out or sys.stdout
    try:
        knowledge = Knowledge.load(folder)
    except KnowledgeError as unsound:
        for place in unsound.problems:
            print(f"error: {place}", file=stream)
        print(f"{len(unsound.problems)} error(s); nothing else was checked.", file=stream)
        return 1
    problems = check(knowledge)
    errors = [p for p in problems if p.severity is Severity.ERROR]
    for problem in problems if warnings else errors:
        print(problem, file=stream)
    print(_summary(knowledge, len(errors), len(problems) - len(errors)), file=stream)
    return 1 if errors else 0


def _summary(knowledge: Knowledge, errors: int, warnings: int) -> str:
    bundle = knowledge.bundle
    return (
        f"{len(bundle.conditions)} conditions, {len(bundle.findings)} findings, "
        f"{len(bundle.red_flags)} red flags, {len(bundle.groups)} groups, "
        f"{len(bundle.sources)} sources: {errors} error(s), {warnings} warning(s)."
    )
