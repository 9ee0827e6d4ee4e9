"""Routes of serving the networks of extraction, side by side: time, throughput, memory, score.

    python -m benchmarks.extraction_serving            # about four minutes on two quiet cores
    python -m benchmarks.extraction_serving --quick    # times of a quarter of the utterances

Utterances are our own (examples of red flags, the Chinese gold set). On each of them every route is
timed in turn, so that other work on the machine slows all alike. "8 threads" are as many sessions,
each with one utterance at a time: `combined` through the tagger's combiner, `apart` straight to the
runtime. Memory is what a fresh process gains from loading the route and reading 32 utterances.
Agreement is with the 32-bit answers on the same utterances; gold figures are those of the whole
extractor on the tuning halves (English needs the data folder, docs/annotating.md).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation.extraction_figures import figures_of
from assistant.evaluation.extraction_matching import counts, heard_in
from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.linking import Linker
from assistant.extraction.tagger import Read, Tagger, _Asked
from assistant.extraction.transformer import TransformerExtractor
from assistant.knowledge import Knowledge
from assistant.records.terms import Language
from assistant.settings import Settings
from benchmarks.extraction_parts import gold_of, models_dir, percentile, utterances_of
from benchmarks.extraction_routes import PRECISE, ROUTES, SHIPPED, tagger

NETWORKS = {Language.ENGLISH: "extraction-en", Language.CHINESE: "extraction-zh"}
SESSIONS, BATCH = 8, 32
Work = Callable[[Sequence[str]], object]


def clocked(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def one_by_one(works: Mapping[str, Work], texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return p50 and p99 in milliseconds of one utterance, each route in turn on each."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for text in [texts[0], *texts]:
        for name, work in works.items():
            took[name].append(clocked(lambda w=work, t=text: w([t])) * 1000)
    return {
        n: {"p50_ms": percentile(v[1:], 50), "p99_ms": percentile(v[1:], 99)}
        for n, v in took.items()
    }


def batched(works: Mapping[str, Work], texts: Sequence[str]) -> dict[str, float]:
    """Return utterances a second in batches of 32."""
    seconds = dict.fromkeys(works, 0.0)
    for i in range(0, len(texts), BATCH):
        for name, work in works.items():
            seconds[name] += clocked(lambda w=work, i=i: w(texts[i : i + BATCH]))
    return {name: round(len(texts) / value, 1) for name, value in seconds.items()}


def at_once(works: Mapping[str, Work], texts: Sequence[str]) -> dict[str, float]:
    """Return utterances a second of 8 threads, each with one utterance at a time."""

    def all_sessions(work: Work) -> None:
        def session(own: Sequence[str]) -> None:
            for text in own:
                work([text])

        threads = [
            threading.Thread(target=session, args=(texts[i::SESSIONS],)) for i in range(SESSIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return {
        n: round(len(texts) / clocked(lambda w=w: all_sessions(w)), 1) for n, w in works.items()
    }


def apart(network: Tagger) -> Work:
    """Return the reading of texts without the combiner."""

    def work(texts: Sequence[str]) -> list[Read]:
        codes = network._tokenizer.encode_batch(list(texts))
        return network._run([_Asked(t, (), c) for t, c in zip(texts, codes, strict=True)])

    return work


def agreement(ours: Sequence[Read], precise: Sequence[Read]) -> dict[str, float]:
    """Return F1 of the mentions (same offsets), and the share of those with the same assertion."""
    hits = same = whole = 0
    for a, b in zip(ours, precise, strict=True):
        mine = {(m.start, m.end): max(m.assertion, key=m.assertion.__getitem__) for m in a.mentions}
        true = {(m.start, m.end): max(m.assertion, key=m.assertion.__getitem__) for m in b.mentions}
        both = mine.keys() & true.keys()
        hits, whole = hits + len(both), whole + len(mine) + len(true)
        same += sum(mine[span] == true[span] for span in both)
    return {"mention_f1": round(2 * hits / whole, 4), "assertion": round(same / hits, 4), "n": hits}


def memory(route: str, network: str) -> float:
    """Return MB of resident memory that a fresh process gains by the route at its peak."""
    command = [sys.executable, "-m", "benchmarks.extraction_serving", "--memory", route, network]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(told.stdout.splitlines()[-1])


def own_memory(route: str, network: str) -> float:
    """Load a route, read 32 utterances, return the growth of the peak in MB (Linux)."""
    language = Language.CHINESE if network.endswith("zh") else Language.ENGLISH
    words = {"en": "I have had a bad cough since Tuesday", "zh": "我从星期二开始一直咳嗽得厉害"}
    before = _status("VmRSS")
    made = tagger(route, network, models_dir(), 1)
    made.read([words[language.value]] * BATCH)
    return round(_status("VmHWM") - before, 1)


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def networks(texts: Mapping[Language, list[str]], threads: int) -> list[dict[str, Any]]:
    """Return a row for each network and route."""
    rows = []
    for language, some in texts.items():
        taggers = {r: tagger(r, NETWORKS[language], models_dir(), threads) for r in ROUTES}
        works: dict[str, Work] = {r: t.read for r, t in taggers.items()}
        single, many = one_by_one(works, some), batched(works, some)
        combined = at_once(works, some)
        alone = at_once({r: apart(t) for r, t in taggers.items()}, some)
        answers = {r: [t.read([text])[0] for text in some] for r, t in taggers.items()}
        together = taggers[SHIPPED].read(some)
        for r in ROUTES:
            row = {
                "network": NETWORKS[language], "route": r, "threads": threads, "n": len(some),
                **single[r], "batch_32_per_s": many[r], "8_combined_per_s": combined[r],
                "8_apart_per_s": alone[r], "agrees": agreement(answers[r], answers[PRECISE]),
            }  # fmt: skip
            if r == SHIPPED:
                row["agrees_in_batches_with_alone"] = agreement(together, answers[r])
            rows.append(row)
            _show(row)
    return rows


def _show(row: Mapping[str, Any]) -> None:
    agrees = row["agrees"]
    print(
        f"{row['network']:14}{row['route']:15}{row['threads']:>2} thr"
        f"{row['p50_ms']:8.1f}{row['p99_ms']:8.1f} ms{row['batch_32_per_s']:8.1f}/s"
        f"  8 sessions {row['8_combined_per_s']:7.1f} combined {row['8_apart_per_s']:7.1f} apart"
        f"  agrees {agrees['mention_f1']:.3f} {agrees['assertion']:.3f}",
        flush=True,
    )


def scores(
    knowledge: Knowledge, settings: Settings, lexical: LexicalExtractor, data: Path
) -> list[dict[str, Any]]:
    """Return the figures of the whole extractor on gold for each route."""
    extractor = TransformerExtractor(knowledge, None, settings, lexical=lexical)
    rows = []
    for language, gold in gold_of(knowledge, data).items():
        for route in ROUTES[1:]:
            made = tagger(route, NETWORKS[language], models_dir(), 2)
            linker = Linker(knowledge, made, models_dir(), settings.data_dir, language)
            extractor._networks[language] = made, linker
            heard, feared = heard_in([extractor.extract(g.text, language=language) for g in gold])
            pairs = zip(gold, heard, strict=True)
            found = figures_of([counts(g, ours, knowledge, feared) for g, ours in pairs])
            names = ("mention_f1", "concept_accuracy", "assertion_macro_f1", "flipped_polarity")
            told = {n: [found[n].value, found[n].low, found[n].high] for n in names}
            rows.append({"language": language.value, "route": route, "n": len(gold), **told})
            shown = "  ".join(f"{n} {v[0]:.3f} [{v[1]:.3f}-{v[2]:.3f}]" for n, v in told.items())
            print(f"gold {language.value} {route:15}{shown}", flush=True)
    return rows


def whole(
    knowledge: Knowledge,
    settings: Settings,
    lexical: LexicalExtractor,
    texts: Mapping[Language, list[str]],
) -> list[dict[str, Any]]:
    """Return times of the whole extractor, and of the lexicon with its rules alone."""
    rows = []
    for threads in (1, 2):
        own = settings.model_copy(update={"threads": threads})
        extractor = TransformerExtractor(knowledge, None, own, lexical=lexical)
        for language, some in texts.items():
            works: dict[str, Work] = {
                "transformer": lambda ts, x=extractor, c=language: x.extract_all(ts, language=c),
                "lexicon": lambda ts, c=language: [lexical.extract(t, language=c) for t in ts],
            }
            single, many = one_by_one(works, some), batched(works, some)
            for name in works:
                row = {"extractor": name, "language": language.value, "threads": threads}
                row |= {"n": len(some), **single[name], "batch_32_per_s": many[name]}
                rows.append(row)
                print(row, flush=True)
    return rows


def main() -> None:
    """Print the tables, and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="fewer utterances")
    parser.add_argument("--memory", nargs=2, metavar=("ROUTE", "NETWORK"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.memory:
        print(own_memory(*args.memory))
        return
    begun, load = time.perf_counter(), os.getloadavg()[0]
    most = 32 if args.quick else 128
    with tempfile.TemporaryDirectory() as fresh:
        settings = Settings(_env_file=None, data_dir=Path(fresh), threads=2)
        knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
        lexical = LexicalExtractor(knowledge)
        texts = {language: utterances_of(knowledge, language, most) for language in NETWORKS}
        rows = [row for threads in (1, 2) for row in networks(texts, threads)]
        entire = whole(knowledge, settings, lexical, texts)
        gold = scores(knowledge, settings, lexical, args.data)
    used = {f"{n} {r}": memory(r, n) for n in NETWORKS.values() for r in ROUTES}
    print("MB:", used)
    print(json.dumps({
        "benchmark": "extraction_serving", "networks": rows, "extractor": entire, "gold": gold,
        "memory_mb": used, "knowledge": knowledge.bundle.digest,
        "load": [round(load, 1), round(os.getloadavg()[0], 1)], "cpus": os.cpu_count(),
        "seconds": round(time.perf_counter() - begun, 1),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
