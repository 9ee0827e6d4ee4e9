"""The report for the patient: to read in a new tab, or to keep as a file.

The consultation's id, 128 random bits that only the patient's tab knows, comes in the body of a
POST, so that it is in no address, history or log. Nothing is written to disk.
"""

from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from assistant.errors import AssistantError, UnknownConsultationError
from assistant.records.terms import Language
from assistant.reporting import render_html, render_text
from assistant.service import ConsultationService
from assistant.ui.guarding import PRIVATE, is_foreign
from assistant.ui.wording import Wording


def report_routes(service: ConsultationService, wording: Wording) -> APIRouter:
    """Return the route of the report; other pages cannot ask for it."""
    router = APIRouter(include_in_schema=False)

    @router.post("/chat/report")
    def report(
        request: Request,
        consultation: Annotated[str, Form(max_length=64)],
        form: Annotated[Literal["view", "html", "text"], Form()] = "view",
    ) -> Response:
        if is_foreign(request):
            return Response(status_code=403, headers=PRIVATE)
        try:
            return _rendered(service, wording, consultation, form)
        except UnknownConsultationError:
            words = _words(wording, "report_gone")
            return HTMLResponse(words, status_code=404, headers=PRIVATE)
        except AssistantError:
            words = _words(wording, "error_busy")
            return HTMLResponse(words, status_code=503, headers=PRIVATE)

    return router


def _rendered(
    service: ConsultationService, wording: Wording, consultation: str, form: str
) -> Response:
    language = service.get(consultation).profile.language
    report = service.report(consultation)
    render = render_text if form == "text" else render_html
    body = render(report, wording.knowledge, wording.speaker.phrasing, language)
    kind, ending = ("text/plain", "txt") if form == "text" else ("text/html", "html")
    headers = dict(PRIVATE)
    if form != "view":
        name = f"medical-history-{report.created[:10]}.{ending}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)


def _words(wording: Wording, line: str) -> str:
    said = (wording.texts.say(line, language) for language in Language)
    paragraphs = "".join(f"<p>{words}</p>" for words in said)
    title = escape(wording.settings.product_name)
    return f'<!doctype html><meta charset="utf-8"><title>{title}</title>{paragraphs}'
