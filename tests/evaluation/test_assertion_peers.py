"""The comparison with peers: what is asked of them and how their answers are counted."""

import importlib.util
import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.errors import InvalidInputError

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WORDS = Path(__file__).parent / "data" / "words"
NO = dict.fromkeys(("absent", "possible", "hypothetical", "relative", "past"), False)


def load(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def peers():
    return load("assertion_peers")


@pytest.fixture(scope="module")
def worker():
    return load("assertion_peers_worker")


def test_spans_that_overlap_are_read_in_documents_apart(worker):
    """spaCy refuses entities that overlap; a peer must not lose a mention for that."""
    spans = [(0, 4), (2, 8), (8, 9), (4, 6), (0, 9)]
    found = worker.layers(spans)
    assert sorted(i for layer in found for i in layer) == [0, 1, 2, 3, 4]
    for layer in found:
        ordered = sorted(spans[i] for i in layer)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))
    assert worker.layers([(0, 1), (1, 2)]) == [[0, 1]]


def test_rows_become_questions(peers, knowledge):
    items = peers.negex_items((WORDS / "negex.jsonl").read_text("utf-8"))
    assert [item.truths[0]["absent"] for item in items].count(True) == 2
    text = (WORDS / "gold_en.jsonl").read_text("utf-8")
    gold = peers.gold_items(text, WORDS, knowledge, "all")
    assert sum(len(item.spans) for item in gold) == 14
    assert len(gold) == 8  # nothing is marked in one of nine
    chinese = (WORDS / "gold_zh.jsonl").read_text("utf-8")
    assert peers.gold_items(chinese, WORDS, knowledge, "all") == []


def test_figures_are_those_of_a_hand(peers):
    """A system without a word for the past is not judged by it."""
    truths = ({**NO, "absent": True}, NO, {**NO, "past": True}, {**NO, "absent": True})
    items = [peers.Item("x", ((0, 1),) * 4, truths)]
    full = peers.Run([[{**NO, "absent": True}, NO, NO, NO]], 1.0, {})
    bare = peers.Run([[{"absent": a} for a in (True, True, False, True)]], 1.0, {})
    figures, known = peers.figures_of(items, full)
    assert known == list(NO)
    assert figures["absent_f1"].value == pytest.approx(2 / 3, abs=1e-4)
    assert figures["past_f1"].value == 0
    assert figures["micro_f1"].value == pytest.approx(2 / 4, abs=1e-4)
    assert figures["macro_f1"].value == pytest.approx(1 / 3, abs=1e-4)
    assert figures["polarity_micro_f1"].value == 0.75
    figures, known = peers.figures_of(items, bare)
    assert known == ["absent"]
    assert "past_f1" not in figures
    assert figures["macro_f1"].value == figures["absent_f1"].value == 0.8
    assert peers.right(items, full) == [True, True, True, False]
    assert peers.right(items, bare) == [True, False, True, True]


def test_our_rules_answer_for_every_span(peers, light):
    items = peers.negex_items((WORDS / "negex.jsonl").read_text("utf-8"))
    run = peers.ours(light.extractor, items)
    assert peers.right(items, run) == [True] * 8


def test_an_environment_without_the_peers_says_what_to_do(peers, tmp_path):
    false = tmp_path / "python"
    false.write_text("#!/bin/sh\necho 'no module named medspacy' >&2\nexit 1\n")
    false.chmod(0o755)
    item = peers.Item("No fever", ((3, 8),), (NO,))
    with pytest.raises(InvalidInputError, match="Against peers"):
        peers.peer(false, ["medspacy"], [item])


@pytest.mark.skipif(
    "PEERS_PYTHON" not in os.environ,
    reason="PEERS_PYTHON names no Python with medspaCy and negspacy (docs/extraction.md)",
)
@pytest.mark.parametrize(
    "system", [["medspacy"], ["negspacy", "--termset", "en_clinical", "--chunk-prefix", "no"]]
)
def test_real_peers_hear_a_plain_denial(peers, system):
    text = "He denies chest pain. He has a cough. Possible pneumonia."
    spans = ((10, 20), (10, 15), (31, 36), (47, 56))  # the first two overlap
    item = peers.Item(text, spans, (NO,) * 4)
    run = peers.peer(Path(os.environ["PEERS_PYTHON"]), system, [item])
    assert [answer["absent"] for answer in run.said[0]] == [True, True, False, False]
    if system == ["medspacy"]:
        assert [answer["possible"] for answer in run.said[0]] == [False, False, False, True]
    assert run.seconds > 0
    assert set(run.versions) == {system[0], "spacy"}
