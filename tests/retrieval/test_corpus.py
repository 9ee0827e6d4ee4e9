"""Every condition and every complaint has its passages, in both languages, with sources."""

import pytest

from assistant.records.terms import Language
from assistant.retrieval.corpus import SECTIONS, Corpus


@pytest.fixture(scope="module")
def corpus(knowledge):
    return Corpus(knowledge)


def test_three_passages_a_condition_and_all_complaints(corpus, knowledge):
    ids = [entry.id for entry in corpus.entries]

    assert len(ids) == len(set(ids))
    assert len(ids) == 3 * len(knowledge.conditions) + len(knowledge.bundle.passages)
    assert {f"common_cold.{section}" for section in SECTIONS} <= set(ids)


@pytest.mark.parametrize("language", Language)
def test_passages_are_whole_and_cite_their_sources(corpus, knowledge, language):
    for entry in corpus.entries:
        passage = entry.passage(language, 0.5, knowledge)
        assert passage.title
        assert passage.text
        assert passage.sources, entry.id


def test_chinese_passage_is_chinese(corpus, knowledge):
    entry = next(e for e in corpus.entries if e.id == "common_cold.do")

    assert "感冒" in entry.passage(Language.CHINESE, 0.5, knowledge).title
    assert "cold" in entry.passage(Language.ENGLISH, 0.5, knowledge).title.lower()


def test_rows_are_about_the_conditions_asked_for(corpus):
    for row in corpus.rows(("common_cold", "asthma")):
        assert corpus.entries[row].concerns & {"common_cold", "asthma"}
    assert len(corpus.rows(())) == len(corpus.entries)
    assert len(corpus.rows(("no_such_condition",))) == 0


def test_complaints_concern_conditions_where_they_are_common(corpus):
    cough = next(e for e in corpus.entries if e.id == "complaint_cough")

    assert "acute_bronchitis" in cough.concerns
    assert "gout" not in cough.concerns
