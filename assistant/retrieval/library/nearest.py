"""Nearest vectors: one Protocol, a back-end for each size and each device.

    rows < 100 000        flat (exact)
    rows < 1 000 000      HNSW over 8-bit vectors, its candidates scored again with the kept ones
    more                  IVF-PQ, 64 bytes a vector, scored again likewise

With a GPU that answers, the flat index lies there: `faiss-gpu` where that build is installed,
torch otherwise (`torch_exact.py`), on all GPUs that there are. Exact back-ends give the same rows
in the same order, ties by row.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import InvalidInputError
from assistant.models import sha256
from assistant.retrieval.library.ordering import Floats, Rows, in_order

faiss: Any = import_module("faiss")  # it is a SWIG module: its types are of no use
log = logging.getLogger(__name__)

FLAT_BELOW, HNSW_BELOW = 100_000, 1_000_000
MOST_ON_GPU = 2048  # results of one search with faiss-gpu
TRAINED_ON = 200_000  # rows
FEW = 16  # queries that are searched in one thread
SCORED_AGAIN = 10  # candidates of an approximate index for each row that is wanted
DEVICES = ("auto", "cpu", "faiss-gpu", "torch")


@contextmanager
def one_thread(queries: int = 1) -> Iterator[None]:
    """Keep FAISS to the calling thread while it searches `FEW` queries or less.

    Its other threads bring little to one query, and wait for it in a loop: on two cores that other
    work shares, a search took ten times as long with them.
    """
    threads = faiss.omp_get_max_threads()  # of the calling thread, as what is set
    faiss.omp_set_num_threads(1 if queries <= FEW else threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


class Nearest(Protocol):
    """Anything that finds the rows with the greatest inner products."""

    name: str

    def search(
        self, queries: Floats, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Floats, Rows]:
        """Return scores and rows, shape (queries, count), best first; row -1 where none is left."""


class Flat:
    """Exact, on the CPU or on every GPU that faiss-gpu sees."""

    def __init__(self, vectors: NDArray[np.float16], *, gpu: bool = False) -> None:
        self.name = "flat-gpu" if gpu else "flat"
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        for start in range(0, len(vectors), 65_536):
            self._index.add(np.asarray(vectors[start : start + 65_536], dtype=np.float32))
        if gpu:
            several = faiss.GpuMultipleClonerOptions()
            several.shard = True  # a share of the rows to each GPU
            self._index = faiss.index_cpu_to_all_gpus(self._index, several)
        self._gpu, self._vectors = gpu, vectors

    def vectors(self) -> NDArray[np.float16] | Floats:
        """Return the rows; on the CPU in the 32 bits that FAISS holds, so that none is widened."""
        if self._gpu or not self._index.ntotal:
            return self._vectors
        held = faiss.rev_swig_ptr(self._index.get_xb(), self._index.ntotal * self._index.d)
        return np.asarray(held, dtype=np.float32).reshape(self._index.ntotal, self._index.d)

    def search(
        self, queries: Floats, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Floats, Rows]:
        """Search exactly; on a GPU, what is not allowed is taken out of a longer list."""
        count = min(count, self._index.ntotal)
        if count == 0:
            return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        if allowed is None or not self._gpu:
            with one_thread(len(queries)):
                found = self._index.search(queries, count, params=_among(allowed))
            return in_order(*found)
        scores, rows = self._index.search(queries, min(self._index.ntotal, MOST_ON_GPU))
        scores[(rows < 0) | ~allowed[rows]] = -np.inf
        if (np.isfinite(scores).sum(axis=1) < min(count, int(allowed.sum()))).any():
            rows, scores = self._among_few(queries, np.flatnonzero(allowed), count)
        return tuple(part[:, :count] for part in in_order(scores, rows))  # type: ignore[return-value]

    def _among_few(self, queries: Floats, few: Rows, count: int) -> tuple[Rows, Floats]:
        """Score all that is allowed where a GPU's longest list holds too little of it."""
        scores = np.concatenate(
            [
                queries @ self._vectors[few[start : start + 65_536]].astype(np.float32).T
                for start in range(0, len(few), 65_536)
            ],
            axis=1,
        )
        none = ((0, 0), (0, max(0, count - len(few))))  # as FAISS tells that there are no more
        rows = np.pad(np.broadcast_to(few, scores.shape), none, constant_values=-1)
        return rows, np.pad(scores, none, constant_values=-np.inf)


