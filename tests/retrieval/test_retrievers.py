"""Both back-ends give passages about what was asked, in the language asked for."""

import pytest

from assistant.errors import InvalidInputError, UnknownBackendError
from assistant.records.terms import Language
from assistant.retrieval import RETRIEVERS, Query
from assistant.retrieval.english import EnglishNames


@pytest.fixture(scope="module", params=["faiss", "none"])
def retriever(request, knowledge, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    return RETRIEVERS.create(request.param, knowledge=knowledge, encoder=encoder, data_dir=folder)


def test_passages_match_the_words(retriever):
    found = retriever.retrieve(Query(text="Nosebleed, heavy nosebleed"), 5)

    assert len(found) == 5
    assert any(
        "nosebleed" in passage.title.lower() or "epistaxis" in passage.id for passage in found
    )
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def test_only_the_conditions_that_are_asked_for(retriever, knowledge):
    """A passage on heart attack beside a common cold would frighten for nothing."""
    query = Query(text="pressure in the chest, Common cold", conditions=("common_cold",))

    for passage in retriever.retrieve(query, 10):
        about = knowledge.bundle.passages.get(passage.id)
        named = set(about.about) if about else set()
        common = knowledge.conditions["common_cold"].findings
        assert passage.condition == "common_cold" or named & common.keys()


def test_language_of_the_passages_is_the_one_asked_for(retriever):
    query = Query(text="Nosebleed", language=Language.CHINESE)

    for passage in retriever.retrieve(query, 3):
        assert any("一" <= c <= "鿿" for c in passage.text)


def test_chinese_query_finds_what_an_english_one_does(retriever):
    found = retriever.retrieve(Query(text="流鼻血", language=Language.CHINESE), 5)

    assert any(
        "nosebleed" in passage.title.lower() or "epistaxis" in passage.id for passage in found
    )


@pytest.mark.parametrize(
    "query",
    [Query(text=""), Query(text="cough", conditions=("ghost",)), Query(text="嗯嗯")],
    ids=["empty", "unknown condition", "nothing in it"],
)
def test_nothing_to_find_gives_nothing(retriever, query):
    assert retriever.retrieve(query, 3) == ()


def test_same_query_gives_the_same_answer(retriever):
    query = Query(text="fever, cough")

    assert retriever.retrieve(query, 4) == retriever.retrieve(query, 4)


def test_more_than_there_is_gives_what_there_is(retriever):
    query = Query(text="common cold runny nose", conditions=("common_cold",))

    found = retriever.retrieve(query, 10_000)

    assert 3 <= len(found) < 100


def test_faiss_without_an_encoder_says_what_to_do(knowledge, tmp_path):
    with pytest.raises(InvalidInputError, match="set the index to none"):
        RETRIEVERS.create("faiss", knowledge=knowledge, encoder=None, data_dir=tmp_path)


def test_unknown_retriever_names_the_known_ones():
    with pytest.raises(UnknownBackendError, match="faiss, none"):
        RETRIEVERS.create("elastic")


def test_lay_words_find_texts_that_do_not_hold_them(retriever, knowledge):
    """What patients say is part of what a text is found under."""
    said = "crushing weight on my chest"
    found = retriever.retrieve(Query(text=said), 10)

    assert any("chest_pain" in p.id or p.condition == "acute_coronary_syndrome" for p in found)


def test_english_names_of_chinese_words(knowledge):
    names = EnglishNames(knowledge)

    assert names.of("nosebleed") == "nosebleed"
    assert "Nosebleed" in names.of("我今天流鼻血了")
