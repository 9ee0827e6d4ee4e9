"""What a question is worth, in nats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from assistant.dialogue.gain import gains

HALVES = np.array([0.5, 0.5])


def test_a_question_that_decides_between_two_is_worth_their_entropy():
    """One bit, ln 2 nats, about which of two equally likely conditions it is."""
    found = gains(HALVES, np.array([[1.0], [0.0]]), np.array([True, False]))

    assert found.information[0] == pytest.approx(np.log(2), abs=1e-6)
    assert found.danger[0] == pytest.approx(np.log(2), abs=1e-6)
    assert found.p_yes[0] == pytest.approx(0.5)


def test_a_question_with_the_same_answer_everywhere_is_worth_nothing():
    found = gains(HALVES, np.array([[0.7], [0.7]]), np.array([True, False]))

    assert found.information[0] == pytest.approx(0, abs=1e-9)
    assert found.danger[0] == pytest.approx(0, abs=1e-9)


def test_telling_two_harmless_conditions_apart_says_nothing_about_danger():
    """Safety must not be credited for a question between two colds."""
    belief = np.array([0.2, 0.4, 0.4])
    likelihood = np.array([[0.5], [0.9], [0.1]])

    found = gains(belief, likelihood, np.array([True, False, False]))

    assert found.information[0] > 0.1
    assert found.danger[0] == pytest.approx(0, abs=1e-6)


def test_no_dangerous_condition_at_all_gives_no_danger_gain():
    found = gains(HALVES, np.array([[0.9], [0.1]]), np.array([False, False]))

    assert found.danger[0] == pytest.approx(0, abs=1e-6)


@given(
    arrays.arrays(float, 5, elements=st.floats(0.01, 1)),
    arrays.arrays(float, (5, 3), elements=st.floats(0.001, 0.999)),
    arrays.arrays(bool, 5),
)
def test_no_question_loses_information(weights, likelihood, dangerous):
    """A gain lies between nothing and what is not known yet; danger is part of the whole."""
    belief = weights / weights.sum()
    entropy = -(belief * np.log(belief)).sum()

    found = gains(belief, likelihood, dangerous)

    assert (found.information >= -1e-9).all()
    assert (found.information <= min(entropy, np.log(2)) + 1e-9).all()
    assert (found.danger <= found.information + 1e-6).all()
    assert ((found.p_yes > 0) & (found.p_yes < 1)).all()
