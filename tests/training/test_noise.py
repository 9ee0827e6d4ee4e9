"""Slips are put in without taking a mention off its words."""

import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.training import noise
from assistant.training.samples import Attribute, Labelled, Sample, replaced, with_mention

_EN = st.sampled_from(
    (
        "chest pain",
        "there is",
        "it's",
        "my two weak legs",
        "headache",
        "no",
        "a fever",
        "Dr. Smith",
        "one's swelling; bad",
        "can't see",
        "breathlessness",
        "to the left",
        "uh",
    )
)
_ZH = st.sampled_from(
    ("头晕", "咳嗽有痰", "肚子胀得疼", "没有", "我在家", "发烧39度", "的", "腿麻")
)
_GAPS = st.sampled_from([" ", ", ", ". ", " and ", "，", "。", "!", " 我 ", " I'm "])


@st.composite
def samples(draw, words=_EN):
    """Draw a text whose mentions and attributes are apart from each other."""
    text, mentions, attributes = draw(st.sampled_from(["", "Well, ", "我"])), [], []
    for _ in range(draw(st.integers(1, 5))):
        part, kind = draw(words), draw(st.sampled_from("mman"))
        if kind == "m":
            mentions.append(Labelled(len(text), len(text) + len(part), "fever"))
        elif kind == "a":
            attributes.append(Attribute(len(text), len(text) + len(part), "when"))
        text += part + draw(_GAPS)
    return Sample(text, tuple(mentions), tuple(attributes))


def distance(a, b):
    """Return the edits (insert, delete, exchange) between two texts."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def bare(text):
    """Return letters and digits alone, in one width and case."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def assert_sound(sample):
    """Assert that mentions and attributes lie in the text, apart, and hold something."""
    last = 0
    for start, end in sorted((s.start, s.end) for s in (*sample.mentions, *sample.attributes)):
        assert last <= start < end
        last = end
    assert last <= len(sample.text)


_LONGEST = max(map(len, noise._FILLERS))
_EDITS = {
    "_capital": 0, "_low": 0, "_shouted": 0, "_curly": 0, "_unstopped": 0, "_unmarked": 0,
    "_ended": 0, "_misspelt": 2, "_misheard": 6, "_filled": _LONGEST,
    "_spaced_zh": 0, "_misheard_zh": 2, "_filled_zh": 2, "_wide_zh": 0,
}  # fmt: skip


@pytest.mark.parametrize("name", _EDITS)
@given(data=st.data(), seed=st.integers(0, 9999))
def test_a_slip_leaves_every_mention_on_its_words(name, data, seed):
    sample = data.draw(samples(_ZH if name.endswith("zh") else _EN))

    slipped = getattr(noise, name)(sample, random.Random(seed))

    assert_sound(slipped)
    assert len(slipped.mentions) == len(sample.mentions)
    pairs = zip(sample.mentions, slipped.mentions, strict=True)
    edits = [
        distance(bare(sample.text[a.start : a.end]), bare(slipped.text[b.start : b.end]))
        for a, b in pairs
    ]
    assert sum(edits) <= _EDITS[name]


def test_every_slip_is_bounded_above():
    steps = {step.__name__ for _, step in (*noise._ENGLISH, *noise._CHINESE)}

    assert steps == set(_EDITS)


@given(sample=samples(_EN | _ZH), seed=st.integers(0, 9999), chinese=st.booleans())
def test_all_slips_together_leave_a_sound_sample(sample, seed, chinese):
    slipped = noise.roughened(sample, random.Random(seed), chinese)

    assert_sound(slipped)
    assert [m.concept for m in slipped.mentions] == [m.concept for m in sample.mentions]


def test_slips_really_change_texts():
    sample = Sample("My chest hurts, and I can't breathe there.")
    texts = {noise.roughened(sample, random.Random(i), False).text for i in range(100)}

    assert len(texts) > 40


@given(
    sample=samples(_EN | _ZH),
    new=st.text("ab 痛", max_size=6),
    first=st.integers(0, 40),
    size=st.integers(0, 6),
)
def test_a_replacement_moves_what_comes_after(sample, new, first, size):
    first = min(first, len(sample.text))
    last = min(first + size, len(sample.text))

    changed = replaced(sample, first, last, new)

    assert changed.text == sample.text[:first] + new + sample.text[last:]
    assert_sound(changed)
    untouched = [m for m in sample.mentions if m.end <= first or m.start > last]
    there = {changed.text[m.start : m.end] for m in changed.mentions}
    assert {sample.text[m.start : m.end] for m in untouched} <= there


@given(sample=samples(), data=st.data())
def test_exchanged_words_are_where_the_mention_is(sample, data):
    if not sample.mentions:
        return
    index = data.draw(st.integers(0, len(sample.mentions) - 1))

    changed = with_mention(sample, index, "a new thing", "rash")

    assert_sound(changed)
    mention = changed.mentions[index]
    assert (changed.text[mention.start : mention.end], mention.concept) == ("a new thing", "rash")
    rest = [m for i, m in enumerate(changed.mentions) if i != index]
    old = [m for i, m in enumerate(sample.mentions) if i != index]
    assert [changed.text[m.start : m.end] for m in rest] == [
        sample.text[m.start : m.end] for m in old
    ]
