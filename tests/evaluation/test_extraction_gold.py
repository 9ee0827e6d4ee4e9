"""A gold set is read as it was marked, or refused with the row that is wrong."""

import json
from pathlib import Path

import pytest

from assistant.errors import InvalidInputError
from assistant.evaluation.extraction_gold import read_gold
from assistant.records.terms import Language

WORDS = Path(__file__).parent / "data" / "words"
CONCEPTS = {"fever", "cough", "cough_large_sputum_daily"}


def rows(name="gold_en.jsonl"):
    return [json.loads(line) for line in (WORDS / name).read_text("utf-8").splitlines()]


def read(*given, folder=WORDS, half="all"):
    return read_gold("\n".join(json.dumps(row) for row in given), folder, CONCEPTS, half)


def test_a_row_that_stands_off_gets_the_words_of_its_source(knowledge):
    """One character beside, and every offset measures other words than were marked."""
    text = (WORDS / "gold_en.jsonl").read_text("utf-8")
    gold = {one.id: one for one in read_gold(text, WORDS, knowledge.findings)}
    marked = {one.id: [one.text[m.start : m.end] for m in one.mentions] for one in gold.values()}
    assert marked["e1"] == ["fever", "cough"]  # in a text file
    assert marked["e8"] == ["headache", "nausea"]  # in a field of a JSON line
    assert marked["e9"] == ["headache", "feel dizzy"]
    assert gold["e1"].mentions[1].concepts == ("cough", "cough_large_sputum_daily")
    assert len(gold) == 9


def test_a_chinese_row_holds_its_own_words(knowledge):
    text = (WORDS / "gold_zh.jsonl").read_text("utf-8")
    gold = read_gold(text, WORDS / "nowhere", knowledge.findings)
    assert [one.language for one in gold] == [Language.CHINESE] * 4
    assert [gold[0].text[m.start : m.end] for m in gold[0].mentions] == ["发烧", "咳嗽"]


@pytest.mark.parametrize(("half", "n"), [("tune", 3), ("test", 6), ("all", 9)])
def test_half_is_kept_apart(knowledge, half, n):
    """A test half that is tuned on measures nothing."""
    text = (WORDS / "gold_en.jsonl").read_text("utf-8")
    gold = read_gold(text, WORDS, knowledge.findings, half)
    assert len(gold) == n
    assert {one.half for one in gold} == ({"tune", "test"} if half == "all" else {half})


def test_a_changed_source_is_refused_with_its_row(tmp_path):
    """Offsets into another version of a file would silently measure the wrong words."""
    talk = (WORDS / "talk.txt").read_text("utf-8")
    (tmp_path / "talk.txt").write_text(talk.replace("no cough", "no rash!"), "utf-8")
    with pytest.raises(InvalidInputError, match=r"line 1 \(e1\).*talk\.txt are not those"):
        read(rows()[0], folder=tmp_path)
    assert read(rows()[0])[0].text == "I have a fever but no cough."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"file": "none.txt"}, "name the data folder with --data"),
        ({"file": "../words/../../test_metrics.py"}, "outside the data folder"),
        ({"file": "notes.jsonl", "line": 9, "field": "text"}, "no line 9"),
        ({"file": "notes.jsonl", "line": 0, "field": "words"}, "no field 'words'"),
        ({"start": 9, "end": 9}, "start before end"),
        ({"line": "0"}, "line must be a whole number"),
        ({"sha256": None}, "needs the sha256"),
        ({"half": "both"}, "half must be one of tune, test"),
        ({"mentions": [[9, 14, "fever", "present", "patient"]]}, "a mention is"),
        ({"mentions": [[9, 99, "fever", "present", "patient", "now"]]}, "28 letters"),
        ({"mentions": [[9, 9, "fever", "present", "patient", "now"]]}, "28 letters"),
        ({"mentions": [[9, 14, "fevre", "present", "patient", "now"]]}, "no finding 'fevre'"),
        ({"mentions": [[9, 14, "fever", "denied", "patient", "now"]]}, "'denied' is none of"),
        ({"mentions": [[9, 14, "fever", "present", "mother", "now"]]}, "'mother' is none of"),
        ({"mentions": [[9, 14, "fever", "present", "patient", "then"]]}, "'then' is none of"),
    ],
)
def test_a_wrong_row_is_named(change, says):
    with pytest.raises(InvalidInputError, match=r"line 1 \(e1\)") as error:
        read({**rows()[0], **change})
    assert says in str(error.value)


def test_what_is_no_row_and_what_stands_twice_is_named():
    with pytest.raises(InvalidInputError, match=r"line 1 is no row"):
        read_gold("not JSON", WORDS, CONCEPTS)
    with pytest.raises(InvalidInputError, match=r"line 1 .*is no row"):
        read({"id": "x"})
    with pytest.raises(InvalidInputError, match=r"line 2 \(e1\).*twice"):
        read(rows()[0], rows()[0])
