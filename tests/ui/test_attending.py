"""What comes from the browser is checked, and whatever fails is said in words."""

import asyncio
from dataclasses import replace

import pytest

from assistant.records.terms import Language
from assistant.ui.attending import Attendant
from assistant.ui.showing import Showing

WHO = {"consent": True, "age": 34, "sex": "female", "country": "CN"}


@pytest.fixture
def attend(ui_service, ui_settings, wording):
    """Return a function that sends an act and returns every view of it."""
    attendant = Attendant(ui_service, Showing(wording=wording), ui_settings)

    def send(sent: object) -> list:
        async def views() -> list:
            return [view async for view in attendant.attend(sent, "192.0.2.1")]

        return asyncio.run(views())

    return send


def act(kind: str, consultation: str = "", key: str = "k1", **more: object) -> dict:
    return {"kind": kind, "consultation": consultation, "key": key, "language": "en", **more}


@pytest.fixture
def opened(attend) -> str:
    """Return the id of a new consultation."""
    return attend(act("begin", person=WHO))[-1].signal["consultation"]


def test_consent_is_checked_here_too(attend):
    """A form can be got round; consent cannot."""
    last = attend(act("begin", person=WHO | {"consent": False}))[-1]
    assert last.signal["error"]["text"]
    assert "consultation" not in last.signal


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "say",
        {},
        act("explode"),
        act("say", consultation="../../etc"),
        act("answer", answers=[["cough", "perhaps"]]),
        act("say", surprise=1),
    ],
)
def test_nonsense_is_refused_in_words(attend, sent):
    """Whatever a browser sends, the page says what is wrong and stays alive."""
    (view,) = attend(sent)
    assert view.signal["done"]
    assert view.signal["error"]["text"]
    assert view.transcript is None


def test_words_appear_while_they_are_read(attend, opened):
    """The patient sees the own words at once, then the answer as it is said."""
    views = attend(act("say", opened, text="my nose runs"))
    assert views[0].transcript[-1]["role"] == "user"
    assert not views[0].signal["done"]
    assert views[-1].signal["done"]
    assert len(views) > 3


def test_emergency_is_not_spelled_out_slowly(attend, opened):
    """No show of typing while somebody should be calling an ambulance."""
    views = attend(act("say", opened, text="crushing chest pain and cold sweat, I cannot breathe"))
    assert len(views) == 2
    assert views[-1].signal["level"] == "emergency_ambulance"
    assert 'href="tel:120"' in views[-1].banner


def test_crisis_shows_who_to_call_and_no_list(attend, opened):
    """Thoughts of suicide: a line to call, no quiz, and no list that names means."""
    last = attend(act("say", opened, text="I want to end my life"))[-1]
    assert "12356" in last.banner
    assert 'href="tel:120"' in last.banner
    assert "an-possible" not in last.case
    assert "an-answer" not in last.dock


def test_same_key_counts_once(attend, opened):
    """A double click must not answer two questions."""
    sent = act("say", opened, key="same", text="cough")
    first, again = attend(sent)[-1], attend(sent)[-1]
    assert first.transcript == again.transcript
    assert first.signal["turns"] == again.signal["turns"] == 1


def test_too_long_is_said_and_loses_nothing(attend, opened):
    """The consultation stands as it was, and the limit is named."""
    last = attend(act("say", opened, text="a " * 5000))[-1]
    assert "4000" in last.signal["error"]["text"]
    assert not last.signal["error"]["retry"]
    assert last.signal["turns"] == 0


def test_unknown_consultation_leads_to_the_start(attend):
    """After an erasure in another tab: back to the start, with a word; a reload needs none."""
    said = attend(act("say", "0" * 32, text="cough"))[-1]
    assert said.signal["screen"] == "start"
    assert said.signal["error"]["text"]
    assert said.case == ""
    assert "error" not in attend(act("resume", "0" * 32))[-1].signal


def test_erasing_leaves_no_word_on_the_page(attend, opened):
    """Nothing that was said may stay in a hidden part of the page."""
    attend(act("say", opened, text="cough"))
    (view,) = attend(act("erase", opened, key="k2"))
    assert (view.transcript, view.banner, view.case, view.dock) == ([], "", "", "")
    assert attend(act("resume", opened, key="k3"))[-1].signal["screen"] == "start"


def test_a_failure_nobody_expected_is_said(attend, opened, ui_service, monkeypatch, caplog):
    """A fault of ours: the page says so, offers to try again, and logs no words."""

    def broken(*_: object) -> None:
        raise RuntimeError("my secret cough")

    monkeypatch.setattr(ui_service, "turn", broken)
    last = attend(act("say", opened, text="my secret cough"))[-1]
    assert last.signal["error"]["retry"]
    assert "999" in last.signal["error"]["text"]
    assert "secret" not in caplog.text


def test_too_many_acts_are_slowed_down(ui_service, ui_settings, wording):
    """One address cannot fill the server with consultations."""
    strict = ui_settings.model_copy(update={"max_consultations_per_minute": 1})
    attendant = Attendant(ui_service, Showing(wording=wording), strict)

    async def begin() -> list:
        return [v async for v in attendant.attend(act("begin", person=WHO), "192.0.2.9")]

    assert "error" not in asyncio.run(begin())[-1].signal
    assert asyncio.run(begin())[-1].signal["error"]["retry"]


def test_infants_are_aged_in_months(ui_service, attend):
    """Three months must not become three years."""
    person = WHO | {"age": 3, "unit": "months", "other": True}
    opened = attend(act("begin", person=person))[-1].signal["consultation"]
    profile = ui_service.get(opened).profile
    assert profile.age_years == 0.25
    assert profile.for_somebody_else


def test_degraded_parts_are_named(ui_service, wording, opened):
    """What does not work is said beside the case, in the patient's language."""
    reply = ui_service.last_reply(opened)
    profile = replace(reply.consultation.profile, language=Language.CHINESE)
    reply = replace(reply, consultation=replace(reply.consultation, profile=profile))
    shown = Showing(wording=wording).case(replace(reply, missing=("retrieval",)))
    assert "医学资料检索" in shown
