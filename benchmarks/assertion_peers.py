"""Assertion of given words: medspaCy ConText, negspacy, our lexicon and our network, side by side.

`python -m benchmarks.assertion_peers --python PEERS [--negex FILE.jsonl] [--gold GOLD.jsonl]`

PEERS is the Python of an environment with the peers (docs/extraction.md, "Against peers", says how
to make it). Every system is told which words are meant and says what its kind can say of them; all
run one after the other on the same two cores, a text at a time. Prints a table for each set and one
last line of JSON: F1 with bootstrap intervals, McNemar's exact test of each pair on "denied or
not", and texts a second.
"""

import argparse
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.errors import InvalidInputError
from assistant.evaluation.bootstrap import (
    Estimate,
    Figure,
    estimates,
    f1,
    macro_f1,
    mcnemar,
    micro_f1,
    precision,
    recall,
)
from assistant.evaluation.extraction_gold import read_gold
from assistant.evaluation.extractors import measured
from assistant.evaluation.negex import read_rows
from assistant.extraction import Extractor
from assistant.knowledge import Knowledge
from assistant.records.extraction import Heard
from assistant.records.terms import Language
from assistant.settings import current

WORKER = Path(__file__).with_name("assertion_peers_worker.py")
NOTIONS = ("absent", "possible", "hypothetical", "relative", "past")
Said = Mapping[str, bool]  # a notion that the system has -> whether it holds


