"""Asking ends when no answer would change the advice, and not before two questions."""

import pytest

from assistant.dialogue.stopping import StopRule, settled
from assistant.records.terms import Urgency

RULE = StopRule(least=2, sure=0.8, small_gain=0.1, watched=6)
HOME, DOCTOR = Urgency.SELF_CARE, Urgency.CONSULTATION


def never_tried():
    pytest.fail("the answers were tried out although it was clear before")


def test_nobody_is_judged_on_one_sentence():
    assert not settled(1, 0.0, 1.0, HOME, never_tried, RULE)


def test_a_telling_question_is_asked_while_the_picture_is_open():
    assert not settled(5, 0.5, 0.3, HOME, never_tried, RULE)


@pytest.mark.parametrize(("value", "leading"), [(0.5, 0.9), (0.01, 0.2)])
def test_it_ends_when_no_answer_changes_the_level(value, leading):
    """Either the picture is clear, or no question says much more."""
    assert settled(3, value, leading, HOME, lambda: [(HOME, 0.9), (HOME, 0.1)], RULE)


def test_an_answer_that_would_raise_the_level_is_asked_for():
    assert not settled(3, 0.01, 0.9, HOME, lambda: [(HOME, 0.95), (Urgency.EMERGENCY, 0.05)], RULE)


def test_an_answer_that_would_lower_the_level_is_asked_for():
    """Sending somebody to a doctor whom one question could reassure is a harm too."""
    assert not settled(3, 0.01, 0.9, DOCTOR, lambda: [(DOCTOR, 0.6), (HOME, 0.4)], RULE)


def test_it_ends_when_there_is_nothing_left_to_ask():
    assert settled(3, 0.01, 0.9, DOCTOR, lambda: [], RULE)


def test_an_unlikely_answer_keeps_nobody():
    """A change that one in a hundred answers would bring is not worth everybody's question."""
    unlikely = [(HOME, 0.99), (Urgency.EMERGENCY, 0.01), (DOCTOR, 0.1)]

    assert settled(5, 0.01, 0.9, HOME, lambda: unlikely, RULE)
