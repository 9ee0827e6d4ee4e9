"""`POST /api/v1/search`: passages for a query; a POST, as what is asked may tell of a patient."""

from typing import Annotated, cast

from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request

from assistant.errors import InputLimitError, InvalidInputError
from assistant.portal.bodies import Body as Base
from assistant.portal.guards import API
from assistant.portal.problems import responses
from assistant.portal.showing import passage_view
from assistant.portal.views import FoundView
from assistant.records.terms import Language
from assistant.retrieval import Query
from assistant.retrieval.library import Filter
from assistant.service import ConsultationService
from assistant.settings import Settings

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SearchBody(Base):
    """What is looked for; filters that are left out let everything pass."""

    query: Annotated[str, Field(min_length=1)]
    k: Annotated[int, Field(ge=1, le=50)] = 10
    language: Language = Language.ENGLISH
    corpora: Annotated[list[Name], Field(max_length=50)] | None = None
    sources: Annotated[list[Name], Field(max_length=50)] | None = None
    audience: Annotated[str, Field(pattern="^(patient|professional)$")] | None = None
    since: Annotated[str, Field(pattern=r"^\d{4}(-\d\d){0,2}$")] | None = None
    trusted: bool = False


async def _service(request: Request) -> ConsultationService:
    return cast(ConsultationService, request.app.state.service)


async def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


router = APIRouter(prefix=API, tags=["search"])


@router.post("/search", summary="Find passages", responses=responses(400, 413, 415, 422, 429, 503))
def search(
    body: Annotated[SearchBody, Body()],
    service: Annotated[ConsultationService, Depends(_service)],
    chosen: Annotated[Settings, Depends(_settings)],
) -> FoundView:
    """Return passages, best first; nothing of the query is kept or logged."""
    if len(body.query) > chosen.max_text_characters:
        raise InputLimitError("query", chosen.max_text_characters, "characters")
    answerer = service.assistant.answerer
    if answerer is None:
        raise InvalidInputError("Retrieval does not work here; `anamnesis doctor` says why.")
    wanted = Filter(
        corpora=tuple(body.corpora) if body.corpora is not None else None,
        sources=tuple(body.sources) if body.sources is not None else None,
        audience=body.audience,
        since=body.since,
        trusted=body.trusted,
    )
    found = answerer.shelf.find(Query(text=body.query, language=body.language), body.k, wanted)
    return FoundView(passages=[passage_view(p) for p in found])
