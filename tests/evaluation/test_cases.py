"""Eight invented cases, read, run and counted."""

import json
from pathlib import Path

import pytest

from assistant.errors import InvalidInputError
from assistant.evaluation.figures import confusion_table, figures_of, misses_table
from assistant.evaluation.gold import read_cases, sample
from assistant.evaluation.running import WithoutDenials, run
from assistant.evaluation.triage_metrics import Care
from assistant.records.terms import Assertion, Language

TEXT = Path(__file__).with_name("data").joinpath("cases.jsonl").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def outcomes(light):
    return run(light, read_cases(TEXT, None), 4000)


def test_rows_of_every_kind_are_read():
    cases = {case.id: case for case in read_cases(TEXT, None)}
    assert cases["own-1"].icd10 == ("N30.0",)
    assert cases["own-2"].care is Care.EMERGENCY
    assert cases["own-5"].care is Care.CONSULT
    assert cases["own-6"].request["text"] == (
        "I have heartburn, sour taste in the mouth. No chest pain."
    )
    assert cases["own-7"].request["vitals"]["sbp"] == "84"
    assert cases["own-7"].care is Care.EMERGENCY
    assert cases["own-8"].care is Care.SELF_CARE


def test_chinese_side_of_a_row_is_taken_when_asked_for():
    case = read_cases(TEXT.splitlines()[5], Language.CHINESE)[0]
    assert case.request["text"] == "我有烧心、反酸。 没有胸痛。"
    assert case.diagnosis == ("胃食管反流病",)
    assert case.candidates[1] == "哮喘"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "Line 1 is not a JSON object"),
        ("[1, 2]", "Line 1 is not a JSON object"),
        ('{"diagnosis": "Gout"}', "neither text nor findings"),
        ('{"text": "my toe hurts"}', "no diagnosis"),
        ('{"text": "my toe hurts", "triage": "soonish"}', "level of urgency"),
    ],
)
def test_a_file_that_cannot_be_measured_is_refused(line, said):
    with pytest.raises(InvalidInputError, match=said):
        read_cases(line, None)


def test_sample_is_the_same_for_the_same_seed():
    cases = read_cases(TEXT, None)
    assert sample(cases, 3, 7) == sample(cases, 3, 7)
    assert len(sample(cases, 3, 7)) == 3
    assert sample(cases, None, 0) == sample(cases, 100, 0) == cases


def test_truth_is_found_in_both_languages(outcomes):
    ranks = {o.gold.id: o.rank for o in outcomes}
    for case in ("own-1", "own-2", "own-3", "own-4", "own-5", "own-6"):
        assert ranks[case] is not None, case
    assert ranks["own-1"] == ranks["own-2"] == ranks["own-6"] == 1


def test_emergencies_are_seen_in_words_and_in_vital_signs(outcomes):
    care = {o.gold.id: o.care for o in outcomes}
    assert care["own-2"] is care["own-4"] is care["own-7"] is Care.EMERGENCY


def test_candidates_are_told_apart(outcomes):
    chosen = next(o for o in outcomes if o.gold.id == "own-6")
    assert chosen.candidate is True
    assert chosen.candidates_known
    assert not chosen.tied


def test_two_candidates_of_one_condition_tie(light):
    """Which of the two names is right cannot be known, so it is no hit, and is counted apart."""
    row = {"text": "heartburn", "diagnosis": "GERD", "candidates": ["GERD", "Acid reflux", "Gout"]}
    outcome = run(light, read_cases(json.dumps(row), None), 4000)[0]
    assert outcome.tied
    assert outcome.candidate is False


def test_figures_count_only_what_has_a_truth(outcomes):
    figures = figures_of(outcomes)
    assert figures.shares["top_1_accuracy"].n == 6
    assert figures.shares["triage_accuracy"].n == 7
    assert figures.shares["candidate_accuracy"].n == 1
    assert figures.shares["emergency_recall"].n == 3
    assert figures.values["errors"] == 0
    assert json.loads(json.dumps(figures.as_json()))["ci95"]["top_1_accuracy"][1] <= 1


def test_tables_show_misses_without_the_patients_words(outcomes):
    table = misses_table(outcomes, 40, {})
    assert "heartburn" not in table
    assert confusion_table(outcomes).count("\n") == 3


def test_row_in_error_is_a_miss_and_stays_in_the_count(light):
    text = '{"id": "bad", "text": "cough", "age": -3, "diagnosis": "Asthma", "triage": "emergency"}'
    outcome = run(light, read_cases(text, None), 4000)
    assert "age" in outcome[0].error
    figures = figures_of(outcome)
    assert figures.values["top_1_accuracy"] == 0
    assert figures.values["errors"] == 1
    assert figures.values["emergency_recall"] == 0
    assert "error: age" in misses_table(outcome, 5, {})


def test_denials_can_be_taken_away(light):
    text = "I have a cough. No fever."
    kept = light.extractor.extract(text, language=Language.ENGLISH)
    less = WithoutDenials(light.extractor).extract(text, language=Language.ENGLISH)
    assert {f.assertion for f in kept.findings} == {Assertion.PRESENT, Assertion.ABSENT}
    assert {f.assertion for f in less.findings} == {Assertion.PRESENT}
