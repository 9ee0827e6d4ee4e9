"""`anamnesis search QUERY`: the passages that the assistant would cite for a query."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from assistant.commands.common import Subparsers, assistant, at_least_one, settings
from assistant.errors import InputLimitError, InvalidInputError

if TYPE_CHECKING:
    from assistant.records.diagnosis import Passage


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("search", help="find medical passages")
    command.add_argument("query", metavar="QUERY")
    command.add_argument("-k", type=at_least_one, default=5, help="how many (default 5)")
    command.add_argument(
        "--condition", action="append", default=[], help="only about this one (id)"
    )
    command.add_argument("--language", choices=("en", "zh"), help="default: that of the query")
    command.add_argument("--source", action="append", help="only of this publisher")
    command.add_argument("--corpus", action="append", help='only of this corpus ("own": ours)')
    command.add_argument("--audience", choices=("patient", "professional"))
    command.add_argument("--since", metavar="DATE", help="only from this date on (2024-03-01)")
    command.add_argument("--trusted", action="store_true", help="only what answers may quote")
    command.add_argument("--json", action="store_true", help="one JSON object a passage")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the passages, best first."""
    from assistant.assessing.requests import language_of
    from assistant.records.terms import Language
    from assistant.reporting.wording import printable
    from assistant.retrieval import Query
    from assistant.retrieval.library import Filter

    chosen = settings()
    if not args.query.strip():
        raise InvalidInputError("The query is empty: write what you look for.")
    if len(args.query) > chosen.max_text_characters:
        raise InputLimitError("query", chosen.max_text_characters, "characters")
    ready = assistant(chosen)
    if ready.answerer is None:
        raise InvalidInputError("Retrieval does not work here; `anamnesis doctor` says why.")
    unknown = [c for c in args.condition if c not in ready.knowledge.conditions]
    if unknown:
        raise InvalidInputError("--condition must be the id of a condition.")
    language = Language(args.language) if args.language else language_of(args.query)
    query = Query(text=args.query, conditions=tuple(args.condition), language=language)
    wanted = Filter(
        corpora=tuple(args.corpus) if args.corpus else None,
        sources=tuple(args.source) if args.source else None,
        audience=args.audience,
        since=args.since,
        trusted=args.trusted,
    )
    found = ready.answerer.shelf.find(query, args.k, wanted)
    for place, passage in enumerate(found, start=1):
        if args.json:
            shown = {name: getattr(passage, name) for name in passage.__slots__}
            print(json.dumps(shown, ensure_ascii=False))
        else:
            mark = "" if passage.trusted else "  (not reviewed)"
            print(f"{place}. {printable(passage.title)}  [{passage.score:.3f}, {passage.id}]{mark}")
            print(f"   {_marked(passage)}")
            print("".join(f"   {source}\n" for source in passage.sources))
    return 0


def _marked(passage: "Passage") -> str:
    """Return the text, on a terminal with the words that were asked for in bold."""
    from assistant.reporting.wording import printable

    bold, plain = ("\x1b[1m", "\x1b[22m") if sys.stdout.isatty() else ("", "")
    return "".join(
        f"{bold}{printable(text)}{plain}" if marked else _spaced(text)
        for text, marked in passage.pieces
    )


def _spaced(text: str) -> str:
    """Return a piece that is safe to print, with the spaces at its ends."""
    from assistant.reporting.wording import printable

    left, right = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{left}{printable(text)}{right}" if text.strip() else " "
