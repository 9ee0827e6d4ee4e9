"""Training of the triage desk on invented visits: what it learns, and how its threshold is set."""

import numpy as np
import pytest

from assistant.training.triage_desk import SPENT, Visits, out_of_sample, threshold_for


@pytest.fixture(scope="module")
def visits():
    random = np.random.default_rng(3)
    sick = random.random(160) < 0.3
    x = random.normal(size=(160, 4))
    x[:, 0] += 2.0 * sick
    floored = sick & (random.random(160) < 0.2)
    return Visits(("a", "b", "c", "d"), x, sick, floored)


def test_chances_are_out_of_sample_and_find_the_signal(visits):
    chances = out_of_sample(visits)
    assert chances.shape == (160,)
    assert chances[visits.emergency].mean() > chances[~visits.emergency].mean() + 0.2


def test_threshold_keeps_the_emergencies_and_spends_no_more_than_allowed(visits):
    chances = out_of_sample(visits)
    called = visits.floored | (chances >= threshold_for(chances, visits))
    assert called[visits.emergency].mean() >= 0.93
    over = (called & ~visits.emergency).mean()
    assert over <= max(SPENT + 0.02, 1 - called[visits.emergency].mean() + SPENT)
