"""The list of what was understood: every finding once, with the words that it came from."""

import html
import json
import re
from dataclasses import replace

import pytest

from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Message, Turn, TurnKind
from assistant.records.finding import Attribute, Finding, Origin
from assistant.records.terms import Assertion, Experiencer, Language, Sex, Time
from assistant.ui.quoting import LONGEST, quoted
from assistant.ui.showing import Showing
from assistant.ui.transcript import marked
from assistant.ui.understood import understood

SAID = "It began on Monday. I have a dry cough <i>, maybe a fever. My mother coughs"
COUGH = Finding(
    concept="cough",
    assertion=Assertion.PRESENT,
    evidence="cough",
    duration_days=3,
    turn=1,
    start=SAID.index("cough"),
    end=SAID.index("cough") + 5,
)
TALK = Consultation(
    id="x",
    profile=Profile(),
    findings=(COUGH,),
    messages=(Message(role="patient", text=SAID, turn=1),),
)


def words(entry) -> str:
    """Return the quote of an entry with its marked words in brackets."""
    return "".join(f"[{part.text}]" if part.marked else part.text for part in entry.quote)


def test_entry_keeps_the_patients_sentence_and_marks_its_words(wording):
    """Each line can be traced to something that was said."""
    (entry,) = understood(TALK, wording).entries
    assert entry.group == "present"
    assert words(entry) == "I have a dry [cough] <i>, maybe a fever"
    assert entry.details == ("for about 3 days",)
    assert entry.source == ""


def test_two_findings_of_one_message_mark_their_own_words(wording):
    """Two lines that mark the same words would explain nothing."""
    at = SAID.index("fever")
    fever = replace(
        COUGH, concept="fever", evidence="fever", start=at, end=at + 5, duration_days=None
    )
    entries = understood(replace(TALK, findings=(COUGH, fever)), wording).entries
    assert [words(e) for e in entries] == [
        "I have a dry [cough] <i>, maybe a fever",
        "I have a dry cough <i>, maybe a [fever]",
    ]


@pytest.mark.parametrize("start", [None, 0, 10_000])
def test_words_are_found_where_their_place_is_not_known(start):
    """Wrong offsets must not mark the wrong words."""
    lost = replace(COUGH, start=start, end=None if start is None else start + 5)
    assert [p.text for p in quoted(lost, TALK) if p.marked] == ["cough"]


def test_words_that_are_nowhere_stand_alone(wording):
    """An extractor that mended the spelling still shows what it went by."""
    mended = replace(COUGH, evidence="coughing fits", start=None, end=None)
    (entry,) = understood(replace(TALK, findings=(mended,)), wording).entries
    assert words(entry) == "[coughing fits]"


def test_a_long_sentence_is_cut_around_the_words():
    """Four thousand characters do not fit beside a finding."""
    text = "so " * 400 + "cough" + " and" * 400
    at = text.index("cough")
    long = replace(COUGH, start=at, end=at + 5)
    talk = replace(TALK, messages=(Message(role="patient", text=text, turn=1),))
    shown = "".join(p.text for p in quoted(long, talk))
    assert "cough" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= LONGEST + 2


def test_words_of_the_form_come_from_the_form(wording):
    """What stood in the form must not look as if it had been said in the talk."""
    told = Finding(
        concept="hx_asthma", assertion=Assertion.PRESENT, evidence="asthma", origin=Origin.PROFILE
    )
    filled = replace(TALK, profile=Profile(conditions="I have asthma"), findings=(told,))
    (entry,) = understood(filled, wording).entries
    assert words(entry) == "I have [asthma]"
    assert entry.source == "From the form before the talk"


def test_latest_word_wins(wording):
    """A correction must not leave the old line beside the new one; the words stay traceable."""
    denied = Finding(
        concept="cough", assertion=Assertion.ABSENT, evidence="", origin=Origin.CORRECTED, turn=2
    )
    (entry,) = understood(replace(TALK, findings=(COUGH, denied)), wording).entries
    assert entry.group == "absent"
    assert entry.source == "Set right by you"
    assert words(entry) == "I have a dry [cough] <i>, maybe a fever"


