"""Words whose misreading would cost a life or frighten for nothing."""

import pytest

from assistant.extraction import EXTRACTORS
from assistant.records.terms import Assertion, Language


@pytest.fixture(scope="module")
def read(knowledge):
    reader = EXTRACTORS.create("lexicon", knowledge=knowledge)

    def by_concept(text):
        found = reader.extract(text, language=Language.ENGLISH).findings
        return {f.concept: f.assertion for f in found}

    return by_concept


@pytest.mark.parametrize(
    "text",
    [
        "I got stabbed in the chest",
        "she has been stabbed in the back",
        "someone stabbed me in the belly",
        "he was stabbed",
    ],
)
def test_who_was_stabbed_is_wounded(read, text):
    assert read(text)["injury_stab_gunshot"] is Assertion.PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "my chest pain has been stabbing",
        "I have stabbing pain in my side",
        "a stabbing headache",
        "it feels like I am being stabbed in the chest",
    ],
)
def test_a_stabbing_pain_is_no_wound(read, text):
    assert "injury_stab_gunshot" not in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "confused, sees things that aren't there",
        "He sees things that are not there",
        "seeing things that aren't there",
        "hears things that are not there",
    ],
)
def test_what_is_not_there_is_seen_all_the_same(read, text):
    """The "not" belongs to the hallucination: it denies nothing."""
    said = read(text)
    assert said["hallucinations"] is Assertion.PRESENT
    assert said.get("confusion", Assertion.PRESENT) is Assertion.PRESENT
