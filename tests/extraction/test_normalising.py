"""What cannot be seen or only looks alike must not hide a symptom; evidence stays verbatim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.normalising import normalise


@pytest.mark.parametrize(
    ("original", "plain"),
    [
        ("Ｃｈｅｓｔ　ｐａｉｎ", "Chest pain"),
        ("chest\u200b pa\u200din", "chest pain"),
        ("\u202echest pain\u202c", "chest pain"),
        ("I don’t know “why”", 'I don\'t know "why"'),
        ("сhеst pаin", "chest pain"),  # c, e and a are Cyrillic
        ("39．2℃", "39.2°C"),
        ("a\x00b\x07c", "abc"),
        ("one\ttwo\r\nthree", "one two \nthree"),
        ("не болит", "не болит"),  # real Cyrillic stays
        ("3–4 days — maybe", "3-4 days - maybe"),
        ("𝐜𝐡𝐞𝐬𝐭", "chest"),
        ("", ""),
    ],
)
def test_plain_form(original, plain):
    assert normalise(original).text == plain


def test_evidence_is_cut_from_the_original():
    original = "I have сhеst\u200b pаin."
    plain = normalise(original)
    start = plain.text.index("chest")

    assert plain.evidence(start, start + len("chest pain")) == "сhеst\u200b pаin"


def test_an_empty_span_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        normalise("fever").span(2, 2)


@given(st.text(max_size=80))
def test_offsets_always_lie_in_the_original(original):
    """A wrong offset would show somebody words that they never said."""
    plain = normalise(original)

    assert len(plain.starts) == len(plain.ends) == len(plain.text)
    for start, end in zip(plain.starts, plain.ends, strict=True):
        assert 0 <= start < end <= len(original)
    assert list(plain.starts) == sorted(plain.starts)
