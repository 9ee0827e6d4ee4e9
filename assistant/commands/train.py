"""`anamnesis train NAME`: train one of the shipped models again."""

import argparse
from pathlib import Path

from assistant.commands.common import Subparsers, settings
from assistant.errors import InvalidInputError


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("train", help="train a model that ships with the program")
    what = command.add_subparsers(dest="what", metavar="NAME", required=True)
    extraction = what.add_parser(
        "extraction",
        help="the English tagger, on sentences made from our own knowledge",
        description="Writes knowledge/models/extraction-en and its line in the manifest.",
    )
    extraction.add_argument("--options", type=Path, help="YAML instead of extraction.yaml")
    extraction.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, and print where the weights are."""
    from assistant.training.extraction import ExtractionTraining, train_extraction

    chosen = settings()
    config = ExtractionTraining(chosen.knowledge_dir, encoder_path=chosen.encoder_path)
    if args.options is not None:
        if not args.options.is_file():
            raise InvalidInputError(f"{args.options} is not a file.")
        config = ExtractionTraining(chosen.knowledge_dir, args.options, chosen.encoder_path)
    print(train_extraction(config))
    return 0
