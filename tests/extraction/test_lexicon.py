"""A phrase is found as people write it, and a longer one goes before a shorter one."""

import time

import pytest

from assistant.extraction.lexicon import Lexicon
from assistant.extraction.normalising import normalise
from assistant.extraction.sentences import sentences


@pytest.fixture(scope="module")
def lexicon(knowledge):
    return Lexicon(knowledge)


def concepts(lexicon, text, context=()):
    parts = sentences(normalise(text).text)
    return {m.concepts[0] for found in lexicon.match(parts, context) for m in found if not m.denied}


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("my chest hurts", "chest_pain"),
        ("my chest is really hurting", "chest_pain"),
        ("pains in the chest", "chest_pain"),
        ("I have diarrhoea", "diarrhea"),
        ("I have diarrhea", "diarrhea"),
        ("vomitting all night", "vomiting"),
        ("hedache and nausae", "headache"),
        ("pt c/o SOB", "dyspnea"),
        ("n/v since Monday", "vomiting"),
        ("my right knee is swollen and painful", "knee_pain"),
        ("pain deep in my left knee", "knee_pain"),
        ("my neck and back hurt", "back_pain"),
        ("I threw up", "vomiting"),
        ("numbness in my left arm", "numbness"),
        ("胸口很疼", "chest_pain"),
        ("胸口有点痛", "chest_pain"),
        ("头特别疼", "headache"),
        ("膝盖里面一阵一阵地疼", "knee_pain"),
        ("有点发烧", "fever"),
        ("he won't wake up", "unresponsive"),
        ("we can't wake her", "unresponsive"),
        ("the pain wakes me up at night", "symptoms_worse_at_night"),
        ("my nose bleeds easily", "nosebleed"),
        ("a pale patch on my cheek", "skin_patch_white"),
        ("宝宝气急", "breathing_fast"),
        ("我脾气急", "irritability"),
        ("我妹妹被家暴了", "not_safe_at_home"),
        ("I smoked crack last night", "drug_stimulants"),
        ("I have been cutting my arms", "self_harm"),
        ("I cut myself on purpose", "self_harm"),
        ("today is the last day of my life", "suicide_plan"),
        ("I feel nothing any more", "emotional_numbness"),
        ("jumper's knee", "knee_pain"),
        ("fever for a week", "fever_prolonged"),
        ("发烧一周了", "fever_prolonged"),
        ("gave birth ten days ago", "postpartum"),
        ("生完孩子十天", "postpartum"),
        ("我 fever 两天了", "fever"),
    ],
)
def test_found(lexicon, knowledge, text, concept):
    found = concepts(lexicon, text)

    assert any(concept == f or concept in knowledge.ancestors(f) for f in found), found


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("vomiting and blood in my stool", "vomiting_blood"),
        ("family history of heart attack", "chest_pain"),
        ("a bit tired", "bite_animal"),
        ("breeding dogs", "bleeding_gums"),
        ("I went back home in pain", "back_pain"),
        ("it doesn't wake me up", "unresponsive"),
        ("the pain does not wake me at night", "unresponsive"),
        ("it wakes me up", "unresponsive"),
        ("a lump on my nose bleeds easily", "nosebleed"),
        ("a pale patch on my cheek", "pallor"),
        ("我脾气急", "breathing_fast"),
        ("over the last 4 days I have had a cough", "suicide_plan"),
        ("this is my last day of antibiotics", "suicide_plan"),
        ("I feel nothing wrong", "emotional_numbness"),
        ("没有发烧感觉", "emotional_numbness"),
        ("a red line going up my arm from a cut", "self_harm"),
        ("I cut my arm on glass", "self_harm"),
        ("没有血", "diarrhea_bloody"),
        ("怀孕37周", "pregnant_early"),
        ("thirty-eight weeks pregnant", "pregnant_early"),
        ("38 weeks pregnant", "pregnant_early"),
        ("gave birth ten days ago and now I have a fever", "fever_prolonged"),
        ("gave birth three months ago", "postpartum"),
        ("头疼一周，发烧一天", "fever_prolonged"),
        ("头疼一周发烧一天", "fever_prolonged"),
        ("一周", "fever_prolonged"),
        ("溜冰摔了一跤", "snorted_injected_recent"),
    ],
)
def test_not_found(lexicon, text, concept):
    assert concept not in concepts(lexicon, text)


def test_longest_phrase_wins(lexicon):
    found = concepts(lexicon, "crushing chest pain")

    assert "chest_pain_crushing" in found
    assert "chest_pain" not in found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my chest hurts, it is sharp", True),
        ("My chest hurts. It is sharp.", True),
        ("my chest hurts, but a sharp knife is what cut my finger", False),
        ("a sharp knife cut my finger", False),
        ("sharp", False),
    ],
)
def test_modifier_needs_its_parent(lexicon, text, found):
    assert ("chest_pain_sharp" in concepts(lexicon, text)) is found


def test_modifier_alone_answers_what_was_asked(lexicon):
    asked = ("chest_pain_sharp", "chest_pain_burning")

    assert concepts(lexicon, "sharp", asked) == {"chest_pain_sharp"}
    assert "chest_pain_sharp" in concepts(lexicon, "像针扎一样", asked)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_name_is_understood(lexicon, knowledge, language):
    """A button's own label, typed, must mean what the button means."""
    missed = [
        concept
        for concept, entry in knowledge.findings.items()
        if not concepts(lexicon, entry.name.get(language), (concept,))
        & ({concept} | knowledge.descendants(concept) | knowledge.ancestors(concept))
    ]
    assert missed == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_phrase_is_found(lexicon, knowledge, language):
    """What a clinician wrote as a phrase must be found as it stands."""
    missed = [
        (concept, phrase)
        for concept, entry in knowledge.findings.items()
        for phrase in entry.phrases.get(language)
        if not concepts(lexicon, phrase)
    ]
    assert missed == []


def test_matching_is_fast(lexicon):
    """A turn has 4000 characters at most; a sentence must take a few milliseconds."""
    text = "I have had a crushing pain in my chest since this morning and my left arm feels numb. "
    parts = sentences(text * 10)
    started = time.perf_counter()
    for _ in range(10):
        lexicon.match(parts)

    assert (
        time.perf_counter() - started
    ) / 100 < 0.02  # seconds a sentence; 0.4 ms on an idle core
