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
    passages = what.add_parser(
        "passages",
        help="the vectors of our own passages and descriptions",
        description="Writes knowledge/models/passages-en; only new or changed texts are encoded.",
    )
    passages.set_defaults(run=run_passages)


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


def run_passages(_: argparse.Namespace) -> int:
    """Encode what is new, and print where the vectors are."""
    from assistant.training.passage_vectors import build_passage_vectors

    chosen = settings()
    print(build_passage_vectors(chosen.knowledge_dir, threads=chosen.threads))
    return 0