class Approximate:
    """A FAISS index whose candidates are scored again with the kept vectors."""

    def __init__(self, index: Any, vectors: NDArray[np.float16], name: str) -> None:
        self.name, self._index, self._vectors = name, index, vectors

    def search(
        self, queries: Floats, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Floats, Rows]:
        """Search approximately, then order the candidates exactly."""
        wide = min(count * SCORED_AGAIN, self._index.ntotal)
        with one_thread(len(queries)):
            _, candidates = self._index.search(queries, wide, params=self._among(allowed))
        near = self._vectors[np.maximum(candidates, 0)].astype(np.float32)
        scores = np.einsum("qd,qnd->qn", queries, near)
        scores[candidates < 0] = -np.inf
        ordered = in_order(scores, candidates)
        return ordered[0][:, :count], ordered[1][:, :count]

    def _among(self, allowed: NDArray[np.bool_] | None) -> Any:
        if allowed is None:
            return None
        selector = faiss.IDSelectorBatch(np.flatnonzero(allowed))
        if self.name == "hnsw":
            return faiss.SearchParametersHNSW(sel=selector, efSearch=self._index.hnsw.efSearch)
        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)


def _among(allowed: NDArray[np.bool_] | None) -> Any:
    if allowed is None:
        return None
    return faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.flatnonzero(allowed)))


def device_for(wanted: str = "auto") -> str:
    """Return "faiss-gpu", "torch" (on CUDA) or "cpu": what is asked for, or the best that answers.

    Raises InvalidInputError where what is asked for is not there: nothing falls back in silence.
    """
    if wanted not in DEVICES:
        raise InvalidInputError(f"The index device must be one of {', '.join(DEVICES)}.")
    gpus = getattr(faiss, "get_num_gpus", lambda: 0)()
    if wanted == "faiss-gpu" and not gpus:
        raise InvalidInputError(
            "faiss-gpu sees no GPU: install the extra [gpu] and a driver, or set the index "
            "device to auto."
        )
    if wanted != "auto":
        return wanted
    if gpus:
        return "faiss-gpu"
    import torch

    return "torch" if torch.cuda.is_available() else "cpu"


def nearest_of(
    vectors: NDArray[np.float16], folder: Path, device: str = "auto", recall: float = 0.99
) -> Nearest:
    """Return the back-end for these vectors; an approximate one is kept in `folder`."""
    chosen = device_for(device)
    if chosen == "faiss-gpu":
        return Flat(vectors, gpu=True)
    if chosen == "torch" and (on_gpu := _torch(vectors, device)) is not None:
        return on_gpu
    if len(vectors) < FLAT_BELOW:
        return Flat(vectors)
    name = "hnsw" if len(vectors) < HNSW_BELOW else "ivfpq"
    return Approximate(_kept(vectors, folder, name, recall), vectors, name)


def _torch(vectors: NDArray[np.float16], wanted: str) -> Nearest | None:
    """Return torch's index on every CUDA device, or on the CPU where there is none.

    None where "auto" found devices with too little memory; asked for by name, that is an error.
    """
    import torch

    from assistant.retrieval.library.torch_exact import TorchExact, kind_for

    if not torch.cuda.is_available():
        return TorchExact(vectors, ("cpu",), kind="full")
    devices = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    kind = kind_for(len(vectors), vectors.shape[1], devices)
    if kind is not None:
        return TorchExact(vectors, devices, kind=kind)
    told = f"{len(vectors)} passages do not fit into the memory of {len(devices)} GPU"
    if wanted == "torch":
        raise InvalidInputError(f"{told}: set the index device to cpu, or add GPUs.")
    log.warning("%s; they are searched on the CPU", told)
    return None


