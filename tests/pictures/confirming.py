"""Talks about a scan of which a model only tells kinds apart: what their tests share."""

import re

import pytest

from assistant.imaging.eyes import Eyes
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Assertion, Language
from assistant.reporting import render_html, render_soap, render_text
from tests.pictures.brains import looker

EN, ZH = Language.ENGLISH, Language.CHINESE
FOUND = "brain_tumor_found"
# The names of the three kinds, and of what they stand for in the list of what was understood.
KINDS = re.compile(
    r"glioma|meningioma|pituitary|brain scan shows|scan shows a|胶质|脑膜|垂体|占位", re.I
)
TOLD = {EN: "I have had a headache for two weeks", ZH: "我头痛两个星期了"}
ASKED = {
    EN: "Has a doctor already found a tumour on this scan?",
    ZH: "医生有没有已经在这张片子上发现肿瘤？",
}
CANNOT = {EN: "cannot tell whether there is a tumour", ZH: "判断不了有没有肿瘤"}
READER = {EN: "A radiologist should read it", ZH: "应由放射科医生阅片"}
NOT_YES = [Assertion.ABSENT, Assertion.UNKNOWN, Assertion.POSSIBLE]
both = pytest.mark.parametrize("language", [EN, ZH])


@pytest.fixture(scope="session")
def eyes():
    """Return eyes over a model that only tells kinds of tumours apart."""
    return Eyes(looker)


def begun(service, language=EN, told=None, **profile):
    opened = service.open(Profile(age_years=45, language=language, **profile))
    identity = opened.consultation.id
    return identity, say(service, identity, told or TOLD[language])


def say(service, identity, text):
    return service.turn(identity, Turn(kind=TurnKind.SAY, text=text))


def answer(service, identity, assertion):
    return service.turn(identity, Turn(kind=TurnKind.ANSWER, answers=((FOUND, assertion),)))


def correct(service, identity, assertion):
    return service.turn(identity, Turn(kind=TurnKind.CORRECT, answers=((FOUND, assertion),)))


def words(reply):
    return "\n".join(m.text for m in reply.messages)


def reports(service, identity, language):
    report, phrasing = service.report(identity), service.assistant.voice.speaker.phrasing
    renders = (render_text, render_html, render_soap)
    return [render(report, service.knowledge, phrasing, language) for render in renders]


def all_that_is_shown(service, settings, identity, language):
    """Return what anybody gets to see of a consultation: the page, the reports, the REST API."""
    from assistant.portal.showing import Shown
    from assistant.ui.showing import Showing
    from assistant.ui.wording import Wording

    reply = service.last_reply(identity)
    page = Showing(wording=Wording.of(service.knowledge, settings))
    shown = Shown(service.assistant, language)
    rest = (shown.consultation(reply), shown.report(service.report(identity)))
    return "\n".join(
        [
            page.case(reply),
            page.banner(reply),
            *(view.model_dump_json() for view in rest),
            *reports(service, identity, language),
        ]
    )