@dataclass(frozen=True, slots=True)
class Item:
    """A text, the words in it that are meant, and what is true of each."""

    text: str
    spans: tuple[tuple[int, int], ...]
    truths: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one system said of every span of every item, and how long it took."""

    said: list[list[Said]]
    seconds: float
    versions: Mapping[str, str]


def negex_items(text: str) -> list[Item]:
    """Return the rows of a NegEx file whose concept stands in the sentence."""
    return [
        Item(
            row.sentence,
            (row.span,),
            (
                {
                    "absent": row.polarity == "negated",
                    "relative": row.experiencer == "other",
                    "past": row.temporality == "historical",
                },
            ),
        )
        for row in read_rows(text)
        if row.span is not None
    ]


def gold_items(text: str, data: Path, knowledge: Knowledge, half: str) -> list[Item]:
    """Return the English utterances of a gold set in which something is marked."""
    return [
        Item(
            one.text,
            tuple((m.start, m.end) for m in one.mentions),
            tuple(_notions(m.assertion, m.experiencer, m.time) for m in one.mentions),
        )
        for one in read_gold(text, data, knowledge.findings, half)
        if one.mentions and one.language is Language.ENGLISH
    ]


def _notions(assertion: str, experiencer: str, when: str) -> Said:
    said = {name: assertion == name for name in ("absent", "possible", "hypothetical")}
    return {**said, "relative": experiencer == "relative", "past": when == "past"}


def ours(extractor: Extractor, items: Sequence[Item]) -> Run:
    """Ask one of our extractors; the first text, asked twice, is not timed the first time."""

    def ask(item: Item) -> list[Said]:
        heard: list[Heard] = [
            extractor.asserted(item.text, start, end, Language.ENGLISH) for start, end in item.spans
        ]
        return [_notions(h.assertion, h.experiencer, h.time) for h in heard]

    ask(items[0])
    begun = time.perf_counter()
    said = [ask(item) for item in items]
    return Run(said, time.perf_counter() - begun, {})


def peer(python: Path, arguments: Sequence[str], items: Sequence[Item]) -> Run:
    """Ask a peer, in its own environment; InvalidInputError where that does not work."""
    rows = "\n".join(json.dumps({"text": i.text, "spans": i.spans}) for i in items)
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(python), str(WORKER), *arguments],
        input=rows,
        capture_output=True,
        text=True,
        env=clean,
        check=False,
    )
    if done.returncode != 0:
        raise InvalidInputError(
            f"{arguments[0]} did not run ({done.stderr.strip().splitlines()[-1:]}): make its "
            'environment as docs/extraction.md says under "Against peers".'
        )
    *answers, last = map(json.loads, done.stdout.splitlines())
    if [len(a) for a in answers] != [len(i.spans) for i in items]:
        raise InvalidInputError(f"{arguments[0]} did not answer for every span.")
    return Run(answers, last["seconds"], last["versions"])


def counts(item: Item, said: Sequence[Said]) -> Counter[str]:
    """Return hits, truths and answers of each notion; of denial, also of its opposite."""
    tally: Counter[str] = Counter()
    for truth, answer in zip(item.truths, said, strict=True):
        pairs = {name: (truth[name], answer[name]) for name in truth if name in answer}
        pairs["not_absent"] = (not truth["absent"], not answer["absent"])
        for name, (true, given) in pairs.items():
            tally[f"{name}.gold"] += true
            tally[f"{name}.ours"] += given
            tally[f"{name}.hit"] += true and given
    return tally


def figures_of(items: Sequence[Item], run: Run) -> tuple[dict[str, Estimate], list[str]]:
    """Return the figures of one system, and the notions that it has a word for."""
    known = [n for n in NOTIONS if n in items[0].truths[0] and n in run.said[0][0]]
    figures: dict[str, Figure] = {
        "absent_precision": precision("absent"),
        "absent_recall": recall("absent"),
        **{f"{name}_f1": f1(name) for name in known},
        "micro_f1": micro_f1(known),
        "macro_f1": macro_f1(known),
        "polarity_micro_f1": micro_f1(("absent", "not_absent")),
        "polarity_macro_f1": macro_f1(("absent", "not_absent")),
    }
    tallies = [counts(item, said) for item, said in zip(items, run.said, strict=True)]
    return estimates(tallies, figures), known


def right(items: Sequence[Item], run: Run) -> list[bool]:
    """Return for each span whether "denied or not" was answered rightly."""
    return [
        truth["absent"] == answer["absent"]
        for item, said in zip(items, run.said, strict=True)
        for truth, answer in zip(item.truths, said, strict=True)
    ]


def compare(name: str, items: Sequence[Item], systems: Mapping[str, "System"]) -> dict[str, object]:
    """Run every system on one set, print the table and return its part of the last line."""
    runs = {system: ask(items) for system, ask in systems.items()}
    rows: dict[str, object] = {}
    print(f"\n{name}: {len(items)} texts, {sum(len(i.spans) for i in items)} mentions")
    for system, run in runs.items():
        figures, known = figures_of(items, run)
        speed = round(len(items) / run.seconds, 1)
        rows[system] = {
            "figures": {n: e.value for n, e in figures.items()},
            "ci95": {n: [e.low, e.high] for n, e in figures.items()},
            "notions": known,
            "texts_per_second": speed,
            "versions": dict(run.versions),
        }
        print(f"\n{system}  ({speed} texts/s)")
        for figure, e in figures.items():
            print(f"  {figure:<22}{e.value:>7.3f}  [{e.low:.3f}, {e.high:.3f}]")
    tests = _tests(items, runs)
    truths = [truth for item in items for truth in item.truths]
    return {
        "texts": len(items),
        "mentions": len(truths),
        "counts": {n: sum(t[n] for t in truths) for n in NOTIONS if n in truths[0]},
        "systems": rows,
        "mcnemar": tests,
    }


System = Callable[[Sequence[Item]], Run]


def _tests(items: Sequence[Item], runs: Mapping[str, Run]) -> list[dict[str, object]]:
    answers = {system: right(items, run) for system, run in runs.items()}
    names = list(answers)
    tests: list[dict[str, object]] = []
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            b, c, p = mcnemar(answers[first], answers[second])
            tests.append(
                {"first": first, "second": second, "only_first": b, "only_second": c, "p": p}
            )
            print(f"  McNemar {first} | {second}: only one right {b} | {c}, p = {p:.2g}")
    return tests


def systems_of(args: argparse.Namespace, knowledge: Knowledge) -> dict[str, System]:
    """Return every system by name; nothing is left out where a part is missing."""
    chosen = current().model_copy(update={"threads": args.threads})
    lexicon, network = (measured(n, chosen, knowledge) for n in ("lexicon", "transformer"))
    systems: dict[str, System] = {
        "lexicon": partial(ours, lexicon),
        "transformer": partial(ours, network),
        "medspacy": partial(peer, args.python, ["medspacy"]),
    }
    for setting in args.negspacy:
        termset, _, prefixes = setting.partition(":")
        words = [word for word in prefixes.split(",") if word]
        arguments = ["negspacy", "--termset", termset]
        arguments += [part for word in words for part in ("--chunk-prefix", word)]
        systems[f"negspacy {setting}"] = partial(peer, args.python, arguments)
    return systems


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", type=Path, required=True, help="of the peers' environment")
    parser.add_argument("--negex", type=Path, action="append", default=[])
    parser.add_argument("--gold", type=Path, action="append", default=[])
    parser.add_argument("--half", choices=("tune", "test", "all"), default="test")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--negspacy",
        action="append",
        metavar="TERMSET[:PREFIX,…]",
        help="settings of negspacy; default: en_clinical (its own), en (its best on negex_dev)",
    )
    parser.add_argument("--threads", type=int, default=2, help="of our network (default 2)")
    args = parser.parse_args()
    args.negspacy = args.negspacy or ["en_clinical", "en"]
    if hasattr(os, "sched_setaffinity"):  # children inherit it
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    knowledge = Knowledge.load(current().knowledge_dir, current().data_dir)
    sets = {str(f): negex_items(f.read_text(encoding="utf-8")) for f in args.negex}
    for f in args.gold:
        sets[f"{f} ({args.half})"] = gold_items(
            f.read_text(encoding="utf-8"), args.data, knowledge, args.half
        )
    systems = systems_of(args, knowledge)
    if not sets or not all(sets.values()):
        parser.error("name files with --negex and --gold that hold something for this --half")
    results = {name: compare(name, items, systems) for name, items in sets.items()}
    line = {
        "benchmark": "assertion_peers",
        "sets": results,
        "knowledge": knowledge.bundle.digest,
        "interval": "bootstrap over texts, 1000 rounds, seed 0",
        "threads": args.threads,
        "load": [round(x, 2) for x in os.getloadavg()],
    }
    print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
