"""Linking: which finding words mean that no phrase has."""

import numpy as np
import pytest

from assistant.extraction.linking import LOOKED_AT, OUTSIDE, Linker, ranked
from assistant.extraction.phrase_vectors import read_examples, write_examples
from assistant.paths import shipped
from assistant.records.terms import Language
from assistant.training.mixture import WRITTEN
from assistant.training.written import read_written

MODELS = shipped("knowledge") / "models"


def test_several_neighbours_weigh_more_than_one():
    """One phrase that happens to be near must not win over a finding that all the others mean."""
    cosines = [0.80, 0.78, 0.78, 0.77, 0.77, 0.5]
    concepts = ["burn", "rash", "rash", "rash", "rash", "cough"]

    assert [c for c, _ in ranked(cosines, concepts)] == ["rash", "burn", "cough"]


def test_an_example_outside_the_list_is_no_finding(transformer):
    """A complaint like those that we have no finding for must not become one of ours."""
    _, linker = transformer._network(Language.ENGLISH)
    near = [(OUTSIDE, 0.9), ("headache", 0.89)]

    assert Linker._meant(linker, near).concepts == ()
    assert Linker._meant(linker, near[::-1]).concepts == ("headache",)


def test_examples_are_kept_and_belong_to_one_network(tmp_path):
    file = tmp_path / "examples.safetensors"
    vector = np.ones(128, dtype=np.float32) / np.sqrt(np.float32(128))
    write_examples(file, "one", [("cough", vector), (OUTSIDE, -vector)])

    (first, one), (second, other) = read_examples(file, "one")
    assert (first, second) == ("cough", OUTSIDE)
    assert np.allclose(one, vector, atol=0.01)
    assert np.allclose(other, -vector, atol=0.01)
    assert read_examples(file, "another") == []
    assert read_examples(tmp_path / "none.safetensors", "one") == []


@pytest.mark.parametrize("language", list(Language))
def test_shipped_examples_are_those_of_the_network(language, transformer, knowledge):
    """Examples of another network would link at random."""
    tagger, _ = transformer._network(language)
    examples = read_examples(MODELS / f"phrases-{language}" / "examples.safetensors", tagger.id)

    concepts = {concept for concept, _ in examples}
    assert len(examples) > 4000
    assert len(concepts & set(knowledge.findings)) > 1200
    assert OUTSIDE in concepts


@pytest.mark.parametrize("language", list(Language))
def test_every_added_example_means_a_finding_of_the_knowledge(language, knowledge):
    samples = read_written(WRITTEN / f"examples_{language}.txt")

    assert {m.concept for s in samples for m in s.mentions} <= {*knowledge.findings, "none"}
    assert len(samples) > 100


def test_no_fewer_neighbours_than_a_finding_may_bring():
    assert LOOKED_AT >= 16
