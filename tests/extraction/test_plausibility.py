"""What the network marks and is no mention; denials that are a part of a finding."""

import numpy as np
import pytest

from assistant.extraction.lacking import Lacks
from assistant.extraction.plausibility import PLAUSIBLE, plausibility
from assistant.extraction.tagger import Tagged, beside_given
from assistant.extraction.weighing import Around
from assistant.records.terms import Language


def tagged(confidence):
    return Tagged(0, 1, confidence, {}, {}, {}, np.zeros(128, dtype=np.float32))


@pytest.mark.parametrize(
    ("words", "told"), [("my lower back", "my back is burning"), ("胸口", "胸口发紧")]
)
def test_a_bare_part_of_the_body_is_less_plausible_than_a_complaint(words, told, lexical):
    """Words such as "it's just my ankle" tell of no finding by themselves."""
    sites, chinese = lexical.lexicon.sites, not words.isascii()

    assert sites.only(words)
    assert not sites.only(told)
    weak, strong = (plausibility(tagged(0.8), w, 0.7, chinese, sites) for w in (words, told))
    assert weak < strong


def test_surer_and_nearer_is_more_plausible(lexical):
    sites = lexical.lexicon.sites
    values = [
        plausibility(tagged(sure), "zigzag lights", near, False, sites)
        for sure, near in ((0.5, 0.5), (0.9, 0.5), (0.9, 0.8))
    ]

    assert values == sorted(values)
    assert values[0] < PLAUSIBLE < values[-1]


@pytest.mark.parametrize(
    ("concept", "before", "words", "lack"),
    [
        ("urinary_retention", "not ", "passing urine", True),
        ("appetite_loss", "didn't ", "want to eat", True),
        ("insomnia", "no ", "trouble sleeping", False),
        ("appetite_loss", "no ", "loss of appetite", False),
        ("cough", "no ", "cough", False),
        ("menstruation_absent_never", "", "还没来过月经", True),
        ("cough", "不", "咳嗽", False),
    ],
)
def test_a_denial_may_be_a_part_of_the_finding(concept, before, words, lack, knowledge):
    """Who has not passed water must not be heard to deny that the water will not come."""
    assert Lacks(knowledge).is_lack(concept, before, words) is lack


@pytest.mark.parametrize(
    ("text", "words", "may"),
    [
        ("Stomach cramps, no blood, no travel", "Stomach cramps", False),
        ("无外伤史，活动受限。", "活动受限", False),
        ("He is not in any pain now", "pain", True),
        ("睡眠也okay", "睡眠", True),
        ("我这是不是中风了", "中风", False),
    ],
)
def test_the_network_may_deny_only_where_the_clause_does(text, words, may):
    """It takes the denial of the next item of a list for this one's."""
    start = text.index(words)

    assert Around.of(text, start, start + len(words)).may_deny(False) is may


def test_a_list_is_cut_beside_what_the_lexicon_knows():
    text = "mood swings and tearfulness"
    places = [(0, 4), (5, 11), (12, 15), (16, 27)]

    assert beside_given([[0, 1, 2, 3]], text, places, [(0, 11)]) == [[0, 1], [3]]
    assert beside_given([[0, 1, 2, 3]], text, places, []) == [[0, 1, 2, 3]]


def test_the_same_words_are_heard_once(transformer):
    """Two phrases for the same words are one mention, not two."""
    found = transformer.extract("I am achy all over", language=Language.ENGLISH)

    spans = [(h.start, h.end) for h in found.heard]
    assert len(spans) == len(set(spans)) == 1
