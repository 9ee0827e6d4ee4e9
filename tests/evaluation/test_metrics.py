"""The metrics are right where the answer can be worked out by hand, and refuse to count nothing."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation import ddxplus_figures, metrics, names, triage_metrics
from assistant.evaluation.metrics import (
    expected_calibration_error,
    top_k_accuracy,
    wilson,
)
from assistant.evaluation.triage_metrics import (
    Care,
    care_of,
    emergency_recall,
    inclination_to_overtriage,
    over_triage,
    safety_of_advice,
    self_care_recall,
    triage_accuracy,
    under_triage,
)
from assistant.records.terms import Urgency

E, C, S = Care.EMERGENCY, Care.CONSULT, Care.SELF_CARE
CARE = st.sampled_from(list(Care))


@pytest.mark.parametrize("module", [metrics, triage_metrics, names, ddxplus_figures])
def test_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_wilson_interval_of_none_and_all_stays_within_bounds():
    """The plain normal interval would say [100 %, 100 %] for 10 of 10."""
    assert wilson(10, 10).low == pytest.approx(0.7225, abs=1e-4)
    assert wilson(10, 10).high == 1.0
    assert wilson(0, 10).low == 0.0
    assert wilson(0, 10).high == pytest.approx(0.2775, abs=1e-4)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_share_of_nothing_is_refused(hits, n):
    with pytest.raises(ValueError, match="at least one case"):
        wilson(hits, n)


@given(st.integers(1, 500), st.data())
def test_interval_holds_its_value(n, data):
    share = wilson(data.draw(st.integers(0, n)), n)
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_truth_that_is_not_listed_is_a_miss():
    assert top_k_accuracy([1, 2, None, 4], 3).value == 0.5
    assert top_k_accuracy([None], 10).value == 0.0


def test_calibration_error_is_the_gap_between_belief_and_truth():
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0.0
    assert expected_calibration_error([0.8] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="at least one"):
        expected_calibration_error([], [])


@pytest.mark.parametrize(
    ("level", "care"),
    [
        (Urgency.EMERGENCY_AMBULANCE, E),
        (Urgency.EMERGENCY, E),
        (Urgency.CONSULTATION_24H, C),
        (Urgency.CONSULTATION, C),
        (Urgency.SELF_CARE, S),
    ],
)
def test_five_levels_make_three_classes(level, care):
    assert care_of(level) is care


def test_triage_figures_of_five_cases():
    """Two right, two too urgent, one too late."""
    advised, reference = [E, E, C, S, C], [E, C, S, S, E]
    assert triage_accuracy(advised, reference).hits == 2
    assert over_triage(advised, reference).hits == 2
    assert under_triage(advised, reference).hits == 1
    assert safety_of_advice(advised, reference).hits == 4
    assert emergency_recall(advised, reference)[:2] == (1, 2)
    assert self_care_recall(advised, reference)[:2] == (1, 2)
    assert inclination_to_overtriage(advised, reference)[:2] == (2, 3)


def test_figures_over_no_such_case_are_left_out():
    assert emergency_recall([C], [S]) is None
    assert self_care_recall([C], [E]) is None
    assert inclination_to_overtriage([C], [C]) is None


@given(st.lists(st.tuples(CARE, CARE), min_size=1, max_size=30))
def test_right_too_late_and_too_urgent_make_the_whole(pairs):
    advised, reference = zip(*pairs, strict=True)
    parts = [m(advised, reference).hits for m in (triage_accuracy, under_triage, over_triage)]
    assert sum(parts) == len(pairs)
    assert safety_of_advice(advised, reference).hits == len(pairs) - parts[1]


def test_lists_of_different_length_are_refused():
    with pytest.raises(ValueError, match="zip"):
        triage_accuracy([E], [E, C])
