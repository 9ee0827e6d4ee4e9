"""`anamnesis knowledge check` proves the medicine sound; `knowledge show` prints a condition."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.common import Subparsers, settings
from assistant.errors import InvalidInputError

if TYPE_CHECKING:
    from assistant.knowledge import Knowledge


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("knowledge", help="check or read the medical knowledge")
    what = command.add_subparsers(dest="what", metavar="what", required=True)
    check = what.add_parser("check", help="prove that the knowledge is sound; status 1 if not")
    check.add_argument("folder", nargs="?", type=Path, help="default: the one in the settings")
    check.add_argument("--errors-only", action="store_true", help="do not print warnings")
    check.set_defaults(run=run_check)
    show = what.add_parser("show", help="print what is known of a condition")
    show.add_argument("condition", metavar="CONDITION", help="an id, a name or a synonym")
    show.add_argument("--language", choices=("en", "zh"), default="en")
    show.set_defaults(run=run_show)


def run_check(args: argparse.Namespace) -> int:
    """Check the knowledge; 0 when there is no error, else 1."""
    from assistant.knowledge.checking import run

    return run(args.folder or settings().knowledge_dir, warnings=not args.errors_only)


def run_show(args: argparse.Namespace) -> int:
    """Print a condition."""
    from assistant.knowledge import Knowledge

    chosen = settings()
    knowledge = Knowledge.load(chosen.knowledge_dir, chosen.data_dir)
    for condition in _meant(args.condition, knowledge):
        print(_described(condition, knowledge, args.language))
    return 0


def _meant(name: str, knowledge: "Knowledge") -> list[str]:
    from difflib import get_close_matches

    from assistant.evaluation.names import ConditionNames

    if name in knowledge.conditions:
        return [name]
    if found := sorted(ConditionNames(knowledge).matching([name])):
        return found
    near = get_close_matches(name.lower().replace(" ", "_"), knowledge.condition_ids, 3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise InvalidInputError(f"There is no condition of this name.{hint}")


def _described(condition: str, knowledge: "Knowledge", language: str) -> str:
    entry = knowledge.conditions[condition]
    raised = ", ".join(f"{f} → {level.value}" for f, level in entry.raised_by.items())
    lines = [
        f"{entry.name.get(language)} ({condition}, {', '.join(entry.icd10)})",
        f"  also: {', '.join(entry.synonyms.get(language)) or '-'}",
        f"  care: {entry.care}, {entry.specialty}; urgency: {entry.urgency.value}",
        *([f"  raised by: {raised}"] if raised else []),
        "  P(finding | condition):",
    ]
    by_weight = sorted(entry.findings.items(), key=lambda pair: (-pair[1], pair[0]))
    for finding, p in by_weight:
        background = knowledge.findings[finding].background
        name = knowledge.findings[finding].name.get(language)
        lines.append(f"    {p:<7.3g} against {background:<7.3g} {name} ({finding})")
    lines += [
        f"    odds × {odds:<5g} {knowledge.findings[f].name.get(language)} ({f})"
        for f, odds in entry.risks.items()
    ]
    text = entry.text.get(language)
    lines += [f"  {part}" for part in (text.what, text.do, text.seek)]
    lines += [f"  source: {title}" for title in knowledge.source_titles(entry.sources)]
    return "\n".join(lines)
