"""`anamnesis knowledge check`, `show` and `pages`: prove the medicine sound, and read it."""

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
    check.add_argument("--deep", action="store_true", help="with belief and encoder; a minute")
    check.set_defaults(run=run_check)
    show = what.add_parser("show", help="print what is known of a condition")
    show.add_argument("condition", metavar="CONDITION", help="an id, a name or a synonym")
    show.set_defaults(run=run_show)
    pages = what.add_parser("pages", help="write a page per condition, for review")
    pages.add_argument("folder", nargs="?", type=Path, default=Path("docs/conditions"))
    pages.add_argument("--check", action="store_true", help="only say which are out of date")
    pages.set_defaults(run=run_pages)


def run_check(args: argparse.Namespace) -> int:
    """Check the knowledge; 0 when there is no error, else 1."""
    from assistant.knowledge.checking import run

    folder = args.folder or settings().knowledge_dir
    status = run(folder, warnings=not args.errors_only)
    if not args.deep or status:
        return status
    return _deep(folder, warnings=not args.errors_only)


def _deep(folder: Path, *, warnings: bool) -> int:
    from assistant.evaluation.deep_check import deep_check
    from assistant.knowledge import Knowledge
    from assistant.knowledge.checking_problem import Severity
    from assistant.minilm import MiniLM

    encoder = MiniLM(folder / "models", threads=settings().threads)
    problems = list(deep_check(Knowledge.load(folder), encoder))
    errors = [p for p in problems if p.severity is Severity.ERROR]
    for problem in problems if warnings else errors:
        print(problem)
    print(f"deep check: {len(errors)} error(s), {len(problems) - len(errors)} warning(s).")
    return 1 if errors else 0


def run_show(args: argparse.Namespace) -> int:
    """Print the page of a condition."""
    from assistant.knowledge.pages import Pages

    knowledge = _knowledge()
    pages = Pages(knowledge)
    for condition in _meant(args.condition, knowledge):
        print(pages.page(condition))
    return 0


def run_pages(args: argparse.Namespace) -> int:
    """Write the pages, or say which are out of date (status 1 where any is)."""
    from assistant.knowledge.pages import Pages, differing, write

    pages = Pages(_knowledge())
    if not args.check:
        print(f"{write(pages, args.folder)} pages in {args.folder}")
        return 0
    stale = differing(pages, args.folder)
    for page in stale:
        print(f"out of date: {args.folder / page}")
    return 1 if stale else 0


def _knowledge() -> "Knowledge":
    from assistant.knowledge import Knowledge

    chosen = settings()
    return Knowledge.load(chosen.knowledge_dir, chosen.data_dir)


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
