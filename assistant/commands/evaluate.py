"""`anamnesis evaluate cases FILE` and `evaluate ddxplus DIR`: figures with intervals."""

import argparse
import json
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands import evaluate_imaging, evaluate_robustness, evaluate_words
from assistant.commands.common import (
    Subparsers,
    add_limit,
    assistant,
    at_least_one,
    counter,
    read_text,
    settings,
)
from assistant.errors import InvalidInputError

if TYPE_CHECKING:
    from assistant.consultation import Assistant
    from assistant.evaluation.figures import Figures
    from assistant.evaluation.gold import GoldCase
    from assistant.settings import Settings


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("evaluate", help="measure the assistant on cases with a truth")
    what = command.add_subparsers(dest="what", metavar="what", required=True)
    cases = what.add_parser("cases", help="rows with a diagnosis or a level of urgency")
    cases.add_argument("file", type=Path, metavar="FILE.jsonl")
    cases.add_argument("--language", choices=("en", "zh"), help="which side of a two-sided row")
    cases.add_argument("--misses", type=int, default=40, help="misses shown (default 40)")
    cases.set_defaults(run=run_cases)
    played = what.add_parser("ddxplus", help="patients of DDXPlus played against the dialogue")
    played.add_argument("folder", type=Path, metavar="DIR")
    played.add_argument("--language", choices=("en", "zh"), default="en", help="of the talk")
    played.add_argument("--max-questions", type=at_least_one, help="instead of the setting's")
    played.add_argument(
        "--open-world",
        action="store_true",
        help="as in the chat: all our conditions, any question, an emergency ends the talk",
    )
    played.set_defaults(run=run_ddxplus)
    numbers = what.add_parser("numbers", help="our numbers beside other people's tables")
    numbers.add_argument("folder", type=Path, metavar="DIR", help="with symcat/, kaggle…/")
    numbers.add_argument("--worst", type=int, default=60, help="disagreements shown (default 60)")
    numbers.set_defaults(run=run_numbers)
    found = what.add_parser("retrieval", help="passages found for judged queries (BEIR files)")
    found.add_argument("--index", type=Path, metavar="DIR", help="default: in the data folder")
    found.add_argument("--queries", type=Path, required=True, metavar="Q.jsonl")
    found.add_argument("--qrels", type=Path, required=True, metavar="QRELS.tsv")
    found.add_argument("--method", choices=("fused", "rrf", "dense", "lexical"), default="fused")
    found.add_argument("--as-it-is", action="store_true", help="without shaping and expansion")
    found.set_defaults(run=run_retrieval)
    evaluate_words.add(what)
    evaluate_robustness.add(what)
    evaluate_imaging.add(what)
    for each in (cases, played):
        add_limit(each)
        each.add_argument("--extractor", choices=("transformer", "lexicon"), help="instead of ours")
        each.add_argument("--no-dense", action="store_true", help="without the dense match")
        each.add_argument("--no-words", action="store_true", help="without the match of words")
        each.add_argument("--no-absent", action="store_true", help="without what is denied")


def run_cases(args: argparse.Namespace) -> int:
    """Evaluate one-shot assessments on a file of cases."""
    from assistant.evaluation.figures import (
        confusion_table,
        figures_of,
        misses_table,
        reliability_table,
    )
    from assistant.evaluation.running import run

    started = time.perf_counter()
    chosen = _settings(args)
    cases = _cases(args)
    ready = _assistant(args, chosen)
    status, progress = counter("assessed", len(cases))
    with status:
        outcomes = run(ready, cases, chosen.max_text_characters, progress)
    names = {c: entry.name.en for c, entry in ready.knowledge.conditions.items()}
    figures = figures_of(outcomes)
    tables = (
        misses_table(outcomes, args.misses, names),
        confusion_table(outcomes),
        reliability_table(outcomes),
    )
    _print(figures, len(outcomes), args, ready, started, *tables)
    return 0


def run_ddxplus(args: argparse.Namespace) -> int:
    """Play patients of DDXPlus against the dialogue."""
    from assistant.evaluation.closed_world import MOST_QUESTIONS, closed_assistant
    from assistant.evaluation.ddxplus_data import Mapping, patients
    from assistant.evaluation.ddxplus_figures import figures_of, misses_table
    from assistant.evaluation.ddxplus_player import Player
    from assistant.records.terms import Language

    started = time.perf_counter()
    ready = _assistant(args, _settings(args))
    mapping = Mapping.load(ready.knowledge)
    drawn = patients(args.folder, mapping, args.limit, args.seed)
    if not args.open_world:
        ready = closed_assistant(ready, mapping, args.max_questions or MOST_QUESTIONS)
    player = Player(ready, mapping, Language(args.language), denies=not args.no_absent)
    status, progress = counter("played", len(drawn))
    played = []
    with status:
        for number, patient in enumerate(drawn, start=1):
            played.append(player.play(patient))
            progress(number)
    figures = figures_of(played, mapping.conditions)
    table = misses_table(played, mapping.conditions)
    _print(figures, len(played), args, ready, started, table)
    return 0


