"""Exact search on GPUs, with torch alone: the second route where there is no faiss-gpu.

    half   16-bit products find candidates, 32-bit ones order them; a bound on the error of the
           first proves that no candidate is missing, or more are taken: the ten of FAISS Flat
    int8   half the memory and half the reading; candidates likewise ordered with the 16-bit
           vectors, which stay in the memory of the machine. Its recall is measured, not proven
    full   32 bits, for a CPU

Rows are shared among several devices. Only torch and numpy are needed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

from assistant.retrieval.library.ordering import Floats, Rows, in_order

GROUP = 64  # rows whose greatest score stands for them while candidates are looked for
QUERIES = 1024  # searched at a time
SCORES = 1 << 28  # scores held at a time on a device
LARGEST = 2**31 - 1  # numbers in one matrix
MARGIN = 44  # candidates beyond twice the count
MOST = 4096  # candidates of a query; where more than these tie, any of them may be named
# Greatest error of a product of unit vectors, sums in 32 bits: both sides rounded to 11 bits
# (2 · 2⁻¹²) and the result (2⁻¹²), with room for the order of adding.
ERRORS = {"half": 1e-3, "full": 1e-5}
KINDS = ("half", "int8", "full")


class TorchExact:
    """The rows with the greatest inner products among unit vectors."""

    def __init__(
        self,
        vectors: NDArray[np.float16] | torch.Tensor,
        devices: Sequence[str] = ("cuda:0",),
        *,
        kind: str = "half",
        least_batch: int = 1,
    ) -> None:
        """Put `vectors`, shape (rows, dimension), 16 bits, on the devices, a share on each.

        `least_batch`: queries are padded to so many, where a product of matrices is faster than
        one with a vector. Raises ValueError for a kind that is none of `KINDS`.
        """
        if kind not in KINDS:
            raise ValueError(f"the kind of vectors must be one of {', '.join(KINDS)}")
        self.name = f"torch-{kind}-{len(devices)}x{devices[0].split(':')[0]}"
        self._rows, self._least = len(vectors), least_batch
        share = -(-self._rows // len(devices)) or 1
        make = _Int8 if kind == "int8" else _Plain
        self._shards = [
            make(vectors[start : start + share], start, device, kind)
            for start, device in zip(range(0, self._rows, share), devices, strict=False)
        ]
        # Sums of 16-bit products are otherwise allowed to be 16 bits wide, beyond our bound.
        torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False

    def __len__(self) -> int:
        return self._rows

    @property
    def bytes(self) -> int:
        """Return the bytes that the vectors take on the devices."""
        return sum(shard.bytes for shard in self._shards)

    def search(
        self, queries: Floats, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Floats, Rows]:
        """Return scores and rows, shape (queries, count), best first; -1 where none is left."""
        count = min(count, self._rows)
        if not len(queries) or count == 0:
            shape = (len(queries), count)
            return np.empty(shape, np.float32), np.empty(shape, np.int64)
        parts = [
            self._of_all(queries[start : start + QUERIES], count, allowed)
            for start in range(0, len(queries), QUERIES)
        ]
        scores, rows = (np.concatenate(part) for part in zip(*parts, strict=True))
        return scores, rows

    def _of_all(
        self, queries: Floats, count: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Floats, Rows]:
        """Ask every device before the first answer is awaited; join what they found."""
        asked = np.zeros((max(len(queries), self._least), queries.shape[1]), dtype=np.float32)
        asked[: len(queries)] = queries
        masks = [
            None if allowed is None else allowed[shard.first : shard.first + len(shard)]
            for shard in self._shards
        ]
        begun = [
            shard.nearest(asked, len(queries), count, mask)
            for shard, mask in zip(self._shards, masks, strict=True)
        ]
        done = [
            shard.surely(asked, len(queries), count, mask, *found)
            for shard, mask, found in zip(self._shards, masks, begun, strict=True)
        ]
        scores = np.concatenate([scores for scores, _ in done], axis=1)
        rows = np.concatenate([rows for _, rows in done], axis=1)
        ordered = in_order(scores, rows)
        return ordered[0][:, :count], ordered[1][:, :count]


class _Plain:
    """A share of the rows on one device, in 16 or 32 bits."""

    def __init__(
        self, vectors: NDArray[np.float16] | torch.Tensor, first: int, device: str, kind: str
    ) -> None:
        self.first, self._device = first, device
        dtype = torch.float16 if kind == "half" else torch.float32
        self._error: float | None = ERRORS[kind]
        self._vectors = _moved(vectors, device, dtype)

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def bytes(self) -> int:
        return self._vectors.nbytes

    def nearest(
        self, asked: Floats, real: int, count: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return exact scores, rows and the least approximate score of the candidates."""
        return self._candidates(asked, real, min(len(self), 2 * count + MARGIN), allowed)

    def surely(
        self,
        asked: Floats,
        real: int,
        count: int,
        allowed: NDArray[np.bool_] | None,
        scores: torch.Tensor,
        rows: torch.Tensor,
        least: torch.Tensor,
    ) -> tuple[Floats, Rows]:
        """Return scores and rows; look again, wider, while a row left out might belong in."""
        wide = rows.shape[1]
        while self._error is not None and wide < min(len(self), MOST):
            sure = scores.topk(min(count, wide), dim=1).values[:, -1] > least + self._error
            if bool((sure | least.isneginf()).all()):
                break
            wide = min(4 * wide, len(self), MOST)
            scores, rows, least = self._candidates(asked, real, wide, allowed)
        return scores.cpu().numpy(), rows.cpu().numpy() + self.first

    def _candidates(
        self, asked: Floats, real: int, wide: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        exact = torch.from_numpy(asked).to(self._device)
        query = self._put(exact)
        # Some products address fewer than 2³¹ numbers.
        block = min(SCORES // max(32, len(asked)), LARGEST // exact.shape[1]) // GROUP * GROUP
        mask = None if allowed is None else torch.from_numpy(~allowed).to(self._device)
        found: list[tuple[torch.Tensor, torch.Tensor]] = []
        for start in range(0, len(self), block):
            scores = self._products(query, real, start, min(len(self), start + block))
            if mask is not None:
                scores = scores.masked_fill(mask[start : start + scores.shape[1]], -torch.inf)
            best, rows = greatest(scores, wide)
            found.append((best, rows + start))
        best, rows = found[0]
        if len(found) > 1:
            best = torch.cat([b for b, _ in found], dim=1)
            best, place = best.topk(min(wide, best.shape[1]), dim=1, sorted=False)
            rows = torch.cat([r for _, r in found], dim=1).gather(1, place)
        again = self._rescored(exact[:real], rows)
        return again.masked_fill(best.isneginf(), -torch.inf), rows, best.amin(dim=1).float()

    def _put(self, exact: torch.Tensor) -> Any:
        return exact.to(self._vectors.dtype)

    def _products(self, query: Any, real: int, start: int, end: int) -> torch.Tensor:
        return torch.as_tensor(query @ self._vectors[start:end].T)[:real]

    def _rescored(self, exact: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        near = self._vectors[rows].float()
        return torch.einsum("qd,qnd->qn", exact, near)


class _Int8(_Plain):
    """A share of the rows in 8 bits, a scale a row; the 16-bit vectors stay where they were."""

    def __init__(
        self, vectors: NDArray[np.float16] | torch.Tensor, first: int, device: str, kind: str
    ) -> None:
        self.first, self._device, self._exact, self._error = first, device, vectors, None
        rows, dimension = len(vectors), vectors.shape[1]
        padded = -(-rows // 8) * 8  # the integer product takes multiples of eight
        self._length = rows
        self._vectors = torch.zeros((padded, dimension), dtype=torch.int8, device=device)
        self._scales = torch.zeros(padded, dtype=torch.float32, device=device)
        for start in range(0, rows, 1 << 18):
            part = _moved(vectors[start : start + (1 << 18)], device, torch.float32)
            whole, scale = _quantised(part)
            self._vectors[start : start + len(part)] = whole
            self._scales[start : start + len(part)] = scale

    def __len__(self) -> int:
        return self._length

    @property
    def bytes(self) -> int:
        return self._vectors.nbytes + self._scales.nbytes

    def _put(self, exact: torch.Tensor) -> Any:
        wanted = max(32, -(-len(exact) // 8) * 8)  # fewer than 17 queries are not taken
        return _quantised(pad(exact, (0, 0, 0, wanted - len(exact))))

    def _products(self, query: Any, real: int, start: int, end: int) -> torch.Tensor:
        whole, scale = query
        stop = -(-end // 8) * 8
        products = torch._int_mm(whole, self._vectors[start:stop].T)
        scores = products[:real, : end - start] * self._scales[start:end]
        return torch.as_tensor((scores * scale[:real, None]).half())

    def _rescored(self, exact: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        if isinstance(self._exact, torch.Tensor):
            near = self._exact[rows.to(self._exact.device)].to(self._device).float()
        else:
            near = torch.from_numpy(self._exact[rows.cpu().numpy()]).to(self._device).float()
        return torch.einsum("qd,qnd->qn", exact, near)


def greatest(scores: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the `count` greatest of each line and their places, in no order.

    Of groups of neighbours only the greatest are compared first: the greatest k lie in the k
    groups with the greatest tops. So the scores are read once, where a sort reads them often.
    """
    lines, length = scores.shape
    if length <= 4 * count * GROUP:
        found = scores.topk(min(count, length), dim=1, sorted=False)
        return found.values, found.indices
    if length % GROUP:
        scores = pad(scores, (0, -length % GROUP), value=-torch.inf)
    grouped = scores.view(lines, -1, GROUP)
    leading = grouped.amax(dim=2).topk(count, dim=1, sorted=False).indices
    chosen = grouped.gather(1, leading[:, :, None].expand(-1, -1, GROUP)).flatten(1)
    found = chosen.topk(count, dim=1, sorted=False)
    groups = leading.gather(1, found.indices // GROUP)
    return found.values, groups * GROUP + found.indices % GROUP


def room(device: str) -> int:
    """Return the free bytes of a CUDA device."""
    return int(torch.cuda.mem_get_info(device)[0])


def kind_for(rows: int, dimension: int, devices: Sequence[str]) -> str | None:
    """Return the finest kind that fits in the devices with a sixth left over; None: none does."""
    share = -(-rows // len(devices)) * dimension
    free = min(room(device) for device in devices) * 5 // 6 - 4 * SCORES
    if 2 * share <= free:
        return "half"
    return "int8" if share <= free else None


def _moved(
    vectors: NDArray[np.float16] | torch.Tensor, device: str, dtype: torch.dtype
) -> torch.Tensor:
    """Return the vectors on a device, moved in parts: a mapped file is read once, in order."""
    if isinstance(vectors, torch.Tensor):
        return vectors.to(device, dtype)
    there = torch.empty(vectors.shape, dtype=dtype, device=device)
    for start in range(0, len(vectors), 1 << 18):
        part = torch.from_numpy(np.array(vectors[start : start + (1 << 18)]))
        there[start : start + len(part)] = part.to(device, dtype)
    return there


def _quantised(vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    scale = vectors.abs().amax(dim=1).clamp_min(1e-12) / 127.0
    return (vectors / scale[:, None]).round().to(torch.int8), scale
