"""The patient's words in the talk: letter for letter, and nothing more."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from assistant.ui.attending import revealed
from assistant.ui.transcript import plain, said, spoken, unmarked

MARKS = set("<>&*_`[]()#+-.!~|$:/@\"'\\{}=^")


@given(st.text(max_size=200))
def test_plain_shows_every_letter_and_means_nothing(text):
    """A patient who writes `<b>` or `1.` must read just that."""
    inert = plain(text)
    assert not MARKS & set(re.sub(r"&#\d+;", "", inert))
    shown = html.unescape(inert) if "\x00" not in text else ""
    words = re.sub(r"\s+", " ", text).strip()
    if words.isprintable() and words.isascii():
        assert re.sub(r"\s+", " ", shown).strip() == words


def test_indented_words_are_not_code():
    """Four spaces are code in Markdown."""
    assert plain("a\n    b") == "a\nb"


def test_fold_out_escapes_its_reason():
    """What folds out is HTML: names in it must not be."""
    content = spoken("Is there a rash?", "Why?", "to tell <a> & <b> apart")["content"]
    assert "<details><summary>Why?</summary>" in content
    assert "&lt;a&gt; &amp; &lt;b&gt;" in content


def test_unmarked_speaks_no_asterisks():
    """A screen reader should not say "asterisk asterisk"."""
    assert unmarked("**Now**\n- one") == "Now\none"


def test_revealed_ends_with_everything():
    """Words that appear one after the other must all have appeared at the end."""
    talk = [spoken("Hello."), said("ill"), spoken("I see."), spoken("Since **when** is it?")]
    views = list(revealed(talk, ["I see.", "Since **when** is it?"]))
    assert views[-1] == talk
    assert all(view[:2] == talk[:2] for view in views)
    assert all(m["content"].count("**") % 2 == 0 for view in views for m in view)


def test_nothing_new_reveals_nothing():
    """A reply without words must not empty the talk."""
    assert list(revealed([said("ill")], [])) == []