def run_retrieval(args: argparse.Namespace) -> int:
    """Search an index for judged queries, and print one line of figures."""
    from assistant.assembly import build_matters, build_reranker
    from assistant.commands.index import encoder_of, folder_of
    from assistant.evaluation.retrieval import evaluate, passages_of, read_qrels, read_queries
    from assistant.knowledge import Knowledge
    from assistant.retrieval.library.searching import Library, Looking

    chosen = settings()
    queries, qrels = read_queries(read_text(args.queries)), read_qrels(read_text(args.qrels))
    encoder = encoder_of(chosen)
    library = Library(folder_of(args, chosen), encoder, chosen.index_device)
    looking = Looking(method=args.method, shaped=not args.as_it_is, reranker=build_reranker(chosen))
    knowledge = Knowledge.load(chosen.knowledge_dir, chosen.data_dir)
    matters = None if args.as_it_is else build_matters(chosen, knowledge, encoder)
    seconds: list[float] = []

    def find(text: str) -> list[str]:
        begun = time.perf_counter()
        about = None if matters is None else partial(matters.of, text)
        rows = [row for row, _ in library.ranked(text, 50, replace(looking, about=about))]
        seconds.append(time.perf_counter() - begun)
        names = library.index.catalogue.names(rows)
        return passages_of([names[row] for row in rows if row in names])

    figures = evaluate(queries, qrels, find)
    ordered = sorted(seconds)
    line = {
        "evaluation": "retrieval",
        "n": figures.n,
        "passages": len(library),
        "method": args.method,
        "as_it_is": args.as_it_is,
        "reranked": looking.reranker is not None,
        **figures.as_json(),
        "latency_ms_p50": round(1e3 * ordered[len(ordered) // 2], 1),
        "latency_ms_p99": round(1e3 * ordered[int(0.99 * (len(ordered) - 1))], 1),
        "encoder": library.index.encoder.id,
    }
    print(json.dumps(line))
    return 0


def run_numbers(args: argparse.Namespace) -> int:
    """Compare our numbers with published tables and print where they disagree much."""
    from assistant.evaluation.crosscheck import Reader, compare, worst
    from assistant.extraction import EXTRACTORS
    from assistant.knowledge import Knowledge

    chosen = settings()
    knowledge = Knowledge.load(chosen.knowledge_dir, chosen.data_dir)
    reader = Reader(knowledge, EXTRACTORS.create("lexicon", knowledge=knowledge))
    compared = compare(args.folder, reader)
    for one in worst(compared, args.worst):
        print(f"{one.table:11}{one.condition:34}{one.finding:34}{one.ours:8.4f} {one.theirs:8.4f}")
    tables = {}
    for table in sorted({one.table for one in compared}):
        own = [one for one in compared if one.table == table]
        tables[table] = {"n": len(own), "large": sum(one.is_large for one in own)}
    print(json.dumps({"evaluation": "numbers", "tables": tables}))
    return 0


def _settings(args: argparse.Namespace) -> "Settings":
    changes: dict[str, object] = {"index": "none"}  # passages change no figure here
    if args.extractor:
        changes["extractor"] = args.extractor
    if args.no_dense:
        changes["dense_match"] = False
    if args.no_words:
        changes["word_match"] = False
    if getattr(args, "max_questions", None):
        changes["max_questions"] = args.max_questions
    return settings(**changes)


def _assistant(args: argparse.Namespace, chosen: "Settings") -> "Assistant":
    from dataclasses import replace

    from assistant.evaluation.running import WithoutDenials

    ready = assistant(chosen)
    if not args.no_absent:
        return ready
    return replace(
        ready,
        extractor=WithoutDenials(ready.extractor),
        spare_extractor=WithoutDenials(ready.spare_extractor),
    )


def _cases(args: argparse.Namespace) -> "list[GoldCase]":
    from assistant.evaluation.gold import read_cases, sample
    from assistant.records.terms import Language

    language = Language(args.language) if args.language else None
    cases = sample(read_cases(read_text(args.file), language), args.limit, args.seed)
    if not cases:
        raise InvalidInputError(f"{args.file} holds no cases.")
    return cases


def _print(
    figures: "Figures",
    n: int,
    args: argparse.Namespace,
    ready: "Assistant",
    started: float,
    *tables: str,
) -> None:
    """Print the tables, the figures, and all of it again in one last line of JSON."""
    for table in filter(None, tables):
        print(table + "\n")
    print(figures.table() + "\n")
    line = {
        "evaluation": args.what,
        "data": str(getattr(args, "file", None) or args.folder),
        "n": n,
        **figures.as_json(),
        "options": {k: getattr(args, k) for k in ("language", "limit", "seed", "extractor")}
        | {"dense": not args.no_dense, "words": not args.no_words, "absent": not args.no_absent},
        "knowledge": ready.knowledge.bundle.digest,
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(line, ensure_ascii=False))
