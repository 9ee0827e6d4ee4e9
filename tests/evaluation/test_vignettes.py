"""Our own vignettes through the real assistant: no danger is missed, and most are understood."""

from pathlib import Path

import pytest

from assistant.evaluation.figures import figures_of
from assistant.evaluation.gold import read_cases
from assistant.evaluation.running import run
from assistant.evaluation.triage_metrics import Care

VIGNETTES = sorted((Path(__file__).parents[1] / "vignettes").glob("*.jsonl"))


@pytest.fixture(scope="module")
def outcomes(assistant):
    texts = [file.read_text(encoding="utf-8").rstrip("\n") for file in VIGNETTES]
    return run(assistant, read_cases("\n".join(texts), None), 4000)


def test_every_area_has_cases_in_both_languages(outcomes):
    assert len(VIGNETTES) >= 5
    assert len(outcomes) >= 250
    assert {o.gold.request["language"] for o in outcomes} == {"en", "zh"}


def test_no_emergency_is_sent_home(outcomes):
    """A vignette of an emergency that is advised to wait is a person who waits."""
    sick = [o for o in outcomes if o.gold.care is Care.EMERGENCY]
    waiting = [o.gold.id for o in sick if o.care is not Care.EMERGENCY]
    assert len(sick) >= 70
    assert len(waiting) <= 1, waiting


def test_most_are_diagnosed_and_few_alarmed_for_nothing(outcomes):
    figures = figures_of(outcomes).values
    assert figures["known_conditions"] == 1
    assert figures["top_1_accuracy"] >= 0.8
    assert figures["top_3_accuracy"] >= 0.95
    assert figures["over_triage"] <= 0.2
    assert figures["cases_with_a_failed_part"] == 0
