"""What is heard of every mention, also those only feared, and of given words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InvalidInputError
from assistant.records.extraction import ASSERTIONS
from assistant.records.terms import Experiencer, Language, Time

EN = Language.ENGLISH


def heard(lexical, text):
    return [
        (text[h.start : h.end], h.concept, h.assertion, h.experiencer, h.time)
        for h in lexical.extract(text, language=EN).heard
    ]


def asserted(extractor, text, words):
    start = text.index(words)
    found = extractor.asserted(text, start, start + len(words), EN)
    assert text[found.start : found.end] == words
    return found.assertion, found.experiencer, found.time


def test_what_is_only_supposed_is_heard_and_is_no_finding(lexical):
    """A fear must show in the measure, and must never become a finding."""
    found = lexical.extract("If I get chest pain I will call you.", language=EN)
    assert found.findings == ()
    assert [(h.concept, h.assertion) for h in found.heard] == [("chest_pain", "hypothetical")]


def test_what_went_away_was_there(lexical):
    text = "My headache went away, but I have a fever."
    assert heard(lexical, text) == [
        ("headache", "headache", "present", "patient", "past"),
        ("fever", "fever", "present", "patient", "now"),
    ]


def test_each_naming_is_heard_though_the_finding_counts_once(lexical):
    text = "I have a cough. The cough is bad."
    found = lexical.extract(text, language=EN)
    assert [f.concept for f in found.findings].count("cough") == 1
    assert [h.concept for h in found.heard].count("cough") == 2


def test_an_illness_in_the_family_is_heard_as_a_relatives(lexical):
    [(_, concept, assertion, experiencer, _)] = heard(lexical, "My father had a stroke.")
    assert (concept, assertion, experiencer) == ("family_stroke", "present", "relative")


def test_an_entry_of_a_list_is_heard_as_it_was_written(lexical):
    assert heard(lexical, "pain, chest") == [
        ("pain, chest", "chest_pain", "present", "patient", "now")
    ]


PIECES = ["no ", "my mum had ", "fever", " cough", "发烧", "，没有", "?", ". ", "pain, chest", "é"]


@given(text=st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_every_finding_is_among_what_is_heard(lexical, text):
    found = lexical.extract(text, language=EN)
    assert {(f.concept, f.start, f.end) for f in found.findings} <= {
        (h.concept, h.start, h.end) for h in found.heard
    }
    for h in found.heard:
        assert 0 <= h.start < h.end <= len(text)
        assert h.assertion in ASSERTIONS
        assert h.experiencer in list(Experiencer)
        assert h.time in list(Time)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("There is no evidence of zorbitis.", "zorbitis", ("absent", "patient", "now")),
        ("He has zorbitis, no fever.", "zorbitis", ("present", "patient", "now")),
        ("Possible zorbitis.", "zorbitis", ("possible", "patient", "now")),
        ("I'm worried it's zorbitis", "zorbitis", ("hypothetical", "patient", "now")),
        ("My mother had zorbitis.", "zorbitis", ("present", "relative", "now")),
        ("My father had a stroke.", "stroke", ("present", "relative", "now")),
        ("My father had a stroke. I cough.", "cough", ("present", "patient", "now")),
        ("No fever. He has zorbitis.", "zorbitis", ("present", "patient", "now")),
        ("Denies fever, zorbitis and rash.", "rash", ("absent", "patient", "now")),
        ("没有左季肋异感，发烧三天。", "左季肋异感", ("absent", "patient", "now")),
        ("Ｎｏ　ｆｅｖｅｒ", "ｆｅｖｅｒ", ("absent", "patient", "now")),
    ],
)
def test_given_words_are_judged_known_or_not(lexical, text, words, expected):
    assert asserted(lexical, text, words) == expected


def test_words_that_deny_themselves_are_taken_as_they_are(lexical):
    """ "Afebrile" is true of the patient; it must not be recorded as a fever that is there."""
    found = lexical.asserted("She is afebrile.", 7, 15, EN)
    assert (found.concept, found.assertion) == (None, "present")
    assert lexical.asserted("She has a cough.", 10, 15, EN).concept == "cough"


@pytest.mark.parametrize("span", [(0, 0), (3, 4), (40, 50)])
def test_offsets_without_a_word_are_refused(lexical, span):
    with pytest.raises(InvalidInputError, match="No word stands"):
        lexical.asserted("one two", *span, EN)


def test_the_network_judges_given_words_too(transformer):
    """What the rules deny stays denied, whatever the network thinks."""
    text = "There is no evidence of zorbitis."
    assert asserted(transformer, text, "zorbitis")[0] == "absent"
    assert asserted(transformer, "He has a cough.", "cough") == ("present", "patient", "now")
    assert asserted(transformer, "没有左季肋异感。", "左季肋异感")[0] == "absent"
    with pytest.raises(InvalidInputError):
        transformer.asserted("one two", 3, 4, EN)
