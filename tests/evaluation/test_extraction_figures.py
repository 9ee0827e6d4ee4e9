"""Every figure of `evaluate extraction`, worked out by hand on a small gold set of our own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.extraction_figures import figures_of, totals
from assistant.evaluation.extraction_gold import GoldMention, read_gold
from assistant.evaluation.extraction_matching import counts, heard_in, matched
from assistant.records.extraction import Extraction, Heard
from assistant.records.finding import Finding
from assistant.records.terms import Assertion

WORDS = Path(__file__).parent / "data" / "words"

# What an imaginary extractor heard: words, finding, assertion, experiencer, time.
ANSWERS = {
    "e1": [("fever", "fever", "present"), ("cough", "cough_large_sputum_daily", "present")],
    "e2": [],
    "e3": [("I had asthma", "hx_asthma", "present"), ("wheezing", "nausea", "absent")],
    "e4": [
        ("My brother", "headache", "present"),
        ("diarrhea", "diarrhea", "present", "relative"),
        ("vomiting", "vomiting", "present"),
    ],
    "e5": [("chest pain", "chest_pain", "hypothetical")],
    "e6": [("closed", "constipation", "present")],
    "e7": [("chest pain", "chest_pain", "absent"), ("vomiting", "vomiting", "possible")],
    "e8": [("headache", "headache_thunderclap", "present")],
    "e9": [
        ("headache", "headache", "present", "patient", "past"),
        ("dizzy", "dizziness", "absent"),
    ],
}
BY_HAND = {
    "mention_precision": 12 / 14,
    "mention_recall": 12 / 14,
    "mention_f1": 12 / 14,
    "mention_exact_f1": 10 / 14,
    "mention_macro_f1": (5 + 0.8 + 2 / 3) / 9,  # e1 e3 e5 e7 e9, e4, e8; e2 and e6 are 0
    "mention_listed_recall": 12 / 14,
    "mention_f1_clinician": 6 / 7,
    "mention_f1_patient": 18 / 21,
    "concept_accuracy": 10 / 12,
    "concept_near_accuracy": 11 / 12,
    "concept_listed_accuracy": 10 / 12,
    "concept_macro_accuracy": 7.5 / 9,  # of nine findings, wheezing 0 and headache 1/2
    "present_f1": 12 / 14,
    "absent_precision": 2 / 3,
    "absent_recall": 2 / 4,
    "absent_f1": 4 / 7,
    "possible_f1": 0.0,
    "hypothetical_f1": 1.0,
    "assertion_micro_f1": 9 / 12,
    "assertion_macro_f1": (12 / 14 + 4 / 7 + 0 + 1) / 4,
    "present_f1_end_to_end": 12 / 17,
    "absent_f1_end_to_end": 4 / 7,
    "possible_f1_end_to_end": 0.0,
    "hypothetical_f1_end_to_end": 1.0,
    "assertion_micro_f1_end_to_end": 18 / 28,
    "relative_f1": 1.0,
    "experiencer_macro_f1": 1.0,
    "relative_f1_end_to_end": 1.0,
    "past_f1": 0.0,
    "time_macro_f1": (20 / 22 + 0) / 2,
    "past_f1_end_to_end": 0.0,
    "flipped_polarity": 2 / 12,
}


def heard(text, words, concept, assertion, experiencer="patient", time="now"):
    start = text.index(words)
    return Heard(
        start=start,
        end=start + len(words),
        concept=concept,
        assertion=assertion,
        experiencer=experiencer,
        time=time,
    )


@pytest.fixture(scope="module")
def gold(knowledge):
    return read_gold((WORDS / "gold_en.jsonl").read_text("utf-8"), WORDS, knowledge.findings)


@pytest.fixture(scope="module")
def tallies(gold, knowledge):
    answers = [[heard(one.text, *words) for words in ANSWERS[one.id]] for one in gold]
    return [counts(one, ours, knowledge, True) for one, ours in zip(gold, answers, strict=True)]


@pytest.mark.parametrize("name", BY_HAND)
def test_figure_is_what_a_hand_works_out(tallies, name):
    assert figures_of(tallies)[name].value == pytest.approx(BY_HAND[name], abs=6e-5)


def test_counts_are_told_beside_the_figures(tallies):
    told = totals(tallies)
    assert told["mentions"] == told["heard"] == 14
    assert (told["matched"], told["flipped"]) == (12, 2)
    assert (told["present"], told["absent"], told["possible"], told["hypothetical"]) == (8, 4, 1, 1)
    assert (told["relative"], told["past"]) == (1, 1)


def test_every_interval_holds_its_figure_and_the_same_run_gives_the_same(tallies):
    first = figures_of(tallies)
    assert first == figures_of(tallies)
    assert all(one.low <= one.value <= one.high for one in first.values())
    assert first["mention_f1"].low < first["mention_f1"].high


def test_no_flip_met_is_no_proof_of_none(gold, knowledge):
    """Zero of a dozen says little about one in a hundred, though no resample holds a flip."""
    ours = [
        [heard(o.text, o.text[m.start : m.end], None, m.assertion) for m in o.mentions]
        for o in gold
    ]
    figures = figures_of([counts(o, h, knowledge, True) for o, h in zip(gold, ours, strict=True)])
    assert figures["flipped_polarity"].high == 0
    assert figures["flipped_polarity_wilson"].high == pytest.approx(0.2153, abs=1e-3)  # 0 of 14


def mention(start, end, concept="fever", assertion="present"):
    return GoldMention(start, end, (concept,) if concept else (), assertion, "patient", "now")


def said(start, end, concept="fever", assertion="present"):
    return Heard(start=start, end=end, concept=concept, assertion=assertion)


def test_the_largest_overlap_is_matched_first_and_each_mention_once():
    long, short = mention(0, 10), mention(8, 20)
    wide, narrow = said(6, 20), said(0, 7)
    assert matched([long, short], [wide, narrow]) == [(long, narrow), (short, wide)]
    assert matched([long], [narrow, said(7, 10)]) == [(long, narrow)]
    assert matched([long], [said(10, 12)]) == []  # it touches, and shares nothing


def test_between_equal_overlaps_the_right_finding_is_taken():
    """Red eyes and sore eyes are two findings of the same words."""
    red, sore = mention(0, 14, "red_eye"), mention(0, 14, "eye_pain")
    ours = [said(0, 14, "eye_pain"), said(0, 14, "red_eye")]
    assert matched([red, sore], ours) == [(red, ours[1]), (sore, ours[0])]


spans = st.tuples(st.integers(0, 30), st.integers(1, 12)).map(lambda s: (s[0], s[0] + s[1]))


@given(marked=st.lists(spans, max_size=6), heard=st.lists(spans, max_size=6))
def test_matching_is_one_to_one_and_leaves_no_pair_that_could_be_made(marked, heard):
    gold = [mention(a, b, f"g{i}") for i, (a, b) in enumerate(marked)]
    ours = [said(a, b, f"o{i}") for i, (a, b) in enumerate(heard)]
    pairs = matched(gold, ours)
    assert len({g.concepts for g, _ in pairs}) == len({o.concept for _, o in pairs}) == len(pairs)
    assert all(g.start < o.end and o.start < g.end for g, o in pairs)
    for g in gold:
        for o in ours:
            free = all(g is not a and o is not b for a, b in pairs)
            assert not (free and g.start < o.end and o.start < g.end)


def test_no_finding_of_ours_is_right_where_the_list_has_none(gold, knowledge):
    none = [mention(9, 14, "")]
    one = type(gold[0])(gold[0].id, gold[0].text, "patient", "test", tuple(none))
    assert counts(one, [said(9, 14, None)], knowledge, True)["concept.right"] == 1
    forced = counts(one, [said(9, 14, "fever")], knowledge, True)
    assert forced["concept.right"] == 0
    assert "concept_listed.n" not in forced


def test_findings_stand_in_where_nothing_is_heard():
    """An extractor without `heard` keeps silent about what is only feared: no miss, and no find."""
    told = Finding(concept="fever", assertion=Assertion.ABSENT, evidence="fever", start=9, end=14)
    bare = [Extraction(findings=(told,)), Extraction()]
    heard_all, feared = heard_in(bare)
    assert not feared
    assert heard_all == [(said(9, 14, "fever", "absent"),), ()]
    both, feared = heard_in([*bare, Extraction(heard=(said(0, 3),))])
    assert feared
    assert both[0] == ()


def test_a_feared_mention_without_a_finding_is_right_only_where_none_is_heard(gold, knowledge):
    feared = next(one for one in gold if one.id == "e5")
    lenient = figures_of([counts(feared, (), knowledge, False)])
    strict = figures_of([counts(feared, (), knowledge, True)])
    assert lenient["hypothetical_f1_end_to_end"].value == 1
    assert "mention_recall" not in lenient
    assert strict["hypothetical_f1_end_to_end"].value == 0
    assert strict["mention_recall"].value == 0
