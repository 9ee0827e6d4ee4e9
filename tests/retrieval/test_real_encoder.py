"""With the encoder that ships, passages and descriptions are found by meaning."""

import numpy as np
import pytest

from assistant.records.terms import Language
from assistant.retrieval import Query


@pytest.fixture(scope="module")
def retriever(assistant):
    return assistant.decider.retriever


@pytest.mark.parametrize("language", Language)
def test_a_complaint_finds_its_text(retriever, knowledge, language):
    """The names of its findings lead to a text on the complaint, in either language."""
    texts = {name: e for name, e in knowledge.bundle.passages.items() if e.kind == "complaint"}
    hits = 0
    for name, entry in texts.items():
        words = ", ".join(knowledge.findings[f].name.get(language) for f in entry.about)
        found = retriever.retrieve(Query(text=words, language=language), 5)
        hits += name in [passage.id for passage in found]

    assert hits / len(texts) >= 0.85


def test_passages_are_those_of_the_conditions_asked_for(retriever):
    query = Query(text="crushing chest pain", conditions=("acute_coronary_syndrome",))

    found = retriever.retrieve(query, 3)

    assert len(found) == 3
    assert any(p.condition == "acute_coronary_syndrome" for p in found)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("worst headache of my life came suddenly", "subarachnoid_hemorrhage"),
        ("burning when I pee and I have to go all the time", "cystitis"),
        ("crushing pain in my chest going into my left arm, sweating", "acute_coronary_syndrome"),
    ],
)
def test_text_is_like_the_description_of_what_it_tells(assistant, knowledge, text, condition):
    cosines = assistant.judge.text_match.match(text)
    best = [knowledge.condition_ids[i] for i in np.argsort(-cosines)[:5]]

    assert condition in best
