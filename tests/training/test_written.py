"""Utterances with marks: what they say, and marks that are wrong."""

import random

import pytest

from assistant.errors import InvalidInputError
from assistant.training.mixture import WRITTEN
from assistant.training.samples import Attribute, Labelled
from assistant.training.written import Exchange, parsed, read_written


def test_marks_say_what_is_said_of_a_mention():
    sample = parsed("My [mum|none|^], no [fever|fever|-], {since Tuesday|when} [a cough|cough|?<]")

    assert sample.text == "My mum, no fever, since Tuesday a cough"
    assert sample.mentions == (
        Labelled(3, 6, "none", "present", "relative", "now"),
        Labelled(11, 16, "fever", "absent", "patient", "now"),
        Labelled(32, 39, "cough", "possible", "patient", "past"),
    )
    assert sample.attributes == (Attribute(18, 31, "when"),)


def test_marks_stand_in_chinese_too():
    sample = parsed("没有[发烧|fever|-]，怕是[脑梗|hx_stroke_tia|~]")

    assert sample.text == "没有发烧，怕是脑梗"
    assert [sample.text[m.start : m.end] for m in sample.mentions] == ["发烧", "脑梗"]
    assert [m.assertion for m in sample.mentions] == ["absent", "hypothetical"]


@pytest.mark.parametrize(
    "line",
    [
        "[fever|fever",
        "fever|fever]",
        "[fever]",
        "[|fever]",
        "[fever|Fever]",
        "[fever|fever|!]",
        "[fever|fever|-|-]",
        "{often|sometimes}",
        "{often}",
        "[a [fever|fever]|cough]",
    ],
)
def test_wrong_marks_are_refused(line):
    with pytest.raises(InvalidInputError, match="mark"):
        parsed(f"I have {line} today")


def test_remarks_and_empty_lines_are_skipped(tmp_path):
    file = tmp_path / "written.txt"
    file.write_text("# a remark\n\n[fever|fever]\n#1 reason: [cough|cough]\n", encoding="utf-8")

    assert [s.text for s in read_written(file)] == ["fever", "#1 reason: cough"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_written_mention_means_a_finding_of_the_knowledge(language, knowledge):
    samples = read_written(WRITTEN / f"written_{language}.txt")

    unknown = {m.concept for s in samples for m in s.mentions} - set(knowledge.findings)
    assert unknown <= {"none"}
    assert len(samples) > 3000


def test_names_are_exchanged_for_their_kind_and_clauses_stay():
    exchange = Exchange({"n": [("rash", ["itchy spots"])], "r": [("smoker", ["20 a day"])]},
                        frozenset({"diabetes"}))  # fmt: skip
    sample = parsed("[Fever|fever|-], [my chest hurts|chest_pain], [sugar|diabetes|<], [it|none]")

    seen = {exchange.varied(sample, random.Random(i)).text for i in range(60)}

    assert seen == {
        f"{symptom}, my chest hurts, {history}, it"
        for symptom in ("Fever", "Itchy spots")
        for history in ("sugar", "20 a day")
    }
    changed = exchange.varied(sample, random.Random(1))
    assert [m.assertion for m in changed.mentions] == ["absent", "present", "present", "present"]
    assert changed.mentions[2].time == "past"
