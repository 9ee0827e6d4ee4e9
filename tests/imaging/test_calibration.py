"""Probabilities that mean what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.imaging.calibration import Calibration, brier, expected_calibration_error, fit


def _overconfident(n=4000, factor=4.0, shift=0.0):
    """Return scores that are `factor` times too large, and labels drawn from the true odds."""
    dice = np.random.default_rng(0)
    true = dice.normal(0, 1.2, (n, 3))
    odds = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = np.array([dice.choice(3, p=p) for p in odds])
    return true * factor + np.array([shift, 0, 0]), labels


def _ece(probabilities, labels):
    best = probabilities.argmax(1)
    return expected_calibration_error(probabilities.max(1), best == labels)


def test_temperature_is_found():
    scores, labels = _overconfident()
    found = fit(scores, labels)
    assert found.temperature == pytest.approx(4.0, rel=0.15)
    assert _ece(Calibration().probabilities(scores), labels) > 0.2
    assert _ece(found.probabilities(scores), labels) < 0.03


def test_shift_corrects_a_label_that_is_said_too_often():
    """X-ray models call healthy children ill: a temperature alone cannot mend that."""
    scores, labels = _overconfident(factor=1.0, shift=2.0)
    plain, shifted = fit(scores, labels), fit(scores, labels, shifts=True)
    assert shifted.shift[0] == pytest.approx(-2.0 * 2 / 3, abs=0.35)
    assert _ece(shifted.probabilities(scores), labels) < _ece(plain.probabilities(scores), labels)


@given(st.floats(0.05, 20), st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_temperature_never_changes_the_order(temperature, scores):
    found = Calibration(temperature).probabilities(np.array(scores))
    assert found.sum() == pytest.approx(1)
    order = np.argsort(scores, kind="stable")
    assert (np.diff(found[order]) >= -1e-12).all()


def test_huge_scores_stay_finite():
    assert np.isfinite(Calibration(0.05).probabilities(np.array([1e30, -1e30]))).all()


def test_nothing_to_measure_is_an_error():
    """Calibration over no pictures is not perfect calibration."""
    none = np.empty((0, 2))
    for measure in (fit, brier):
        with pytest.raises(ValueError, match="at least one"):
            measure(none, np.empty(0, dtype=int))
    with pytest.raises(ValueError, match="at least one"):
        expected_calibration_error(np.empty(0), np.empty(0, dtype=bool))


def test_brier_of_a_wrong_certainty_is_two():
    assert brier(np.array([[1.0, 0.0]]), np.array([1])) == 2.0
    assert brier(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 1])) == 0.25


def test_error_is_weighted_by_bin():
    probabilities = np.array([0.9] * 8 + [0.1] * 2)
    right = np.array([True] * 4 + [False] * 6)
    assert expected_calibration_error(probabilities, right) == pytest.approx(0.8 * 0.4 + 0.2 * 0.1)
