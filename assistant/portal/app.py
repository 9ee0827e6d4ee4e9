"""The FastAPI app that the page is mounted on."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from assistant import __version__
from assistant.errors import AssistantError
from assistant.imaging.reading import Limits
from assistant.portal import problems
from assistant.portal.api import router
from assistant.portal.guards import API, Gate, KnownHosts, SecurityHeaders, Watch
from assistant.portal.pictures import describe_pictures, pictures, turns
from assistant.portal.previewing import Previews
from assistant.portal.previewing import router as previewing
from assistant.portal.privacy import hide_ids
from assistant.portal.searching import router as searching
from assistant.portal.speech import audio, describe, heard, speech_routes
from assistant.portal.tray import Tray
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.speech.ears import Ears
from assistant.speech.mouth import Mouth

_DESCRIPTION = (
    "One consultation at a time: open it, take turns, read the report, erase it. It supports "
    "decisions and does not replace a clinician. Every error is a problem document (RFC 9457)."
)
# Our own log says what an operator needs; FastAPI's would carry bodies and ids to a collector.
_NO_TELEMETRY = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
_OTHER_THREADS = 40  # beside those of the turns


class HealthView(BaseModel):
    """Whether the server lives, and whether it can work."""

    status: str
    detail: str = ""


def create_app(service: ConsultationService, settings: Settings) -> FastAPI:
    """Return the app over `service`: `/api/v1`, `/healthz` and `/readyz`, with every guard.

    The page may be mounted on it at "/" afterwards; the guards stand around it as well. Where a
    proxy serves it below a path, give `settings.root_path` to the web server.
    """
    hide_ids()
    app = FastAPI(
        title=settings.product_name,
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        lifespan=_threads(settings),
        telemetry=_NO_TELEMETRY,
    )
    app.state.service, app.state.settings = service, settings
    problems.install(app)
    if settings.speech:
        app.state.ears = Ears(service.knowledge, settings)
        app.include_router(audio)
        app.include_router(heard)
        mouth = Mouth(settings)
        app.include_router(speech_routes(service, app.state.ears, mouth, settings))
    if settings.imaging:
        limits = Limits(most_bytes=settings.max_picture_bytes)
        app.state.tray = Tray()
        app.state.previews = Previews(service, app.state.tray, limits, settings.image_seats)
        app.include_router(previewing)
        app.include_router(turns)
        app.include_router(pictures)
    app.include_router(router)
    app.include_router(searching)
    _health(app, service)
    _describe(app, settings)
    _guard(app, settings)
    return app


def _guard(app: FastAPI, settings: Settings) -> None:
    """Put the guards around the app; the one added last sees a request first."""
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.portal_origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Accept", "Content-Type", "Idempotency-Key"],
        expose_headers=["Location", "Retry-After"],
    )
    app.add_middleware(KnownHosts, hosts=settings.allowed_hosts)
    app.add_middleware(Watch)
    app.add_middleware(SecurityHeaders, settings=settings)


def _health(app: FastAPI, service: ConsultationService) -> None:
    @app.get("/healthz", tags=["health"], summary="Whether the server lives")
    async def healthz() -> HealthView:
        return HealthView(status="ok")

    @app.get("/readyz", tags=["health"], summary="Whether consultations can be kept and read")
    def readyz() -> Response:
        try:
            service.check()
        except AssistantError as error:
            view = HealthView(status="unavailable", detail=str(error))
            return JSONResponse(view.model_dump(), status_code=503)
        return JSONResponse(HealthView(status="ok").model_dump())

    @app.get("/api/{rest:path}", include_in_schema=False)
    async def nothing_here(rest: str) -> Response:
        raise HTTPException(404, f"There is nothing here; see {API}/openapi.json.")


def _describe(app: FastAPI, settings: Settings) -> None:
    """Add the problem document, the spoken turn and the picture to the OpenAPI document."""
    generate = app.openapi

    def described() -> dict[str, object]:
        document = generate()
        schema = problems.ProblemDocument.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        schemas = document["components"]["schemas"]
        schemas.update(schema.pop("$defs", {}))
        schemas["ProblemDocument"] = schema
        if settings.speech:
            describe(document)
        if settings.imaging:
            describe_pictures(document)
        return document

    app.openapi = described  # type: ignore[method-assign]


def _threads(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan that leaves threads to look and erase while every turn has its own."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        threads = anyio.to_thread.current_default_thread_limiter()
        threads.total_tokens = max(threads.total_tokens, settings.workers + _OTHER_THREADS)
        yield

    return lifespan
