"""The match of words: names and lay words, in both languages, without what is denied."""

import numpy as np
import pytest

from assistant.retrieval.words import WordMatch


@pytest.fixture(scope="module")
def match(knowledge):
    return WordMatch(knowledge)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("They said it is appendicitis", "appendicitis"),
        ("My big toe is red, hot and swollen, like the gout my father had", "gout"),
        ("医生说可能是阑尾炎", "appendicitis"),
        ("大脚趾又红又肿，是不是痛风", "gout"),
    ],
)
def test_a_condition_is_recognised_by_words(match, knowledge, text, condition):
    likeness = match.match(text)
    best = [knowledge.condition_ids[i] for i in np.argsort(-likeness)[:5]]
    assert condition in best


def test_cosines_and_no_opinion_on_nothing(match, knowledge):
    assert match.match("  ").tolist() == [0.0] * len(knowledge.conditions)
    likeness = match.match("a cough and a fever")
    assert likeness.shape == (len(knowledge.conditions),)
    assert (likeness >= 0).all()
    assert (likeness <= 1 + 1e-9).all()
