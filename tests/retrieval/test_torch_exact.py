"""Torch's exact search: the ten of FAISS Flat, whatever is on whichever device."""

import numpy as np
import pytest
import torch

from assistant.errors import InvalidInputError
from assistant.retrieval.library import nearest, torch_exact
from assistant.retrieval.library.nearest import Flat, exact, nearest_of
from assistant.retrieval.library.torch_exact import TorchExact, greatest, kind_for

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU; none answers")
DEVICES = [
    pytest.param(("cpu",), id="cpu"),
    pytest.param(("cpu", "cpu", "cpu"), id="three-shares-on-a-cpu"),
    pytest.param(("cuda:0",), id="gpu", marks=GPU),
    pytest.param(("cuda:0", "cuda:0"), id="two-shares-on-a-gpu", marks=GPU),
]


@pytest.fixture(scope="module")
def vectors():
    """Clusters so tight that 16-bit scores cannot tell their rows apart."""
    random = np.random.default_rng(3)
    centres = random.normal(size=(20, 64))
    drawn = centres[random.integers(0, 20, 20_003)] + random.normal(0, 0.1, (20_003, 64))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def queries(vectors):
    noise = np.random.default_rng(4).normal(0, 0.02, (33, 64))
    found = (vectors[:33].astype(np.float32) + noise).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Several blocks, so that joining them is tested."""
    monkeypatch.setattr(torch_exact, "SCORES", 1 << 18)
    monkeypatch.setattr(torch_exact, "QUERIES", 20)


@pytest.mark.parametrize("devices", DEVICES)
@pytest.mark.parametrize("kind", ["half", "full"])
@pytest.mark.parametrize("part", [None, 0.3, 0.0002])
def test_same_ten_as_faiss_flat(vectors, queries, devices, kind, part):
    allowed = None if part is None else np.random.default_rng(5).random(len(vectors)) < part
    index = TorchExact(vectors, devices, kind=kind)

    scores, rows = index.search(queries, 10, allowed)
    truth_scores, truth = Flat(vectors).search(queries, 10, allowed)

    assert np.array_equal(rows, truth)
    there = truth >= 0
    assert np.allclose(scores[there], truth_scores[there], atol=1e-4)


@pytest.mark.parametrize("devices", DEVICES)
def test_eight_bits_find_nearly_all_of_the_ten(vectors, queries, devices):
    index = TorchExact(vectors, devices, kind="int8")

    _, rows = index.search(queries, 10)
    truth = exact(queries, vectors, 10)

    hits = sum(len(set(a) & set(b)) for a, b in zip(rows.tolist(), truth.tolist(), strict=True))
    assert hits >= 0.99 * truth.size
    assert index.bytes < 0.6 * TorchExact(vectors, devices).bytes


def test_candidates_are_widened_until_none_can_be_missing(queries, monkeypatch):
    """With candidates taken from 16-bit scores alone, the ten would be others."""
    near = queries[:1] + np.random.default_rng(6).normal(0, 4e-3, (3000, 64))
    close = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float16)
    truth = exact(queries[:1], close, 10)

    assert np.array_equal(TorchExact(close, ("cpu",)).search(queries[:1], 10)[1], truth)
    monkeypatch.setitem(torch_exact.ERRORS, "half", -1.0)
    monkeypatch.setattr(torch_exact, "MARGIN", -8)
    assert not np.array_equal(TorchExact(close, ("cpu",)).search(queries[:1], 10)[1], truth)


def test_rows_that_are_all_alike_are_named_in_their_order(queries):
    same = np.tile(queries[:1], (700, 1)).astype(np.float16)

    _, rows = TorchExact(same, ("cpu",)).search(queries[:1], 5)

    assert rows.tolist() == [[0, 1, 2, 3, 4]]


def test_padding_of_queries_changes_nothing(vectors, queries):
    one = TorchExact(vectors, ("cpu",), kind="full", least_batch=8)

    assert np.array_equal(one.search(queries[:3], 10)[1], exact(queries[:3], vectors, 10))


def test_nothing_to_search_gives_nothing(queries):
    empty = TorchExact(np.empty((0, 64), np.float16), ("cpu",))

    assert empty.search(queries, 10)[1].shape == (33, 0)
    few = TorchExact(queries.astype(np.float16), ("cpu",))
    assert few.search(queries[:0], 4)[1].shape == (0, 4)


@pytest.mark.parametrize("length", [100, 5000, 40_000, 40_001])
def test_greatest_are_those_of_a_sort(length):
    scores = torch.from_numpy(np.random.default_rng(length).normal(size=(3, length)))

    values, places = greatest(scores, 7)

    assert torch.equal(values.sort(descending=True).values, scores.topk(7).values)
    assert torch.equal(scores.gather(1, places), values)


def test_kind_follows_the_memory_of_the_gpu(monkeypatch, vectors, tmp_path, caplog):
    """What does not fit is searched on the CPU with a warning, or refused where it was demanded."""
    monkeypatch.setattr(torch_exact, "SCORES", 0)
    free = {"bytes": 0}
    monkeypatch.setattr(torch_exact, "room", lambda device: free["bytes"])
    needed = 2 * len(vectors) * 64
    for free["bytes"], kind in ((2 * needed, "half"), (needed, "int8"), (needed // 4, None)):
        assert kind_for(len(vectors), 64, ["cuda:0"]) == kind
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)

    assert nearest_of(vectors, tmp_path, "auto").name == "flat"
    assert "do not fit" in caplog.text
    with pytest.raises(InvalidInputError, match="set the index device to cpu"):
        nearest_of(vectors, tmp_path, "torch")


@GPU
def test_gpu_takes_the_index_where_it_answers(vectors, queries, tmp_path):
    index = nearest_of(vectors, tmp_path, "auto")

    assert index.name.startswith(("torch-half", "flat-gpu"))
    assert np.array_equal(index.search(queries, 10)[1], exact(queries, vectors, 10))


def test_faiss_gpu_gives_the_same_ten(vectors, queries):
    if not getattr(nearest.faiss, "get_num_gpus", lambda: 0)():
        pytest.skip("needs faiss-gpu and an NVIDIA GPU; this FAISS sees none")

    assert np.array_equal(
        Flat(vectors, gpu=True).search(queries, 10)[1], exact(queries, vectors, 10)
    )
