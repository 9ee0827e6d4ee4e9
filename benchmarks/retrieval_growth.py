"""How an index grows, from 10 000 to a million vectors and more, on this machine.

    python -m benchmarks.retrieval_growth [--sizes 10000,100000,300000,1000000] [--folder DIR]

For each size: which index is chosen, seconds to build and to open it, bytes on the disk, bytes that
a process must hold, recall@10 against exact search, and the latency of one query (embedding not
counted). Vectors are those of retrieval_gpu.py: random, unit length, clusters in clusters; the
queries that are judged are not those that the effort was tuned on. One JSON line a size.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from assistant.retrieval.library import nearest
from assistant.retrieval.library.nearest import exact, nearest_of
from benchmarks.retrieval_gpu import DIMENSION, clustered, queries

QUERIES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,300000,1000000")
    parser.add_argument("--index", choices=("flat", "hnsw", "ivfpq"), help="instead of by size")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where indexes are kept (default: removed)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    nearest.faiss.omp_set_num_threads(args.threads)
    if args.index:  # the bounds between which this one is chosen
        nearest.FLAT_BELOW = 1 << 40 if args.index == "flat" else 0
        nearest.HNSW_BELOW = 1 << 40 if args.index == "hnsw" else 0
    for size in map(int, args.sizes.split(",")):
        folder = args.folder or Path(tempfile.mkdtemp(prefix="growth-"))
        print(
            json.dumps(_measured(size, folder / str(size)) | {"threads": args.threads}), flush=True
        )
        if not args.folder:
            shutil.rmtree(folder)


def _measured(size: int, folder: Path) -> dict[str, object]:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = clustered(size, "cpu")
    asked = queries(drawn, QUERIES, seed=9).numpy()
    file = folder / "vectors.f16"
    file.write_bytes(drawn.numpy().tobytes())
    del drawn
    vectors = np.memmap(file, np.float16, "r", shape=(size, DIMENSION))
    begun = time.perf_counter()
    nearest_of(vectors, folder, "cpu")
    built = time.perf_counter() - begun
    before = _resident()
    begun = time.perf_counter()
    index = nearest_of(vectors, folder, "cpu")
    opened = time.perf_counter() - begun
    seconds = []
    found = []
    for one in asked:
        begun = time.perf_counter()
        found.append(index.search(one[None], 10)[1][0])
        seconds.append(time.perf_counter() - begun)
    held = _resident() - before
    truth = exact(asked, vectors, 10)
    each = [len(set(a) & set(b)) / 10 for a, b in zip(found, truth.tolist(), strict=True)]
    drawn_again = np.random.default_rng(0).integers(0, QUERIES, (1000, QUERIES))
    low, high = np.percentile(np.array(each)[drawn_again].mean(axis=1), [2.5, 97.5])
    note = folder / f"{index.name}.json"
    kept = folder / f"{index.name}.faiss"
    return {
        "benchmark": "retrieval_growth",
        "vectors": size,
        "index": index.name,
        "effort": json.loads(note.read_text())["effort"] if note.is_file() else None,
        "build_seconds": round(built, 1),
        "open_seconds": round(opened, 3),
        "index_bytes": kept.stat().st_size if kept.is_file() else file.stat().st_size,
        "resident_bytes_more": max(0, held),
        "n": QUERIES,
        "recall@10": round(float(np.mean(each)), 4),
        "recall@10_ci95": [round(float(low), 4), round(float(high), 4)],
        "ms_p50": round(1e3 * float(np.median(seconds)), 2),
        "ms_p99": round(1e3 * float(np.percentile(seconds, 99)), 2),
    }


def _resident() -> int:
    """Return the bytes of this process that are not files (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) << 10


if __name__ == "__main__":
    main()
