"""`anamnesis train NAME`: train one of the shipped models again."""

import argparse
from pathlib import Path

from assistant.commands.common import Subparsers, assistant, read_text, settings
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
    phrases = what.add_parser("phrases", help="the vectors of all English phrases")
    phrases.set_defaults(run=run_phrases)
    desk = what.add_parser("triage-desk", help="the judgement of complaint and vital signs")
    desk.add_argument("visits", type=Path, metavar="VISITS.jsonl", help="with ktas_expert")
    desk.set_defaults(run=run_desk)
    head = what.add_parser(
        "triage",
        help="the head that reads a whole case, on cases made of our own knowledge",
        description="Writes knowledge/models/triage-head-en or -zh and its line in the manifest.",
    )
    head.add_argument("--language", choices=("en", "zh"), default="en")
    head.add_argument(
        "--vignettes", type=Path, metavar="DIR", default=Path("tests/vignettes"),
        help="own vignettes (JSON lines) for the threshold (default tests/vignettes)",
    )  # fmt: skip
    head.set_defaults(run=run_head)
    passages = what.add_parser(
        "passages",
        help="the vectors of our own passages and descriptions",
        description="Writes knowledge/models/passages-en; only new or changed texts are encoded.",
    )
    passages.set_defaults(run=run_passages)


def run_phrases(args: argparse.Namespace) -> int:
    """Encode the phrases, and print where the vectors are."""
    from assistant.training.phrase_vectors import build_phrase_vectors

    chosen = settings()
    print(build_phrase_vectors(chosen.knowledge_dir, threads=chosen.threads))
    return 0


def run_desk(args: argparse.Namespace) -> int:
    """Train the triage desk, and print where the weights are."""
    from assistant.evaluation.gold import read_cases
    from assistant.training.triage_desk import read_visits, train_desk

    chosen = settings(index="none")
    ready = assistant(chosen)
    visits = read_visits(
        ready, read_cases(read_text(args.visits), None), chosen.max_text_characters
    )
    models = chosen.knowledge_dir / "models"
    print(train_desk(visits, models, args.visits.name, ready.knowledge.bundle.digest))
    return 0


def run_head(args: argparse.Namespace) -> int:
    """Train the triage head of a language, and print where the weights are."""
    from assistant.records.terms import Language
    from assistant.training.triage_head import train_head

    chosen = settings(index="none", triage_head="off")
    if not args.vignettes.is_dir():
        raise InvalidInputError(f"{args.vignettes} is not a folder: name one with --vignettes.")
    models = chosen.knowledge_dir / "models"
    ready = assistant(chosen)
    print(
        train_head(
            ready, Language(args.language), models, args.vignettes, chosen.max_text_characters
        )
    )
    return 0


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
