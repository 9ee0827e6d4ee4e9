"""`anamnesis train NAME`: train one of the shipped models again."""

import argparse
from pathlib import Path

from assistant.commands.common import Subparsers, settings


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("train", help="train a model that ships with the program")
    what = command.add_subparsers(dest="what", metavar="NAME", required=True)
    extraction = what.add_parser("extraction", help="the tagger of mentions, on generated text")
    extraction.add_argument("--out", type=Path, help="folder; default: knowledge/models/…")
    extraction.add_argument("--seed", type=int, default=0)
    extraction.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, and print where the weights are."""
    from assistant.training.extraction import train

    print(train(settings(), out=args.out, seed=args.seed))
    return 0
