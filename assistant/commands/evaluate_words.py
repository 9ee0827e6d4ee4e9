"""`anamnesis evaluate extraction`, `evaluate negex` and `evaluate mie`: what words are heard as."""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.common import Subparsers, counter, read_text, settings
from assistant.errors import InvalidInputError

if TYPE_CHECKING:
    from assistant.evaluation.bootstrap import Estimate
    from assistant.evaluation.extraction_gold import GoldUtterance
    from assistant.extraction import Extractor
    from assistant.knowledge import Knowledge
    from assistant.records.extraction import Heard

DATA = Path("../shared/data")


def add(what: Subparsers) -> None:
    """Describe them to the parser of `evaluate`."""
    gold = what.add_parser("extraction", help="mentions, findings and what is said of them")
    gold.add_argument("file", type=Path, metavar="GOLD.jsonl")
    gold.add_argument("--half", choices=("tune", "test", "all"), default="all")
    gold.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help=f"of the sources (default {DATA})"
    )
    gold.add_argument(
        "--misses", type=int, default=0, metavar="N", help="utterances shown; of the tune half only"
    )
    gold.set_defaults(run=run_extraction)
    sentences = what.add_parser("negex", help="negation, time and person of given words")
    sentences.add_argument("file", type=Path, metavar="FILE.jsonl")
    sentences.add_argument("--misses", type=int, default=0, metavar="N", help="rows shown")
    sentences.set_defaults(run=run_negex)
    dialogues = what.add_parser("mie", help="symptoms and their status in Chinese dialogues")
    dialogues.add_argument("file", type=Path, metavar="FILE.json")
    dialogues.set_defaults(run=run_mie)
    for each in (gold, sentences, dialogues):
        each.add_argument("--extractor", choices=("lexicon", "transformer"), help="instead of ours")


def run_extraction(args: argparse.Namespace) -> int:
    """Read every utterance of a gold set and compare what is heard with what was marked."""
    from assistant.evaluation.extraction_figures import figures_of, totals
    from assistant.evaluation.extraction_gold import read_gold
    from assistant.evaluation.extraction_matching import counts, heard_in

    started = time.perf_counter()
    knowledge, extractor, name = _extractor(args)
    gold = read_gold(read_text(args.file), args.data, knowledge.findings, args.half)
    if not gold:
        raise InvalidInputError(f"{args.file} holds no utterances of this half.")
    status, progress = counter("read", len(gold))
    found = []
    begun = time.perf_counter()
    with status:
        for number, one in enumerate(gold, start=1):
            found.append(extractor.extract(one.text, language=one.language))
            progress(number)
    seconds = time.perf_counter() - begun
    heard, hears_feared = heard_in(found)
    tallies = [
        counts(one, ours, knowledge, hears_feared) for one, ours in zip(gold, heard, strict=True)
    ]
    _show_misses(gold, heard, args.misses)
    line = {
        "evaluation": "extraction",
        "data": str(args.file),
        "half": args.half,
        "n": len(gold),
        "counts": totals(tallies),
        "hears_feared": hears_feared,
        "extractor": name,
        "knowledge": knowledge.bundle.digest,
        "utterances_per_second": round(len(gold) / seconds, 1),
    }
    _print(figures_of(tallies), line, started)
    return 0


def run_negex(args: argparse.Namespace) -> int:
    """Ask of the concept of each sentence what is said of it."""
    from assistant.evaluation.negex import counts, figures_of, read_rows
    from assistant.records.terms import Language

    started = time.perf_counter()
    rows = read_rows(read_text(args.file))
    if not rows:
        raise InvalidInputError(f"{args.file} holds no rows.")
    knowledge, extractor, name = _extractor(args)
    tallies, misses = [], []
    begun = time.perf_counter()
    for row in rows:
        ours = extractor.asserted(row.sentence, *row.span, Language.ENGLISH) if row.span else None
        tally = counts(row, ours)
        if not all(tally[f"{true}.hit"] for true in (row.polarity, row.temporality)):
            misses.append((row, ours))
        tallies.append(tally)
    seconds = time.perf_counter() - begun
    for row, ours in misses[: max(args.misses, 0)]:
        said = f"{ours.assertion}, {ours.time}" if ours else "-"
        print(f"{row.polarity}, {row.temporality} | {said} | {row.concept} | {row.sentence}\n")
    line = {
        "evaluation": "negex",
        "data": str(args.file),
        "n": len(rows),
        "counts": {
            **{name: sum(t[f"{name}.gold"] for t in tallies) for name in _RARER},
            "placed_in_part": sum(row.span is not None and not row.whole for row in rows),
            "not_placed": sum(row.span is None for row in rows),
        },
        "extractor": name,
        "knowledge": knowledge.bundle.digest,
        "sentences_per_second": round(len(rows) / seconds, 1),
    }
    _print(figures_of(tallies), line, started)
    return 0


