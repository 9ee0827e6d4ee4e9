"""Annotations that stand off find their words again, or say that they cannot."""

import hashlib
import json

import pytest

from assistant.errors import InvalidInputError
from assistant.training.mixture import WRITTEN
from assistant.training.public import NEGEX, read_annotated, read_negex
from assistant.training.samples import Labelled, Teaches

ANNOTATED = WRITTEN / "annotated_en.jsonl"
GOLD = WRITTEN.parents[2] / "tests" / "gold" / "gold_en.jsonl"
TALK = "D: What is wrong?\nP: A bad cough, no fever.\n"


def entry(text, **changes):
    told = {"id": "a", "file": "talk.txt", "line": None, "field": "", "start": 21, "end": 42}
    told["sha256"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    told["mentions"] = [
        [15, 20, "fever", "absent", "patient", "now"],
        [2, 11, "cough|cough_dry", "present", "patient", "past"],
    ]
    return told | changes


@pytest.fixture
def read(tmp_path):
    """Return a reader of annotations whose sources are our own."""
    (tmp_path / "talk.txt").write_text(TALK, encoding="utf-8")
    row = json.dumps({"talk": TALK})
    (tmp_path / "talk.jsonl").write_text(f"{{}}\n{row}\n", encoding="utf-8")

    def of(*entries):
        file = tmp_path / "annotated.jsonl"
        file.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
        return read_annotated(file, tmp_path)

    return of


WANTED = (
    Labelled(2, 11, "cough", "present", "patient", "past"),
    Labelled(15, 20, "fever", "absent"),
)


@pytest.mark.parametrize("place", [{}, {"file": "talk.jsonl", "line": 1, "field": "talk"}])
def test_the_words_are_read_from_the_source(read, place):
    (sample,) = read(entry(TALK[21:42], **place))

    assert sample.text == "A bad cough, no fever"
    assert sample.mentions == WANTED
    assert sample.teaches is Teaches.ALL


def test_of_two_findings_in_the_same_words_the_first_stands(read):
    overlapping = [[2, 11, "cough", "present", "patient", "now"],
                   [6, 11, "fever", "absent", "patient", "now"]]  # fmt: skip
    (sample,) = read(entry(TALK[21:42], mentions=overlapping))

    assert [m.concept for m in sample.mentions] == ["cough"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"start": 20}, "row 2: its source has changed"),
        ({"file": "talk.jsonl", "line": 7, "field": "talk"}, "row 2: its source has changed"),
        ({"file": "lost.txt"}, r"lost\.txt is not in the data folder"),
    ],
)
def test_a_source_that_is_not_the_annotated_one_is_refused(read, change, word):
    with pytest.raises(InvalidInputError, match=word):
        read(entry(TALK[21:42]), entry(TALK[21:42], **change))


def negex(tmp_path, *rows):
    file = tmp_path / NEGEX
    file.parent.mkdir()
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return read_negex(tmp_path)


def test_sentences_teach_only_what_is_said_of_the_concept(tmp_path):
    told = {"polarity": "Negated", "experiencer": "Patient", "temporality": "Historical"}
    samples = negex(
        tmp_path,
        {"sentence": "No  CHEST PAIN last year.", "concept": "chest pain", **told},
        {"sentence": "Nothing of it.", "concept": "fever", **told},
    )

    (sample,) = samples
    assert sample.text == "No chest pain last year."
    assert sample.mentions == (Labelled(3, 13, "unlisted", "absent", "patient", "past"),)
    assert sample.teaches is Teaches.STATUS


def test_missing_sentences_are_told(tmp_path):
    with pytest.raises(InvalidInputError, match="is not in the data folder"):
        read_negex(tmp_path)


def rows_of(file):
    return [json.loads(row) for row in file.read_text(encoding="utf-8").splitlines()]


def test_the_annotations_that_ship_hold_no_words_of_others():
    keys = {"id", "file", "line", "field", "start", "end", "sha256", "speaker", "mentions"}
    for row in rows_of(ANNOTATED):
        assert row.keys() == keys


def test_no_taught_utterance_is_in_the_gold_set():
    """Else the gold set would measure memory; neither the same place nor a part of it."""
    gold, taught = rows_of(GOLD), rows_of(ANNOTATED)
    places = {(row["file"], row["line"], row["start"]) for row in gold}

    assert len(gold) >= 600
    assert len(taught) > 1000
    assert not places & {(row["file"], row["line"], row["start"]) for row in taught}
    by_text: dict = {}
    for row in gold:
        by_text.setdefault((row["file"], row["line"], row["field"]), []).append(row)
    for row in taught:
        for other in by_text.get((row["file"], row["line"], row["field"]), []):
            assert row["end"] <= other["start"] or other["end"] <= row["start"], row["id"]


def test_annotated_utterances_have_the_right_offsets(shared_data, knowledge):
    """Reading checks the hash of each; the edges of each mention are those of its words."""
    samples = read_annotated(ANNOTATED, shared_data)

    mentions = [(s.text, m) for s in samples for m in s.mentions]
    assert len(samples) == len(rows_of(ANNOTATED))
    assert len(mentions) > 1000
    for text, mention in mentions:
        words = text[mention.start : mention.end]
        assert words
        assert words == words.strip(), (mention, len(text))
        around = text[max(0, mention.start - 1) : mention.start + 1]
        assert not around.isalpha() or len(around) < 2, mention
        around = text[mention.end - 1 : mention.end + 1]
        assert not around.isalpha() or len(around) < 2, mention
        assert mention.concept in knowledge.findings or mention.concept == "none"


def test_the_negex_sentences_are_read_whole(shared_data):
    samples = read_negex(shared_data)
    rows = rows_of(shared_data / NEGEX)

    assert len(samples) > 0.95 * len(rows)
    assert {s.mentions[0].assertion for s in samples} == {"present", "absent"}
    for sample in samples:
        (mention,) = sample.mentions
        assert sample.text[mention.start : mention.end].strip()
