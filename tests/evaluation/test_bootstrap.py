"""Intervals and tests that are known from elsewhere come out the same."""

import doctest
from math import sqrt

import numpy as np
import pytest

from assistant.evaluation import bootstrap
from assistant.evaluation.bootstrap import (
    estimates,
    f1,
    macro_f1,
    mcnemar,
    micro_f1,
    precision,
    ratio,
    recall,
)


def share(sums):
    return ratio(sums["right"], sums["n"])


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(bootstrap).failed == 0


def test_interval_of_a_share_is_near_the_normal_one():
    """400 cases, 300 right: 0.75 ± 1.96 * sqrt(0.75 * 0.25 / 400)."""
    counts = [{"right": float(i < 300), "n": 1.0} for i in range(400)]
    one = estimates(counts, {"accuracy": share})["accuracy"]
    half = 1.96 * sqrt(0.75 * 0.25 / 400)
    assert one.value == 0.75
    assert one.low == pytest.approx(0.75 - half, abs=0.008)
    assert one.high == pytest.approx(0.75 + half, abs=0.008)


def test_texts_are_drawn_and_not_mentions():
    """Ten mentions of one text are one case: its interval is wider than that of ten texts."""
    apart = [{"right": float(i % 2), "n": 1.0} for i in range(100)]
    together = [{"right": 10.0 * (i % 2), "n": 10.0} for i in range(10)]
    wide, narrow = (estimates(c, {"a": share})["a"] for c in (together, apart))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_the_seed_decides():
    counts = [{"right": float(i % 3 == 0), "n": 1.0} for i in range(50)]
    assert estimates(counts, {"a": share}) == estimates(counts, {"a": share}, seed=0)
    other = estimates(counts, {"a": share}, seed=1, rounds=50)
    assert other != estimates(counts, {"a": share}, seed=2, rounds=50)


def test_a_figure_over_nothing_is_left_out_and_no_text_is_an_error():
    assert estimates([{"n": 0.0}], {"a": share, "b": lambda s: share(s)}) == {}
    with pytest.raises(ValueError, match="at least one text"):
        estimates([], {"a": share})


def test_means_of_classes():
    """a: 2 of 3 and 2 of 4 give F1 4/7; b: 1; c is true of nothing and said of nothing."""
    row = {"a.hit": 2, "a.ours": 3, "a.gold": 4, "b.hit": 1, "b.ours": 1, "b.gold": 1}
    row |= {"c.hit": 0, "c.ours": 0, "c.gold": 0}
    figures = {
        "precision": precision("a"),
        "recall": recall("a"),
        "f1": f1("a"),
        "micro": micro_f1("abc"),
        "macro": macro_f1("abc"),
    }
    found = {name: one.value for name, one in estimates([row], figures).items()}
    expected = {"precision": 2 / 3, "recall": 1 / 2, "f1": 4 / 7, "micro": 6 / 9, "macro": 11 / 14}
    assert found == pytest.approx(expected, abs=6e-5)


def test_mcnemar_exact():
    """10 against 2: 2 * (1 + 12 + 66) / 2**12."""
    first = [True] * 10 + [False] * 2 + [True] * 30 + [False] * 5
    second = [False] * 10 + [True] * 2 + [True] * 30 + [False] * 5
    b, c, p = mcnemar(first, second)
    assert (b, c, p) == (10, 2, pytest.approx(158 / 4096))
    assert mcnemar(second, first)[2] == p
    assert mcnemar([True, False], [True, False]) == (0, 0, 1.0)
    with pytest.raises(ValueError, match="shorter"):
        mcnemar([True], [])


def test_an_unknown_count_is_nothing():
    assert np.array_equal(bootstrap.Sums({}, np.zeros((3, 0)))["none"], np.zeros(3))