def run_mie(args: argparse.Namespace) -> int:
    """Say of every window which symptoms are spoken of and what is said of each."""
    from assistant.evaluation.mie import (
        Reader,
        concepts_of,
        counts,
        figures_of,
        labels_of,
        read_dialogues,
    )

    started = time.perf_counter()
    dialogues = read_dialogues(read_text(args.file))
    if not any(dialogues):
        raise InvalidInputError(f"{args.file} holds no windows.")
    knowledge, extractor, name = _extractor(args)
    labels = labels_of(dialogues)
    mapped = concepts_of(labels, knowledge)
    reader = Reader(extractor, mapped)
    status, progress = counter("read", len(dialogues))
    tallies = []
    with status:
        for number, windows in enumerate(dialogues, start=1):
            tallies.append(counts(windows, reader, mapped))
            progress(number)
    marked = [label for windows in dialogues for window in windows for label, _ in window.marked]
    line = {
        "evaluation": "mie",
        "data": str(args.file),
        "n": len(dialogues),
        "windows": sum(map(len, dialogues)),
        "labels": len(labels),
        "unmapped": sorted(set(labels) - mapped.keys()),
        "marked": len(marked),
        "marked_unmapped": sum(label not in mapped for label in marked),
        "extractor": name,
        "knowledge": knowledge.bundle.digest,
    }
    _print(figures_of(tallies), line, started, drawn="dialogues")
    return 0


_RARER = ("negated", "historical", "other")


def _extractor(args: argparse.Namespace) -> "tuple[Knowledge, Extractor, str]":
    """Return the knowledge, the extractor that is measured, and its name."""
    from assistant.evaluation.extractors import measured
    from assistant.knowledge import Knowledge

    chosen = settings()
    name = args.extractor or chosen.extractor
    knowledge = Knowledge.load(chosen.knowledge_dir, chosen.data_dir)
    return knowledge, measured(name, chosen, knowledge), name


def _show_misses(
    gold: "Sequence[GoldUtterance]", heard: "Sequence[tuple[Heard, ...]]", most: int
) -> None:
    """Print utterances of the tune half with what was marked, beside what was heard."""
    from assistant.evaluation.extraction_matching import matched

    shown = 0
    for one, ours in zip(gold, heard, strict=True):
        pairs = matched(one.mentions, ours)
        right = len(pairs) == len(ours) == len(one.mentions) and all(
            (g.assertion, g.experiencer, g.time) == (o.assertion, o.experiencer, o.time)
            and o.concept in (g.concepts or (None,))
            for g, o in pairs
        )
        if right or one.half != "tune" or shown >= most:
            continue
        shown += 1
        print(f"{one.id} [{one.speaker}] {one.text}")
        for g in one.mentions:
            named = "|".join(g.concepts) or "none"
            print(f"  marked {_words(one, g)!r} {named} {g.assertion} {g.experiencer} {g.time}")
        for o in ours:
            print(f"  heard  {_words(one, o)!r} {o.concept} {o.assertion} {o.experiencer} {o.time}")
        print()


def _words(utterance: "GoldUtterance", place: object) -> str:
    return utterance.text[getattr(place, "start", 0) : getattr(place, "end", 0)]


def _print(
    figures: "Mapping[str, Estimate]",
    line: "Mapping[str, object]",
    started: float,
    drawn: str = "texts",
) -> None:
    """Print the figures with their intervals, and all of it in one last line of JSON."""
    for name, one in figures.items():
        print(f"{name:<36}{one.value:>8.3f}  [{one.low:.3f}, {one.high:.3f}]")
    print()
    whole = {
        **line,
        "figures": {name: one.value for name, one in figures.items()},
        "ci95": {name: [one.low, one.high] for name, one in figures.items()},
        "interval": f"bootstrap over {drawn}, 1000 rounds, seed 0",
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(whole, ensure_ascii=False))
