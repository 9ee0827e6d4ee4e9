"""Our numbers beside tables of others, on small tables of our own."""

import pytest

from assistant.errors import InvalidInputError
from assistant.evaluation.crosscheck import CHATDOCTOR, KAGGLE, SYMCAT, Reader, compare, worst
from assistant.extraction import EXTRACTORS

SYMCAT_HEAD = "selection1_name,selection1_disorder_name,selection1_disorder_probability"


@pytest.fixture(scope="module")
def reader(knowledge):
    return Reader(knowledge, EXTRACTORS.create("lexicon", knowledge=knowledge))


def put(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_words_of_a_table_are_read_as_ours(reader):
    assert reader.finding("skin_rash") == "rash"
    assert reader.finding("nothing that means anything") is None
    assert reader.condition("Gout") == "gout"
    assert reader.condition("no such disease") is None


def test_shares_of_a_symptom_are_compared_over_what_both_name(tmp_path, reader):
    rows = ["Cough,Common cold,40", "Cough,Asthma,30", "Cough,Pneumonia,10", "Cough,Unknown,20"]
    put(tmp_path, SYMCAT, "\n".join([SYMCAT_HEAD, *rows]))
    compared = compare(tmp_path, reader)
    assert {one.condition for one in compared} == {"common_cold", "asthma", "pneumonia"}
    assert sum(one.ours for one in compared) == pytest.approx(1)
    assert sum(one.theirs for one in compared) == pytest.approx(1)


def test_a_listed_symptom_should_be_commoner_than_in_anybody(tmp_path, reader):
    put(tmp_path, KAGGLE, "Gout,pain_in_big_toe\nGout,pain_in_big_toe,cough\n")
    put(tmp_path, CHATDOCTOR, "disease,Symptom\nGout,\"['Hair loss']\"\n")
    large = {(one.table, one.finding): one.is_large for one in compare(tmp_path, reader)}
    assert large == {
        ("kaggle", "joint_pain_big_toe"): False,
        ("kaggle", "cough"): True,
        ("chatdoctor", "hair_loss"): True,
    }
    assert [one.is_large for one in worst(compare(tmp_path, reader), 1)] == [True]


def test_a_folder_without_tables_is_refused(tmp_path, reader):
    with pytest.raises(InvalidInputError, match="holds none"):
        compare(tmp_path, reader)
