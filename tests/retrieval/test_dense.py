"""The dense match has an opinion on English text, none on other text."""

import numpy as np
import pytest

from assistant.retrieval.dense import DenseMatch, description


@pytest.fixture(scope="module")
def match(knowledge, encoder, tmp_path_factory):
    return DenseMatch(knowledge, encoder, tmp_path_factory.mktemp("dense"))


def test_description_names_condition_and_likeliest_findings(knowledge):
    text = description("common_cold", knowledge)

    assert text.startswith("Common cold")
    assert "runny nose" in text.lower()


def test_a_condition_is_likest_its_own_description(match, knowledge):
    for condition in ("common_cold", "gout", "appendicitis"):
        cosines = match.match(description(condition, knowledge))
        assert cosines.shape == (len(knowledge.conditions),)
        assert knowledge.condition_ids[int(np.argmax(cosines))] == condition


@pytest.mark.parametrize("text", ["", "  \n", "胸口疼"])
def test_no_opinion_is_the_same_for_all(match, text):
    """An English encoder would only guess about Chinese words."""
    assert not match.match(text).any()
