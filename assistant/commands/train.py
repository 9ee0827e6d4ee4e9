"""`anamnesis train NAME`: train one of the shipped models again."""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

from assistant.commands import train_imaging
from assistant.commands.common import Subparsers, assistant, read_text, settings
from assistant.errors import InvalidInputError, MissingExtraError
from assistant.records.terms import Language


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("train", help="train a model that ships with the program")
    what = command.add_subparsers(dest="what", metavar="NAME", required=True)
    _add_extraction(what)
    train_imaging.add(what)
    linking = what.add_parser(
        "linking",
        help="the linking vectors of all phrases, and their thresholds",
        description="Writes knowledge/models/phrases-en and -zh; only new phrases are encoded."
        " The thresholds are measured on the phrases that the network was never taught.",
    )
    linking.add_argument("--language", choices=("en", "zh"), help="only this one")
    linking.set_defaults(run=run_linking)
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


def _add_extraction(what: Subparsers) -> None:
    extraction = what.add_parser(
        "extraction",
        help="the network that reads patients",
        description="Writes knowledge/models/extraction-en (or -zh) and its lines in the manifest."
        " A run that was stopped goes on where it was when it is started again in the same way."
        " docs/training.md tells more, also of several processes.",
    )
    extraction.add_argument(
        "--language", choices=("en", "zh"), default="en", help="zh reads Chinese and English"
    )
    extraction.add_argument(
        "--options", type=Path, metavar="FILE", help="YAML with settings that are to differ"
    )
    extraction.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of the public sets; without: none of them"
    )
    extraction.add_argument(
        "--encoder", type=Path, metavar="DIR", help="folder of another BERT, for experiments"
    )
    extraction.add_argument("--anew", action="store_true", help="forget the checkpoint")
    extraction.set_defaults(run=run)


def run_linking(args: argparse.Namespace) -> int:
    """Encode new phrases, measure the thresholds, and print where they are."""
    from assistant.training.phrase_vectors import build_linking

    chosen = settings()
    for language in Language:
        if args.language in (None, language.value):
            print(build_linking(chosen.knowledge_dir, language, threads=chosen.threads))
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
    if find_spec("accelerate") is None:
        raise MissingExtraError("accelerate", "train")
    from assistant.training.extraction import ExtractionTraining, train_extraction

    chosen = settings()
    config = ExtractionTraining(
        chosen.knowledge_dir,
        chosen.data_dir / "training",
        language=args.language,
        settings=args.options,
        data=args.data,
        encoder=args.encoder,
        encoder_path=chosen.encoder_path,
        anew=args.anew,
    )
    folder = train_extraction(config)
    if os.environ.get("RANK", "0") == "0":  # one of several processes tells
        print(folder)
    return 0


def run_passages(_: argparse.Namespace) -> int:
    """Encode what is new, and print where the vectors are."""
    from assistant.training.passage_vectors import build_passage_vectors

    chosen = settings()
    print(build_passage_vectors(chosen.knowledge_dir, threads=chosen.threads))
    return 0
