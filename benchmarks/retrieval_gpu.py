"""Search on a GPU beside the CPU: exact and IVF, at 1, 5 and 10 million vectors of 384 numbers.

    python -m benchmarks.retrieval_gpu --out figures.json

Needs torch and numpy, and nothing of ours but `torch_exact`: it runs on a bare machine. Vectors are
random, unit length, in clusters of 200 that lie in clusters themselves; queries are rows with
noise. What is timed is a whole search, from queries in the memory of the machine to scores and
rows in it; recall is against exact 32-bit scores. One JSON file of figures; progress on standard
error. `flat_int8` keeps its 16-bit vectors in the memory of the machine.

IVF (here alone, not in the assistant) keeps the vectors in 16 bits, ordered by list; a query reads
the lists nearest to it. `--device cpu --millions .02` tries the script where there is no GPU.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant.retrieval.library.torch_exact import TorchExact, greatest

DIMENSION, A_CLUSTER, CLUSTERS, SPREAD, NOISE = 384, 200, 250, 0.9, 0.5
BATCHES = (1, 64, 1024)
QUERIES, TUNING = 1024, 256
RECALL = 0.99
# Bytes a second of the memory, as its maker says, where torch does not tell: H100 SXM5, H200.
NOMINAL = {"H200": 4.8e12, "H100": 3.35e12}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--millions", default="1,5,10", help="sizes (default 1,5,10)")
    parser.add_argument("--budget", type=float, default=110, help="seconds; what is left is named")
    args = parser.parse_args()
    begun = time.perf_counter()
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count() or 1)
    figures: dict[str, Any] = {"benchmark": "retrieval_gpu", **_machine(args.device), "sizes": []}
    for millions in map(float, args.millions.split(",")):
        if time.perf_counter() - begun > args.budget - 20:
            figures.setdefault("left_out", []).append(f"{millions} million: no time")
            continue
        try:
            one = _Size(int(millions * 1e6), args.device, figures["copy_bytes_per_second"]).run(
                args.budget - (time.perf_counter() - begun)
            )
        except torch.OutOfMemoryError as error:
            one = {"rows": int(millions * 1e6), "error": str(error)[:200]}
        figures["sizes"].append(one)
        figures["seconds"] = round(time.perf_counter() - begun, 1)
        args.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures))


class _Size:
    """Everything that is measured at one size."""

    def __init__(self, rows: int, device: str, copy: float) -> None:
        self.rows, self.device, self.copy = rows, device, copy
        self.begun = time.perf_counter()
        self.done: dict[str, Any] = {"rows": rows, "dimension": DIMENSION}

    def run(self, budget: float) -> dict[str, Any]:
        drawn = time.perf_counter()
        vectors = clustered(self.rows, self.device)
        asked = queries(vectors, QUERIES + TUNING, seed=1)
        truth = exact(asked, vectors)
        self.done["drawn_seconds"] = round(time.perf_counter() - drawn, 1)
        asked_cpu, truth_cpu = asked.cpu().numpy(), truth.cpu().numpy()
        self.asked, self.truth = asked_cpu[:QUERIES], truth_cpu[:QUERIES]
        gpu = not self.device.startswith("cpu")
        self.done["ways_of_one"] = self._ways(vectors) if gpu else {}
        self._try("flat_half", partial(TorchExact, vectors, (self.device,), kind="half"))
        tuning = asked_cpu[QUERIES:], truth_cpu[QUERIES:]
        self._try("ivf_half", partial(self._ivf, vectors, *tuning))
        kept = vectors.cpu()
        del vectors
        if gpu:
            torch.cuda.empty_cache()
        self._try("flat_int8", partial(TorchExact, kept, (self.device,), kind="int8"))
        if gpu:
            self._cpu(kept, budget)
        return self.done

    def _try(self, name: str, build: Callable[[], Any]) -> None:
        """Measure an index; what a device cannot do is written down, and the rest goes on."""
        begun = time.perf_counter()
        try:
            index = build()
            notes = getattr(index, "notes", {})
            self._measure(name, index, built_seconds=round(time.perf_counter() - begun, 1), **notes)
        except RuntimeError as error:
            self._say(name, {"error": str(error)[:300]})

    def _ways(self, vectors: torch.Tensor) -> dict[str, float]:
        """Milliseconds of the product alone, one query: as a vector, padded to 8, to 16."""
        rows = min(len(vectors), (2**31 - 1) // DIMENSION // 64 * 64)
        some = vectors[:rows]
        one = torch.from_numpy(self.asked[:16].copy()).to(self.device).half()
        ways = {
            "vector": lambda: some @ one[0],
            "matrix_1": lambda: one[:1] @ some.T,
            "matrix_8": lambda: one[:8] @ some.T,
            "matrix_16": lambda: one[:16] @ some.T,
        }
        found: dict[str, float] = {"rows": rows}
        for name, way in ways.items():
            found[name] = round(1e3 * _median(way, self.device, 0.2)[0], 3)
        return found

    def _measure(
        self, name: str, index: Any, most: float = 0.8, judged: int = QUERIES, **notes: Any
    ) -> None:
        """Queries a second at each batch, recall@10, memory and share of the bandwidth."""
        on = getattr(index, "device", self.device)
        found: dict[str, Any] = {"index_bytes": index.bytes, **notes}
        if not on.startswith("cpu"):
            torch.cuda.reset_peak_memory_stats()
        for batch in BATCHES:
            asked = self.asked[:batch]
            first = time.perf_counter()
            index.search(asked, 10)
            _wait(on)
            once = time.perf_counter() - first
            if once > 3 * most:
                found[f"batch_{batch}"] = {"once_s": round(once, 2), "qps": round(batch / once, 1)}
                continue
            seconds, ninety_nine, n = _median(lambda a=asked: index.search(a, 10), on, most)
            found[f"batch_{batch}"] = {
                "qps": round(batch / seconds, 1),
                "ms_p50": round(1e3 * seconds, 3),
                "ms_p99": round(1e3 * ninety_nine, 3),
                "n": n,
            }
            read = getattr(index, "read", index.bytes)
            if batch == 1 and self.copy and not on.startswith("cpu"):
                found["read_bytes_per_second_batch_1"] = round(read / seconds)
                found["share_of_copy_batch_1"] = round(read / seconds / self.copy, 3)
        if not on.startswith("cpu"):
            found["peak_bytes"] = torch.cuda.max_memory_allocated()
        _, rows = index.search(self.asked[:judged], 10)
        truth = self.truth[:judged]
        found["recall@10"] = round(recall(rows, truth), 5)
        found["same_ten"] = round(float((np.sort(rows) == np.sort(truth)).all(1).mean()), 5)
        found["n"] = len(rows)
        self._say(name, found)

    def _ivf(self, vectors: torch.Tensor, asked: Any, truth: Any) -> "TorchIVF":
        """Build it, and take the fewest lists that reach the recall on queries of their own."""
        index = TorchIVF(vectors, lists=max(16, int(4 * self.rows**0.5) // 16 * 16))
        for probes in (8, 16, 32, 64, 128, 256):
            index.probes = min(probes, index.lists)
            if recall(index.search(asked, 10)[1], truth) >= RECALL:
                break
        index.notes = {"lists": index.lists, "probes": index.probes}
        return index

    def _cpu(self, vectors: torch.Tensor, budget: float) -> None:
        """The same search in 32 bits on the processor."""
        left = budget - (time.perf_counter() - self.begun)
        wanted = 3 * 2 * DIMENSION * self.rows
        if left < 15 or _memory() < wanted:
            self._say("cpu_full", {"left_out": f"{left:.0f} s left, {_memory() >> 30} GB free"})
            return
        index = TorchExact(vectors, ("cpu",), kind="full")
        index.device = "cpu"  # type: ignore[attr-defined]
        self._measure("cpu_full", index, judged=128, threads=torch.get_num_threads())

    def _say(self, name: str, found: dict[str, Any]) -> None:
        self.done[name] = found
        print(f"{self.rows} {name}: {json.dumps(found)}", file=sys.stderr, flush=True)


class TorchIVF:
    """Inverted lists in 16 bits: k-means on a sample, then every row beside its nearest centre."""

    def __init__(self, vectors: torch.Tensor, lists: int, rounds: int = 8) -> None:
        self.lists, self.probes, self.device = lists, 8, str(vectors.device)
        self.notes: dict[str, int] = {}
        self._centres = _centres(vectors, lists, rounds)
        place = _nearest(vectors, self._centres)
        self._order = torch.argsort(place, stable=True)
        sizes = torch.bincount(place, minlength=lists)
        self._sizes, self._starts = sizes, torch.cumsum(sizes, 0) - sizes
        self._vectors = vectors[self._order]
        self.bytes = self._vectors.nbytes + self._order.nbytes + self._centres.nbytes

    @property
    def read(self) -> float:
        """Bytes that one query reads: the centres and, on average, its lists."""
        mean = len(self._vectors) / self.lists * self.probes
        return self._centres.nbytes + 2 * DIMENSION * mean

    def search(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        asked = torch.from_numpy(queries).to(self.device)
        probed = (asked.half() @ self._centres.T).topk(self.probes, dim=1).indices
        step = max(1, int(3e8 // (DIMENSION * self.probes * len(self._vectors) / self.lists)))
        parts = [
            self._some(asked[s : s + step], probed[s : s + step], count)
            for s in range(0, len(asked), step)
        ]
        scores, rows = (torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True))
        return scores, rows

    def _some(
        self, asked: torch.Tensor, probed: torch.Tensor, count: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        sizes, starts = self._sizes[probed], self._starts[probed]
        ends = sizes.cumsum(1)
        longest = int(ends[:, -1].max())
        at = torch.arange(longest, device=self.device).expand(len(asked), -1).contiguous()
        which = torch.searchsorted(ends, at, right=True).clamp_max(self.probes - 1)
        place = starts.gather(1, which) + at - (ends - sizes).gather(1, which)
        outside = at >= ends[:, -1:]
        place = place.masked_fill(outside, 0)
        near = self._vectors[place]
        scores = torch.bmm(near, asked.half()[:, :, None])[:, :, 0].masked_fill(outside, -torch.inf)
        _, best = greatest(scores, 4 * count)
        rows = place.gather(1, best)
        exact = torch.einsum("qd,qnd->qn", asked, self._vectors[rows].float())
        exact = exact.masked_fill(outside.gather(1, best), -torch.inf)
        top = exact.topk(count, dim=1)
        return top.values, self._order[rows.gather(1, top.indices)]


def clustered(rows: int, device: str) -> torch.Tensor:
    """Return unit vectors in 16 bits, shape (rows, 384), about 200 around each of many centres."""
    random = torch.Generator(device).manual_seed(0)

    def around(centres: torch.Tensor, count: int) -> torch.Tensor:
        of = torch.randint(len(centres), (count,), generator=random, device=device)
        noise = torch.randn((count, DIMENSION), generator=random, device=device)
        return torch.nn.functional.normalize(centres[of] + noise * SPREAD / DIMENSION**0.5)

    groups = -(-rows // (A_CLUSTER * CLUSTERS))
    matters = torch.randn((groups, DIMENSION), generator=random, device=device)
    centres = around(torch.nn.functional.normalize(matters), -(-rows // A_CLUSTER))
    made = torch.empty((rows, DIMENSION), dtype=torch.float16, device=device)
    for start in range(0, rows, 500_000):
        part = made[start : start + 500_000]
        part.copy_(around(centres, len(part)))
    return made


def queries(vectors: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """Return rows with noise, unit length, 32 bits."""
    random = torch.Generator(vectors.device).manual_seed(seed)
    drawn = torch.randint(len(vectors), (count,), generator=random, device=vectors.device)
    noise = torch.randn((count, DIMENSION), generator=random, device=vectors.device)
    return torch.nn.functional.normalize(vectors[drawn].float() + noise * NOISE / DIMENSION**0.5)


def exact(asked: torch.Tensor, vectors: torch.Tensor, count: int = 10) -> torch.Tensor:
    """Return the true rows by products in 32 bits, a block at a time."""
    torch.backends.cuda.matmul.allow_tf32 = False
    best = torch.full((len(asked), count), -torch.inf, device=asked.device)
    rows = torch.zeros((len(asked), count), dtype=torch.int64, device=asked.device)
    for start in range(0, len(vectors), 262_144):
        scores = asked @ vectors[start : start + 262_144].float().T
        values, places = greatest(scores, min(count, scores.shape[1]))
        both = torch.cat([best, values], dim=1)
        best, chosen = both.topk(count, dim=1)
        rows = torch.cat([rows, places + start], dim=1).gather(1, chosen)
    return rows


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of the true rows that were found."""
    hits = sum(len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True))
    return hits / truth.size