def _kept(vectors: NDArray[np.float16], folder: Path, name: str, recall: float) -> Any:
    """Return the kept index with later rows added, or build it."""
    file, note = folder / f"{name}.faiss", folder / f"{name}.json"
    if file.is_file() and note.is_file():
        notes = json.loads(note.read_text(encoding="utf-8"))
        if notes["sha256"] == sha256(file):  # FAISS must not read what we did not write
            whole = notes["rows"] == len(vectors)
            mapped = faiss.IO_FLAG_MMAP if name == "ivfpq" else faiss.IO_FLAG_MMAP_IFC
            index = faiss.read_index(str(file), mapped if whole else 0)
            _set(index, notes["effort"])
            if not whole:
                _add(index, vectors, notes["rows"])
                _keep(index, file, note, notes["effort"])
            return index
        log.warning("%s is damaged; it is built again", file.name)
    index = _built(vectors, name)
    effort = tuned(index, vectors, recall)
    _keep(index, file, note, effort)
    return index


def _keep(index: Any, file: Path, note: Path, effort: int) -> None:
    part = file.with_suffix(".part")  # another process may have the old one mapped
    faiss.write_index(index, str(part))
    part.replace(file)
    notes = {"rows": index.ntotal, "effort": effort, "sha256": sha256(file)}
    note.write_text(json.dumps(notes), encoding="utf-8")


def _built(vectors: NDArray[np.float16], name: str) -> Any:
    dimension, sample = vectors.shape[1], TRAINED_ON
    if name == "hnsw":
        index = faiss.IndexHNSWSQ(
            dimension, faiss.ScalarQuantizer.QT_8bit, 32, faiss.METRIC_INNER_PRODUCT
        )
        index.hnsw.efConstruction = 128
    else:
        lists = int(4 * np.sqrt(len(vectors)))
        codes = 64 if dimension % 64 == 0 and dimension > 64 else dimension // 4  # bytes a vector
        # Not by index_factory: it trains an order of codes that nothing here uses, for minutes.
        index = faiss.IndexIVFPQ(
            faiss.IndexFlatIP(dimension), dimension, lists, codes, 8, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter = 10
        sample = max(sample, 40 * lists)
    drawn = np.random.default_rng(0).permutation(len(vectors))[:sample]
    index.train(np.asarray(vectors[np.sort(drawn)], dtype=np.float32))
    _add(index, vectors, 0)
    return index


def _add(index: Any, vectors: NDArray[np.float16], first: int) -> None:
    for start in range(first, len(vectors), 65_536):
        index.add(np.asarray(vectors[start : start + 65_536], dtype=np.float32))


def _set(index: Any, effort: int) -> None:
    if hasattr(index, "nprobe"):
        index.nprobe = effort
    else:
        index.hnsw.efSearch = effort


def tuned(index: Any, vectors: NDArray[np.float16], recall: float, n: int = 200) -> int:
    """Return the least effort (efSearch, nprobe) that finds `recall` of the true ten, and set it.

    Queries are kept vectors with noise as great as between two texts on one matter.
    """
    random = np.random.default_rng(1)
    drawn = np.sort(random.choice(len(vectors), n, replace=False))
    queries = np.asarray(vectors[drawn], dtype=np.float32)
    queries += random.normal(0, 0.5 / np.sqrt(queries.shape[1]), queries.shape).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    truth = exact(queries, vectors, 10)
    approximate = Approximate(index, vectors, "hnsw" if hasattr(index, "hnsw") else "ivfpq")
    effort = 16
    for effort in (16, 32, 64, 128, 256, 512, 1024):
        _set(index, effort)
        _, found = approximate.search(queries, 10)
        hits = sum(
            len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True)
        )
        if hits >= recall * truth.size:
            break
    return effort


def exact(queries: Floats, vectors: NDArray[np.float16], count: int) -> Rows:
    """Return the true nearest rows, a block of vectors at a time."""
    best = np.full((len(queries), count), -np.inf, dtype=np.float32)
    rows = np.full((len(queries), count), -1, dtype=np.int64)
    for start in range(0, len(vectors), 65_536):
        block = np.asarray(vectors[start : start + 65_536], dtype=np.float32)
        scores = np.concatenate([best, queries @ block.T], axis=1)
        names = np.concatenate(
            [
                rows,
                np.broadcast_to(np.arange(start, start + len(block)), (len(queries), len(block))),
            ],
            axis=1,
        )
        top = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        best, rows = np.take_along_axis(scores, top, 1), np.take_along_axis(names, top, 1)
    return in_order(best, rows)[1]
