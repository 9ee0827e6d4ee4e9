"""Whatever device answers, the ten nearest are the same."""

import numpy as np
import pytest

from assistant.errors import InvalidInputError
from assistant.retrieval.library import nearest
from assistant.retrieval.library.nearest import Flat, device_for, exact, nearest_of
from assistant.retrieval.library.torch_exact import TorchExact


@pytest.fixture(scope="module")
def vectors():
    nearest.faiss.omp_set_num_threads(1)
    drawn = np.random.default_rng(3).normal(size=(2000, 64)).astype(np.float32)
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def queries(vectors):
    noise = np.random.default_rng(4).normal(0, 0.05, (50, 64))
    found = vectors[:50].astype(np.float32) + noise.astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("part", [None, 0.3])
def test_torch_and_faiss_give_the_same_ten(vectors, queries, part):
    allowed = None if part is None else np.random.default_rng(5).random(len(vectors)) < part

    _, by_faiss = Flat(vectors).search(queries, 10, allowed)
    _, by_torch = TorchExact(vectors, ("cpu",), kind="full").search(queries, 10, allowed)

    assert np.array_equal(by_faiss, by_torch)
    if allowed is None:
        assert np.array_equal(by_faiss, exact(queries, vectors, 10))
    else:
        assert allowed[by_faiss].all()


@pytest.mark.parametrize("part", [0.5, 0.01, 0.004])
def test_filter_on_a_gpu_finds_what_one_on_the_cpu_does(vectors, queries, part, monkeypatch):
    """faiss-gpu knows no filter: what it lists is sifted, and few are scored by themselves."""
    monkeypatch.setattr(nearest, "MOST_ON_GPU", 200)
    allowed = np.random.default_rng(8).random(len(vectors)) < part
    sifting = Flat(vectors)
    sifting._gpu = True  # the index itself stays on the CPU

    found = sifting.search(queries, 5, allowed)
    truth = Flat(vectors).search(queries, 5, allowed)

    assert np.array_equal(found[1], truth[1])


def test_ties_are_in_the_order_of_rows(queries):
    same = np.tile(queries[:1], (6, 1)).astype(np.float16)

    for index in (Flat(same), TorchExact(same, ("cpu",), kind="full")):
        assert index.search(queries[:1], 6)[1].tolist() == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.parametrize("name", ["hnsw", "ivfpq"])
def test_approximate_indexes_reach_their_recall_and_are_kept(
    vectors, queries, name, tmp_path, monkeypatch
):
    monkeypatch.setattr(nearest, "FLAT_BELOW", 100)
    monkeypatch.setattr(nearest, "HNSW_BELOW", 100 if name == "ivfpq" else 10**6)
    built = nearest_of(vectors[:1800], tmp_path, "cpu")
    grown = nearest_of(vectors, tmp_path, "cpu")  # 200 rows are added to the kept one
    again = nearest_of(vectors, tmp_path, "cpu")

    _, truth = Flat(vectors).search(queries, 10)
    for index in (grown, again):
        _, found = index.search(queries, 10)
        hits = sum(
            len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True)
        )
        assert built.name == index.name == name
        assert hits >= 0.97 * truth.size


def test_damaged_index_is_built_again(vectors, queries, tmp_path, monkeypatch):
    """FAISS must never read a file that is not the one that was written."""
    monkeypatch.setattr(nearest, "FLAT_BELOW", 100)
    first = nearest_of(vectors, tmp_path, "cpu").search(queries, 10)[1]
    (tmp_path / "hnsw.faiss").write_bytes(b"not an index")

    assert np.array_equal(nearest_of(vectors, tmp_path, "cpu").search(queries, 10)[1], first)


def test_device_that_is_not_there_is_an_error_not_a_silence():
    assert device_for("cpu") == "cpu"
    assert device_for("torch") == "torch"
    assert device_for("auto") in ("cpu", "torch", "faiss-gpu")
    with pytest.raises(InvalidInputError, match="auto, cpu"):
        device_for("tpu")
    if device_for("auto") != "faiss-gpu":
        with pytest.raises(InvalidInputError, match="sees no GPU"):
            device_for("faiss-gpu")


@pytest.mark.parametrize(("queries", "expected"), [(1, 1), (nearest.FEW + 1, 3)])
def test_few_queries_keep_to_one_thread_and_leave_the_setting_alone(queries, expected):
    before = nearest.faiss.omp_get_max_threads()
    nearest.faiss.omp_set_num_threads(3)
    try:
        with nearest.one_thread(queries):
            assert nearest.faiss.omp_get_max_threads() == expected
        assert nearest.faiss.omp_get_max_threads() == 3
    finally:
        nearest.faiss.omp_set_num_threads(before)


def test_a_flat_index_lends_its_rows(vectors):
    assert np.array_equal(Flat(vectors).vectors(), vectors.astype(np.float32))
    assert Flat(vectors[:0]).vectors().shape == (0, 64)