def test_taken_back_to_not_sure(wording):
    """A tap on "not sure" is a correction like the others."""
    doubted = Finding(
        concept="cough", assertion=Assertion.UNKNOWN, evidence="", origin=Origin.CORRECTED, turn=2
    )
    (entry,) = understood(replace(TALK, findings=(COUGH, doubted)), wording).entries
    assert entry.group == "unclear"


def test_a_pressed_no_shows_the_answer(wording):
    """A button has no sentence to show."""
    denied = Finding(
        concept="fever", assertion=Assertion.ABSENT, evidence="No", origin=Origin.ANSWERED, turn=2
    )
    entry = understood(replace(TALK, findings=(COUGH, denied)), wording).entries[1]
    assert (entry.quote, entry.source) == ((), "Your answer: No")


def test_relatives_and_the_past_are_told_apart(wording):
    """The mother's cough is not the patient's; and that she has none must not read as one."""
    mothers = replace(COUGH, experiencer=Experiencer.RELATIVE, duration_days=None)
    nobodys = replace(mothers, concept="rash", assertion=Assertion.ABSENT)
    earlier = replace(COUGH, concept="fever", time=Time.PAST, duration_days=None)
    chinese = replace(TALK, profile=Profile(language=Language.CHINESE))
    told = understood(replace(chinese, findings=(mothers, nobodys, earlier)), wording)
    assert [(e.group, e.details) for e in told.entries] == [
        ("relative", ()),
        ("relative", ("没有",)),
        ("past", ()),
    ]
    assert [name for name, _ in told.groups] == ["relative", "past"]
    assert all(entry.correctable for entry in told.entries)


def test_marks_in_the_talk_let_nothing_through():
    """A mark must not open a door to markup."""
    shown = marked("<b>cough</b>\n    x", ((3, 8),))
    assert shown == "&#60;b&#62;<mark>cough</mark>&#60;&#47;b&#62;\nx"


def test_words_that_tell_more_stand_beside_the_finding(wording):
    """When, how bad, how it goes: in the patient's words, in both languages."""
    more = (Attribute(kind="when", words="since Monday"), Attribute(kind="course", words="worse"))
    talk = replace(TALK, findings=(replace(COUGH, attributes=more),))
    (entry,) = understood(talk, wording).entries
    assert entry.details == (
        "for about 3 days", "when: “since Monday”", "how it goes: “worse”",
    )  # fmt: skip
    chinese = replace(talk, profile=Profile(language=Language.CHINESE))
    assert "变化：“worse”" in understood(chinese, wording).entries[0].details


def test_the_page_offers_what_ambiguous_words_may_mean(ui_service, wording):
    """Each meaning is a button that sends it; the list shows them as not settled."""
    talk = ui_service.open(Profile(age_years=30, sex=Sex.MALE)).consultation
    said = Turn(kind=TurnKind.SAY, text="I have swelling")
    reply = ui_service.turn(talk.id, said)
    dock = Showing(wording=wording).dock(reply)
    assert 'class="an-dock clarify"' in dock
    acts = [json.loads(html.unescape(act)) for act in re.findall(r'data-act="(.*?)"', dock)]
    assert ["leg_swelling", "present"] in [a["answers"][0] for a in acts if a.get("answers")]
    entries = understood(reply.consultation, wording).entries
    assert {e.group for e in entries} == {"unclear"}
    listed = understood(reply.consultation, wording)
    assert listed.open_words() == (("swelling", entries),), "one line for one word"
    assert (listed.lines, len(entries) > 3) == (1, True)
    assert all(words(e) == "I have [swelling]" for e in entries)
    assert all("one of several things that the words can mean" in e.details for e in entries)
    leg = next(a for a in acts if a.get("answers") == [["leg_swelling", "present"]])
    pressed = Turn(
        kind=TurnKind.ANSWER, text=leg["text"], answers=(("leg_swelling", Assertion.PRESENT),)
    )
    (entry,) = understood(ui_service.turn(talk.id, pressed).consultation, wording).entries
    assert (entry.concept, entry.group, words(entry)) == (
        "leg_swelling", "present", "I have [swelling]",
    )  # fmt: skip
    assert entry.details == ()
