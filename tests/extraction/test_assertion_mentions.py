"""A denial that runs into the words of the finding still denies it."""

import pytest

from assistant.extraction import EXTRACTORS
from assistant.records.terms import Assertion, Language


@pytest.fixture(scope="module")
def reader(knowledge):
    return EXTRACTORS.create("lexicon", knowledge=knowledge)


@pytest.mark.parametrize("denial", ["I don't", "She doesn't", "He didn't", "I do not", "I dont"])
@pytest.mark.parametrize(
    ("words", "concept"),
    [
        ("feel dizzy", "dizziness"),
        ("feel nauseous", "nausea"),
        ("feel faint", "presyncope"),
        ("feel anxious", "anxiety"),
        ("feel weak", "weakness_general"),
        ("feel tired", "fatigue"),
        ("get dizzy", "dizziness"),
    ],
)
def test_denied_feelings_are_absent(reader, denial, words, concept):
    """A flipped polarity is the most dangerous error there is."""
    found = reader.extract(f"{denial} {words}.", language=Language.ENGLISH).findings
    assert {f.concept: f.assertion for f in found}[concept] is Assertion.ABSENT


@pytest.mark.parametrize("words", ["I feel dizzy", "I don't sleep, I feel dizzy"])
def test_told_feelings_stay(reader, words):
    found = reader.extract(words, language=Language.ENGLISH).findings
    assert {f.concept: f.assertion for f in found}["dizziness"] is Assertion.PRESENT
