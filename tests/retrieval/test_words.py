"""The match of words: names and lay words, in both languages, without what is denied."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer

from assistant.retrieval.english import is_chinese
from assistant.retrieval.words import STRENGTH, WordMatch


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


@pytest.mark.parametrize("text", ["a cough, a fever and a cough", "咳嗽三天了，发烧", "the", "?!"])
def test_cosines_are_those_of_scikit_learn(match, text):
    """Only the columns of the text's terms are read: the sums must be those of all."""
    side = match._sides["zh" if is_chinese(text) else "en"]
    rarity, descriptions = side._ready
    weights = TfidfTransformer(sublinear_tf=True)
    weights.idf_ = rarity
    told = weights.transform(side._reader.transform([text])).toarray()[0]

    expected = STRENGTH["zh" if is_chinese(text) else "en"] * (descriptions @ told)

    assert np.allclose(match.match(text), expected, atol=1e-12)
