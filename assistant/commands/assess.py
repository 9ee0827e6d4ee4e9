"""`anamnesis assess`: urgency and differential of a text, or of a file of rows, in one shot."""

import argparse
import json
import sys
from pathlib import Path
from typing import Literal, TextIO

from assistant.commands.common import Status, Subparsers, assistant, settings
from assistant.errors import InvalidInputError


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser(
        "assess",
        help="assess a text, or a file of rows, without a dialogue",
        description="Gives one JSON object a case: triage, differential, findings. See"
        " docs/assess.md.",
    )
    command.add_argument("text", nargs="?", metavar="TEXT", help="what is said; - is stdin")
    command.add_argument("--age", help="years; fractions for infants")
    command.add_argument("--sex", choices=("female", "male"))
    command.add_argument("--language", choices=("en", "zh"), help="default: that of the text")
    command.add_argument("--batch", type=Path, metavar="IN.jsonl", help="rows {id, text, …}")
    command.add_argument("--out", type=Path, metavar="OUT.jsonl", help="where the rows go")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Assess a text or a batch."""
    if (args.batch is None) == (args.text is None):
        raise InvalidInputError("Give either a TEXT or --batch IN.jsonl --out OUT.jsonl.")
    return _one(args) if args.batch is None else _batch(args)


def _one(args: argparse.Namespace) -> int:
    from assistant.assessing import Writer, assess, read_request

    if args.out is not None:
        raise InvalidInputError("--out belongs to --batch; one text is printed.")
    chosen = settings()
    text = sys.stdin.read() if args.text == "-" else args.text
    row = {"text": text, "age": args.age, "sex": args.sex, "language": args.language}
    ready = assistant(chosen)
    request = read_request(row, ready.knowledge, chosen.max_text_characters)
    print(_as_json(Writer(ready).row(None, assess(ready, request)), indent=2))
    return 0


def _batch(args: argparse.Namespace) -> int:
    from assistant.assessing import assess_lines

    if args.out is None:
        raise InvalidInputError("--batch needs --out OUT.jsonl, where the rows go.")
    if args.age or args.sex or args.language:
        raise InvalidInputError("In a batch, age, sex and language stand in each row.")
    if args.out.exists() and args.batch.exists() and args.out.samefile(args.batch):
        raise InvalidInputError("--out would overwrite the file that is read.")
    chosen = settings()
    total = bad = 0
    with _opened(args.batch, "r") as lines, _opened(args.out, "w") as out, Status() as status:
        ready = assistant(chosen)
        for row in assess_lines(ready, lines, chosen.max_text_characters):
            out.write(_as_json(row) + "\n")
            out.flush()
            total, bad = total + 1, bad + ("error" in row)
            status.show(f"assessed {total}")
    print(f"{total} rows, {bad} of them in error, written to {args.out}", file=sys.stderr)
    return 0


def _opened(path: Path, mode: Literal["r", "w"]) -> TextIO:
    """Open a file so that wrong bytes reach the check of their row, and no output ever fails."""
    try:
        if mode == "r":
            return path.open(encoding="utf-8-sig", errors="surrogateescape")
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be opened: {error.strerror}.") from None


def _as_json(row: object, indent: int | None = None) -> str:
    return json.dumps(row, ensure_ascii=False, indent=indent, allow_nan=False)
