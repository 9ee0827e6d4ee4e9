"""The list of what was understood: every finding once, with where it comes from."""

from dataclasses import replace

from assistant.records.case import Profile
from assistant.records.dialogue import Consultation
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Experiencer, Language, Time
from assistant.ui.understood import understood

COUGH = Finding(concept="cough", assertion=Assertion.PRESENT, evidence="I cough", duration_days=3)
TALK = Consultation(id="x", profile=Profile(), findings=(COUGH,))


def test_entry_keeps_the_patients_words(wording):
    """Each line can be traced to something that was said."""
    (entry,) = understood(TALK, wording).entries
    assert entry.group == "present"
    assert entry.words == "“I cough”"
    assert entry.details == ("for about 3 days",)


def test_latest_word_wins(wording):
    """A correction must not leave the old line beside the new one."""
    denied = Finding(
        concept="cough", assertion=Assertion.ABSENT, evidence="", origin=Origin.CORRECTED, turn=2
    )
    (entry,) = understood(replace(TALK, findings=(COUGH, denied)), wording).entries
    assert entry.group == "absent"
    assert entry.words == "Set right by you"


def test_taken_back_to_not_sure(wording):
    """A tap on "not sure" is a correction like the others."""
    doubted = Finding(
        concept="cough", assertion=Assertion.UNKNOWN, evidence="", origin=Origin.CORRECTED, turn=2
    )
    (entry,) = understood(replace(TALK, findings=(COUGH, doubted)), wording).entries
    assert entry.group == "unclear"


def test_relatives_and_the_past_are_told_apart(wording):
    """The mother's cough is not the patient's."""
    mothers = replace(COUGH, experiencer=Experiencer.RELATIVE, duration_days=None)
    earlier = replace(COUGH, concept="fever", time=Time.PAST, duration_days=None)
    chinese = replace(TALK, profile=Profile(language=Language.CHINESE))
    entries = understood(replace(chinese, findings=(mothers, earlier)), wording).entries
    assert {entry.details for entry in entries} == {("家人",), ("以前",)}
    assert not any(entry.correctable for entry in entries)
