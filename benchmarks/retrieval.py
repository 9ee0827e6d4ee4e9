"""How well, how fast and how large: everything that docs/retrieval.md measures on a CPU.

    python -m benchmarks.retrieval quality  [--medquad DIR --index DIR]
    python -m benchmarks.retrieval encoders [--medquad DIR --index DIR]
    python -m benchmarks.retrieval speed    [--medquad DIR --index DIR] [--threads 2]
    python -m benchmarks.retrieval times --medquad DIR --index DIR --out FILE   (5 quiet minutes)
    python -m benchmarks.retrieval all --medquad DIR --index DIR --out FILE   (7 quiet minutes)

`times` is speed with one thread and with two, and the encoders.

`--medquad` is the folder of its archives, `--index` is made of it with
`anamnesis index add DIR --corpus medquad --without-questions --index DIR`. Without them, only our
own passages are searched. One JSON line a row; nDCG, recall and MRR at 10, with bootstrap
intervals. What is timed is a whole search with its embedding; the encoder is warm except in `cold`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.assembly import build_encoder, build_matters, build_reranker
from assistant.encoding import ENCODERS, Encoder
from assistant.errors import AssistantError
from assistant.evaluation.retrieval import evaluate, passages_of
from assistant.knowledge import Knowledge
from assistant.minilm_graph import SAFE_PEAK
from assistant.minilm_int8 import MiniLMInt8
from assistant.records.terms import Language
from assistant.retrieval import Query
from assistant.retrieval.faiss import FaissRetriever
from assistant.retrieval.lexical import LexicalRetriever
from assistant.retrieval.library import nearest
from assistant.retrieval.library.searching import Library, Looking, Reranker
from assistant.settings import Settings
from benchmarks.e5_encoder import QUERY, E5Encoder
from benchmarks.retrieval_sets import Judged, consumer, lay, medquad, templated
from benchmarks.static_encoder import StaticEncoder

SAMPLE = 1200  # passages that encoders are compared on
ENCODER_NAMES = (
    "minilm",
    "minilm-int8",
    "minilm-int8, 7 bits",
    "minilm-int8, 192 pieces",
    "minilm-int8, 128 pieces",
    "e5-small-int8",
    "static",
)
FULL = 96  # passages of 256 word pieces
SHORT = 25  # words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("all", "times", "quality", "encoders", "speed", "cold"))
    parser.add_argument("--medquad", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--encoder", action="append", help="of `encoders`: only this one")
    parser.add_argument("--query", default="What is gout?", help="of `cold`")
    parser.add_argument("--out", type=Path, help="also write the rows here")
    args = parser.parse_args()
    runs = [(args.what, args.threads)]
    if args.what in ("all", "times"):
        runs = [("speed", 1), ("speed", 2), ("encoders", 2)]
        runs += [("quality", 2)] if args.what == "all" else []
    parts = {"quality": _quality, "encoders": _encoders, "speed": _speed, "cold": _cold}
    for what, args.threads in runs:
        nearest.faiss.omp_set_num_threads(args.threads)
        for row in parts[what](args, Settings(_env_file=None, threads=args.threads)):
            line = json.dumps({"benchmark": f"retrieval {what}", "load": _load(), **row})
            print(line, flush=True)
            if args.out:
                with args.out.open("a", encoding="utf-8") as stream:
                    stream.write(line + "\n")


def _quality(args: argparse.Namespace, settings: Settings) -> Iterator[dict[str, Any]]:
    """Every method on every set, on the half that weights were tuned on and the one held out."""
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    encoder = _encoder(settings)
    own = _own(settings, knowledge, encoder)
    for language in Language:
        for method in ("dense", "lexical", "fused"):
            find = partial(_own_ids, own, language, method)
            yield from _figures(f"lay {language.value}", method, lay(language.value), find)
    if args.index is None or args.medquad is None:
        return
    library = Library(args.index, encoder, "cpu")
    matters = build_matters(settings, knowledge, encoder)
    reranker = build_reranker(settings)
    for name, questions in _medquad_sets(args.medquad, library):
        for method in ("dense", "lexical", "rrf", "fused, no knowledge", "fused"):
            find = partial(_library_ids, library, method, matters if method == "fused" else None)
            yield from _figures(name, method, questions, find)
        if reranker is not None:
            find = partial(_library_ids, library, "fused", matters, reranker=reranker)
            yield from _figures(name, "reranked", questions, find)


def _encoders(args: argparse.Namespace, settings: Settings) -> Iterator[dict[str, Any]]:
    """The same passages through each encoder: what is lost, and how many go through a second."""
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    texts, names, sets = _sample(args, settings, knowledge)
    short = [f.name.en for f in knowledge.findings.values()][:600]
    full = [" ".join(texts[n : n + 4]) for n in range(FULL)]  # cut by the encoder
    for name in args.encoder or ENCODER_NAMES:
        try:
            encoder = _named(name, settings)
        except AssistantError as error:
            yield {"encoder": name, "left_out": str(error)}
            continue
        encoder.encode(short[:5])
        vectors, rate = _rate(encoder, texts)
        row = {
            "encoder": name,
            "threads": args.threads,
            "passages": len(texts),
            "words_a_passage": round(float(np.mean([len(t.split()) for t in texts])), 1),
            "passages_per_second": round(rate, 1),
            "full_passages_per_second": round(_rate(encoder, full)[1], 1),
            "short_sentences_per_second": round(_rate(encoder, short)[1], 1),
        }
        for label, questions in sets:
            given = {"prefix": QUERY} if isinstance(encoder, E5Encoder) else {}
            asked = encoder.encode([q.text for q in questions], **given)
            best = np.argsort(-(asked @ vectors.T), axis=1)[:, :60]
            found = {
                q.text: passages_of([names[r] for r in rows])
                for q, rows in zip(questions, best, strict=True)
            }
            row |= {label: _evaluated(questions, found.__getitem__)}
        yield row


def _speed(args: argparse.Namespace, settings: Settings) -> Iterator[dict[str, Any]]:
    """Latency of whole searches, sizes, the rate of building, and the first query of a process."""
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    encoder = _encoder(settings)
    own = _own(settings, knowledge, encoder)
    asked = [q.text for q in lay("en")]
    yield {"what": "own passages", "threads": args.threads, **_timed(
        lambda text: own.ranked(Query(text=text), 10), asked
    )}  # fmt: skip
    begun = time.perf_counter()
    LexicalRetriever(knowledge)
    yield {"what": "own words indexed", "seconds": round(time.perf_counter() - begun, 2)}
    if args.index is None or args.medquad is None:
        return
    library = Library(args.index, encoder, "cpu")
    matters = build_matters(settings, knowledge, encoder)
    size = sum(f.stat().st_size for f in args.index.rglob("*") if f.is_file())
    sets = dict(_medquad_sets(args.medquad, library))
    for method in ("dense", "lexical", "rrf", "fused"):
        for name in ("consumer short", "consumer long"):
            about = matters if method == "fused" else None
            find = partial(_search, library, method, about)
            figures = _timed(find, [q.text for q in sets[name]])
            yield {"what": f"medquad, {method}, {name}", "threads": args.threads, **figures}
    yield {"what": "medquad index", "passages": len(library), "bytes": size}
    command = [sys.executable, "-m", "benchmarks.retrieval", "cold", "--index", str(args.index)]
    for _ in range(3):
        begun = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        yield {**json.loads(done.stdout), "process_seconds": round(time.perf_counter() - begun, 2)}


def _cold(args: argparse.Namespace, settings: Settings) -> Iterator[dict[str, Any]]:
    """Open an index in a fresh process and answer one query."""
    begun = time.perf_counter()
    library = Library(args.index, _encoder(settings), "cpu")
    opened = time.perf_counter()
    library.search(args.query, 10)
    yield {
        "what": "cold",
        "open_seconds": round(opened - begun, 2),
        "first_query_ms": round(1e3 * (time.perf_counter() - opened), 1),
    }


def _figures(
    name: str, method: str, questions: list[Judged], find: Callable[[str], Sequence[str]]
) -> Iterator[dict[str, Any]]:
    for half, chosen in (("tuned", False), ("held out", True)):
        part = [q for q in questions if q.held is chosen]
        yield {"set": name, "half": half, "method": method, **_evaluated(part, find)}


def _evaluated(
    questions: Sequence[Judged], find: Callable[[str], Sequence[str]]
) -> dict[str, object]:
    figures = evaluate({q.id: q.text for q in questions}, {q.id: q.grades for q in questions}, find)
    return {"n": figures.n, **figures.as_json()}


def _timed(find: Callable[[str], object], asked: list[str]) -> dict[str, float]:
    for text in asked[:5]:
        find(text)
    seconds = []
    for text in asked * max(1, 300 // len(asked)):
        begun = time.perf_counter()
        find(text)
        seconds.append(time.perf_counter() - begun)
    middle, late = np.percentile(seconds, [50, 99])
    return {"n": len(seconds), "ms_p50": round(1e3 * middle, 2), "ms_p99": round(1e3 * late, 2)}


def _own(settings: Settings, knowledge: Knowledge, encoder: Encoder) -> FaissRetriever:
    models = settings.knowledge_dir / "models"
    return FaissRetriever(knowledge, encoder, settings.data_dir, models=models)


def _own_ids(own: FaissRetriever, language: Language, method: str, text: str) -> list[str]:
    return own.ids(own.ranked(Query(text=text, language=language), 10, method))


def _library_ids(
    library: Library, method: str, matters: Any, text: str, reranker: Reranker | None = None
) -> list[str]:
    about = None if matters is None else partial(matters.of, text)
    looking = Looking(method=method.split(",")[0], about=about, reranker=reranker)
    rows = [row for row, _ in library.ranked(text, 60, looking)]
    names = library.index.catalogue.names(rows)
    return passages_of([names[row] for row in rows])


def _search(library: Library, method: str, matters: Any, text: str) -> None:
    about = None if matters is None else partial(matters.of, text)
    library.search(text, 10, Looking(method=method, about=about))


def _rate(encoder: Encoder, texts: list[str]) -> tuple[NDArray[np.float32], float]:
    """Return the vectors, and how many texts went through a second."""
    begun = time.perf_counter()
    vectors = encoder.encode(texts)
    return vectors, len(texts) / (time.perf_counter() - begun)


def _medquad_sets(folder: Path, library: Library) -> list[tuple[str, list[Judged]]]:
    """Return the sets, with the grades of passages that the index holds."""
    about = medquad(folder)
    kept = {name.split("#")[0] for name in library.index.catalogue.ids()}
    about = {name: what for name, what in about.items() if name in kept}
    return [
        ("consumer long", consumer(about, True)),
        ("consumer short", consumer(about, False)),
        ("templated long", templated(about, True)),
        ("templated short", templated(about, False)),
    ]


def _sample(
    args: argparse.Namespace, settings: Settings, knowledge: Knowledge
) -> tuple[list[str], list[list[str]], list[tuple[str, list[Judged]]]]:
    """Return texts, their names and questions: of MedQuAD, all that is judged and some more."""
    if args.index is None or args.medquad is None:
        own = _own(settings, knowledge, _encoder(settings))
        texts = own.texts()
        names = [[name] for name in own.ids([(row, 0.0) for row in range(len(texts))])]
        return texts, names, [("lay en", lay("en"))]
    library = Library(args.index, _encoder(settings), "cpu")
    sets = [
        (name, [q for q in questions if q.held])
        for name, questions in _medquad_sets(args.medquad, library)[:2]
    ]
    wanted = {name for _, questions in sets for q in questions for name in q.grades}
    total = library.index.catalogue.rows()
    named = library.index.catalogue.names(range(total))
    named = {row: names for row, names in named.items() if "#" not in names[0]}
    judged = [r for r, names in named.items() if {n.split("#")[0] for n in names} & wanted]
    others = np.random.default_rng(0).permutation(sorted(named.keys() - set(judged)))
    rows = sorted([*judged[:SAMPLE], *others[: max(0, SAMPLE - len(judged))].tolist()])
    texts = library.index.catalogue.texts(0, total)
    return [f"{texts[r][0]}. {texts[r][1]}" for r in rows], [named[r] for r in rows], sets


def _load() -> float:
    """Return how busy the machine is (load of a minute); above 1, times are upper bounds."""
    return round(os.getloadavg()[0], 1)


def _encoder(settings: Settings) -> Encoder:
    encoder = build_encoder(settings)
    if encoder is None:
        raise SystemExit("This benchmark needs an encoder: ANAMNESIS_ENCODER=minilm-int8.")
    return encoder


def _named(name: str, settings: Settings) -> Encoder:
    models = settings.knowledge_dir / "models"
    if name == "static":
        return StaticEncoder(models)
    if name == "e5-small-int8":
        return E5Encoder(models, settings.threads)
    name, _, variant = name.partition(", ")
    if variant:
        amount, what = variant.split()
        given = {"peak": SAFE_PEAK} if what == "bits" else {"pieces": int(amount)}
        return MiniLMInt8(models, threads=settings.threads, **given)
    return ENCODERS.create(name, models=models, threads=settings.threads, path=None)


if __name__ == "__main__":
    main()
