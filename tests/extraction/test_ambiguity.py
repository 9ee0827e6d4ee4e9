"""Ambiguous words are told from plain ones, and ties of the network are kept."""

import pytest

from assistant.extraction.ambiguity import Ambiguities
from assistant.extraction.linking import Linker, unlike
from assistant.extraction.mentions import Mention
from assistant.records.terms import Assertion, Language


@pytest.fixture(scope="module")
def table(knowledge):
    return Ambiguities(knowledge)


def meanings(table, text, words, concept=""):
    at = text.index(words)
    return table.meanings(text, Mention((concept,), at, at + len(words), 1))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_listed_phrase_alone_is_ambiguous(knowledge, table, language):
    """What stands in the table means all of its entry."""
    for entry in knowledge.bundle.ambiguous.values():
        for phrase in entry.phrases.get(language):
            assert meanings(table, phrase, phrase) == entry.findings, phrase


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I have discharge from my ear", "discharge"),
        ("some swelling around my left knee", "swelling"),
        ("My period is late and I get cramps", "cramps"),
        ("脚肿了", "肿了"),
        ("伤口流脓", "流脓"),
        ("I was discharged from hospital", "discharged"),
    ],
)
def test_a_place_told_makes_it_plain(table, text, words):
    """Who tells where needs no question."""
    assert meanings(table, text, words) == ()


def test_own_finding_goes_first_where_it_is_listed(table):
    """The network's reading in context is the likelier of the listed ones."""
    found = meanings(table, "I have cramps", "cramps", "muscle_cramps")
    assert found[0] == "muscle_cramps"
    assert set(found) == {"muscle_cramps", "abdominal_pain_colicky", "menstruation_painful"}
    assert meanings(table, "bleeding", "bleeding", "hx_bleeding_disorder")[0] == "bleeding_unusual"


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("I have some discharge.", Language.ENGLISH, "vaginal_discharge"),
        ("I have swelling", Language.ENGLISH, "swelling_local"),
        ("流脓了", Language.CHINESE, "skin_abscess_lump_painful"),
    ],
)
def test_the_extractor_names_the_likelier_and_the_others(assistant, text, language, first):
    """One shot: nobody can be asked, so one counts and the others are named."""
    (finding,) = assistant.extractor.extract(text, language=language).findings
    assert finding.concept == first
    assert finding.assertion is Assertion.PRESENT
    assert len(finding.ambiguous_with) >= 3
    assert first not in finding.ambiguous_with


@pytest.mark.parametrize(
    "text", ["I have no swelling", "没有肿", "My aunt had swelling, I am well"]
)
def test_denied_or_of_others_nothing_is_ambiguous(assistant, text):
    """A denial denies whatever is meant, and a relative's needs no question."""
    found = assistant.extractor.extract(text, language=Language.ENGLISH).findings
    assert all(f.ambiguous_with == () for f in found)


def test_rivals_are_no_kin(knowledge):
    """A finding and its special form are one thing, and so are two forms of one."""
    assert unlike("abdominal_pain_luq", ["abdominal_pain", "flank_pain"], knowledge) == [
        "flank_pain"
    ]
    assert unlike("abdominal_pain_luq", ["abdominal_pain_llq"], knowledge) == []


def test_a_tie_of_the_network_keeps_both(assistant, knowledge):
    """Two findings less apart than the margin are both meant; beyond it, the nearer one is."""
    _, linker = assistant.extractor._network(Language.ENGLISH)
    apart = linker.thresholds.apart
    near = [("anhedonia", 0.9), ("fatigue", 0.9 - apart / 2), ("insomnia", 0.9 - 2 * apart)]
    assert Linker._meant(linker, near).concepts == ("anhedonia", "fatigue")
    near[1] = ("fatigue", 0.9 - 2 * apart)
    assert Linker._meant(linker, near).concepts == ("anhedonia",)


def test_words_that_tell_more_stand_by_their_finding(assistant):
    """When, how it goes: verbatim, beside the finding that they are about."""
    text = "I've had a really bad headache since Tuesday, it comes and goes"
    found = assistant.extractor.extract(text, language=Language.ENGLISH).findings
    headache = next(f for f in found if f.concept == "headache")
    told = {a.kind: a.words for a in headache.attributes}
    assert told["when"] == "since Tuesday"
    assert "comes and goes" in told.values()
    assert all(a.words in text for f in found for a in f.attributes)
