"""`evaluate negex`: the concept is found in its sentence, and the figures are those of a hand."""

import doctest
import json
from pathlib import Path

import pytest

from assistant.errors import InvalidInputError
from assistant.evaluation import negex
from assistant.evaluation.negex import counts, figures_of, placed, read_rows
from assistant.records.extraction import Heard

FILE = Path(__file__).parent / "data" / "words" / "negex.jsonl"


def said(assertion="present", experiencer="patient", time="now"):
    return Heard(
        start=0, end=1, concept=None, assertion=assertion, experiencer=experiencer, time=time
    )


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(negex).failed == 0


@pytest.mark.parametrize(
    ("concept", "sentence", "words"),
    [
        ("pain", "No pain now, but PAIN then", "PAIN"),  # capitals show which one is meant
        ("pain", "PAINFUL. PAIN", "PAIN"),
        ("chest pain", "no CHEST\n  PAIN", "CHEST\n  PAIN"),
        ("T3 (N1)", "stage T3 (N1) tumour", "T3 (N1)"),
        ("PE", "a PE was seen", "PE"),
    ],
)
def test_concept_is_placed(concept, sentence, words):
    start, end = placed(concept, sentence)
    assert sentence[start:end] == words
    assert sentence.rfind(words) == start


def test_a_concept_cut_by_its_sentence_is_placed_by_the_words_that_are_left():
    rows = read_rows(FILE.read_text("utf-8"))
    cut = next(row for row in rows if not row.whole)
    assert cut.sentence[slice(*cut.span)] == "EDEMA OF THE LEGS."
    row = json.loads(FILE.read_text("utf-8").splitlines()[0])
    nowhere = read_rows(json.dumps({**row, "concept": "gout"}))[0]
    assert nowhere.span is None


def test_figures_are_those_of_a_hand():
    """Truth: 2 negated, 2 historical, 1 of the family, among 8."""
    rows = read_rows(FILE.read_text("utf-8"))
    answers = [
        said("absent"),  # negated: right
        said("absent"),  # affirmed: wrong
        said(time="past"),  # historical: right
        said(experiencer="relative"),  # family: right; historical: missed
        said("possible"),  # negated: missed
        None,  # not placed: affirmed, now, patient
        said("hypothetical", time="past"),  # not historical: wrong
        said(experiencer="relative"),  # patient: wrong
    ]
    found = figures_of([counts(row, ours) for row, ours in zip(rows, answers, strict=True)])
    by_hand = {
        "negation_precision": 1 / 2,
        "negation_recall": 1 / 2,
        "negation_f1": 1 / 2,
        "historical_precision": 1 / 2,
        "historical_recall": 1 / 2,
        "historical_f1": 1 / 2,
        "other_experiencer_precision": 1 / 2,
        "other_experiencer_recall": 1.0,
        "other_experiencer_f1": 2 / 3,
        "polarity_macro_f1": (1 / 2 + 10 / 12) / 2,
        "temporality_macro_f1": (1 / 2 + 10 / 12) / 2,
        "experiencer_macro_f1": (2 / 3 + 12 / 13) / 2,
        "macro_f1": (1 / 2 + 1 / 2 + 2 / 3) / 3,
    }
    assert {name: one.value for name, one in found.items()} == pytest.approx(by_hand, abs=6e-5)
    assert all(one.low <= one.value <= one.high for one in found.values())


@pytest.mark.parametrize("change", [{"polarity": "No"}, {"temporality": None}, {"sentence": 3}])
def test_a_wrong_row_is_named(change):
    good = FILE.read_text("utf-8").splitlines()[0]
    with pytest.raises(InvalidInputError, match="line 2 is no row of the NegEx layout"):
        read_rows(good + "\n" + json.dumps({**json.loads(good), **change}))
