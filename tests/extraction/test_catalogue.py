"""Entries of triage desks' lists are read as the plain words that they stand for."""

import pytest

from assistant.extraction.catalogue import LONGEST, plain_words
from assistant.records.terms import Assertion, Language


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("pain, chest", "chest pain"),
        ("Swelling, leg.", "leg Swelling"),
        ("Abd. pain", "abdominal pain"),
        ("Lt. flank pain", "left flank pain"),
        ("RT knee inj", "right knee injury"),
        ("Headache (finding)", "Headache"),
        ("Cough NOS", "Cough"),
        ("chest pain", "chest pain"),
        ("", ""),
    ],
)
def test_an_entry_in_plain_words(entry, words):
    assert plain_words(entry) == words


@pytest.mark.parametrize(
    "text",
    [
        "I have pain, and a cough that will not go away since I was in the mountains",
        "pain, chest\nno fever",
        "x" * (LONGEST + 1) + ", chest",
        "fever, since I came back from my long trip",
    ],
)
def test_a_patients_sentence_is_left_as_it_is(text):
    """Words put in another order could take a "no" to another complaint."""
    assert plain_words(text) == text


@pytest.mark.parametrize(
    ("entry", "concept"),
    [
        ("pain, chest", "chest_pain"),
        ("Abd. pain", "abdominal_pain"),
        ("Lt. flank pain", "flank_pain"),
    ],
)
def test_an_entry_is_understood_with_its_own_words(lexical, entry, concept):
    found = lexical.extract(entry, language=Language.ENGLISH).findings

    assert concept in {f.concept for f in found}
    assert all(entry[f.start : f.end] == f.evidence for f in found)


def test_what_was_understood_as_it_stands_is_not_read_again(lexical):
    found = lexical.extract("no fever, chest", language=Language.ENGLISH).findings

    assert [(f.concept, f.assertion) for f in found] == [("fever", Assertion.ABSENT)]


@pytest.mark.parametrize(
    "text", ["\n", "  ", "hello there \nxx ", "x" * (LONGEST + 1) + " ", " xyz "]
)
def test_what_is_no_entry_is_read_once(lexical, text):
    """White space at an end must not make the reader ask itself again and again."""
    assert lexical.extract(text, language=Language.ENGLISH).findings == ()
