"""Windows of Chinese dialogues: who says what of which symptom."""

from pathlib import Path

import pytest

from assistant.errors import InvalidInputError
from assistant.evaluation.mie import Reader, concepts_of, labels_of, read_dialogues
from assistant.extraction.lexical import LexicalExtractor

FILE = Path(__file__).parent / "data" / "words" / "mie.json"


@pytest.fixture(scope="module")
def dialogues():
    return read_dialogues(FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def reader(knowledge, dialogues):
    return Reader(LexicalExtractor(knowledge), concepts_of(labels_of(dialogues), knowledge))


def test_labels_are_mapped_by_names_and_the_rest_is_told(knowledge, dialogues):
    """A label that our list does not know by name is counted, never guessed."""
    mapped = concepts_of(labels_of(dialogues), knowledge)
    assert "headache" in mapped["头痛"]
    assert "headache_one_sided" in mapped["头痛"], "a form of it is it"
    assert labels_of(dialogues) == sorted({"头痛", "呕吐", "咳嗽", "头晕", "发热", "山药病"})
    assert "山药病" not in mapped


def test_every_window_is_read_as_it_was_marked(dialogues, reader):
    """Told, denied, asked, answered with a bare word, stated by the doctor."""
    for windows in dialogues:
        for window in windows:
            mapped = {(s, v) for s, v in window.marked if s != "山药病"}
            assert reader.said(window) == mapped


@pytest.mark.parametrize("text", ["{", "[1]", '[[{"label": []}]]', "[[[]]]"])
def test_another_layout_is_named(text):
    with pytest.raises(InvalidInputError, match="layout of MIE"):
        read_dialogues(text)


def test_unknown_status_is_no_status():
    with pytest.raises(InvalidInputError, match="阳性"):
        read_dialogues('[[{"utterances": [], "label": ["症状:头痛-状态:也许"]}]]')
