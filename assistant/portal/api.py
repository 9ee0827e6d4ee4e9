"""The REST API: consultations over HTTP.

Endpoints are plain functions: each runs in a thread of its own, never on the event loop.
"""

from typing import Annotated, cast

from fastapi import APIRouter, Body, Depends, Header, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from assistant.portal.accepting import OFFERED, preferred
from assistant.portal.bodies import ProfileBody, TurnBody
from assistant.portal.guards import API
from assistant.portal.problems import responses
from assistant.portal.showing import Shown
from assistant.portal.views import ConsultationView, OpenedView, ReportView, TurnView
from assistant.records.dialogue import Reply
from assistant.records.terms import Language
from assistant.reporting import render_html, render_text
from assistant.service import ConsultationService
from assistant.settings import Settings

Id = Annotated[
    str, Path(description="What opening the consultation gave; it alone gives access to it.")
]
_REPORT_FORMS = {
    "content": {
        "text/html": {"schema": {"type": "string"}},
        "text/plain": {"schema": {"type": "string"}},
    },
    "description": "The report, in the form that Accept asks for.",
}


async def _service(request: Request) -> ConsultationService:
    return cast(ConsultationService, request.app.state.service)


async def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


Service = Annotated[ConsultationService, Depends(_service)]
Chosen = Annotated[Settings, Depends(_settings)]

router = APIRouter(prefix=API, tags=["consultations"])


@router.post(
    "/consultations",
    status_code=201,
    summary="Open a consultation",
    responses=responses(400, 413, 415, 422, 429, 503),
)
def open_consultation(
    profile: Annotated[ProfileBody, Body()], response: Response, service: Service, settings: Chosen
) -> OpenedView:
    """Begin with who the patient is; the reply welcomes them and asks what troubles them."""
    reply = service.open(profile.profile(settings))
    response.headers["Location"] = f"{API}/consultations/{reply.consultation.id}"
    return _shown(service, reply).opened(reply)


@router.post(
    "/consultations/{consultation_id}/turns",
    summary="Take one turn",
    responses=responses(400, 404, 409, 413, 415, 422, 429, 503),
)
def take_turn(consultation_id: Id, turn: Annotated[TurnBody, Body()], service: Service) -> TurnView:
    """Say something, answer, correct, skip, go back, finish or change the language."""
    reply = service.turn(consultation_id, turn.turn())
    return _shown(service, reply).turn(reply)


@router.get(
    "/consultations/{consultation_id}",
    summary="Look at a consultation",
    responses=responses(404, 422, 429, 503),
)
def get_consultation(consultation_id: Id, service: Service) -> ConsultationView:
    """Return the whole talk, what was understood, and the last reply."""
    reply = service.last_reply(consultation_id)
    return _shown(service, reply).consultation(reply)


@router.get(
    "/consultations/{consultation_id}/report",
    response_model=ReportView,
    summary="Get the report",
    responses={200: _REPORT_FORMS, **responses(404, 406, 422, 429, 503)},
)
def get_report(
    consultation_id: Id,
    service: Service,
    accept: Annotated[str | None, Header(description=", ".join(OFFERED))] = None,
    language: Annotated[Language | None, Query(description="Default: the consultation's.")] = None,
) -> Response:
    """Return the report as data, as a page to print, or as plain text."""
    form = preferred(accept)
    report = service.report(consultation_id)
    spoken = language or report.case.profile.language
    words = service.assistant.voice.speaker.phrasing
    if form == "text/html":
        return HTMLResponse(render_html(report, service.knowledge, words, spoken))
    if form == "text/plain":
        return PlainTextResponse(render_text(report, service.knowledge, words, spoken))
    shown = Shown(service.assistant, spoken).report(report)
    return JSONResponse(shown.model_dump(mode="json"))


@router.delete(
    "/consultations/{consultation_id}",
    status_code=204,
    summary="Erase a consultation",
    responses=responses(404, 422, 429, 503),
)
def erase_consultation(consultation_id: Id, service: Service) -> None:
    """Remove it with everything that was said; this cannot be undone."""
    service.erase(consultation_id)


def _shown(service: ConsultationService, reply: Reply) -> Shown:
    return Shown(service.assistant, reply.consultation.profile.language)