def _centres(vectors: torch.Tensor, lists: int, rounds: int) -> torch.Tensor:
    random = torch.Generator(vectors.device).manual_seed(2)
    drawn = torch.randint(
        len(vectors), (min(len(vectors), 64 * lists),), generator=random, device=vectors.device
    )
    sample = vectors[drawn]
    centres = sample[:lists].clone()
    for _ in range(rounds):
        place = _nearest(sample, centres)
        sums = torch.zeros((lists, DIMENSION), device=vectors.device)
        sums.index_add_(0, place, sample.float())
        lone = sums.abs().sum(dim=1) == 0
        sums[lone] = sample[: int(lone.sum())].float()
        centres = torch.nn.functional.normalize(sums).half()
    return centres


def _nearest(vectors: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    return torch.cat([(part @ centres.T).argmax(dim=1) for part in vectors.split(32_768)])


def _median(call: Callable[[], object], device: str, most: float) -> tuple[float, float, int]:
    """Return median, 99th percentile and number of runs in about `most` seconds."""
    for _ in range(2):
        call()
    _wait(device)
    seconds: list[float] = []
    begun = time.perf_counter()
    while len(seconds) < 5 or (time.perf_counter() - begun < most and len(seconds) < 500):
        started = time.perf_counter()
        call()
        _wait(device)
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds)), float(np.percentile(seconds, 99)), len(seconds)


def _wait(device: str) -> None:
    if not device.startswith("cpu"):
        torch.cuda.synchronize()


def _machine(device: str) -> dict[str, Any]:
    """Name the machine, and measure how fast its memory copies."""
    shown: dict[str, Any] = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "cpu_cores": os.cpu_count(),
        "device": device,
        "copy_bytes_per_second": 0.0,
    }
    if device.startswith("cpu"):
        return shown
    about = torch.cuda.get_device_properties(device)
    named = next((speed for name, speed in NOMINAL.items() if name in about.name), None)
    source = torch.empty(1 << 31, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    seconds, _, _ = _median(partial(target.copy_, source), device, 0.3)
    del source, target
    torch.cuda.empty_cache()
    return shown | {
        "gpu": about.name,
        "gpus": torch.cuda.device_count(),
        "gpu_bytes": about.total_memory,
        "nominal_bytes_per_second": named,
        "copy_bytes_per_second": 2 * (1 << 31) / seconds,
    }


def _memory() -> int:
    """Return the free bytes of the machine (Linux)."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) << 10


if __name__ == "__main__":
    main()
