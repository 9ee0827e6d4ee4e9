"""Mounting the chat in the server's own FastAPI app, with Gradio's open doors closed."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.ui.attending import Attendant
from assistant.ui.cards import card_routes
from assistant.ui.microphone import microphone_route
from assistant.ui.page import build_page, head, theme
from assistant.ui.reports import report_routes
from assistant.ui.resending import resend_route
from assistant.ui.showing import Showing
from assistant.ui.wording import Wording

_ICON = Path(__file__).parent / "static" / "icon.png"


def mount_chat(app: FastAPI, service: ConsultationService, settings: Settings) -> FastAPI:
    """Mount the chat at "/" and the report's route beside it; return `app`.

    To be called last: the mount takes every address that no route before it has.
    """
    _own_cache()
    wording = Wording.of(service.knowledge, settings)
    app.include_router(report_routes(service, wording))
    attendant = Attendant(
        service, Showing(wording=wording), settings, getattr(app.state, "tray", None)
    )
    app.include_router(resend_route(attendant))
    app.include_router(microphone_route())
    app.include_router(card_routes(wording))
    page = partial(build_page, attendant, wording, settings)
    _within_loop(partial(_mount, app, page, settings))
    return app


def _mount(app: FastAPI, page: Callable[[], Any], settings: Settings) -> None:
    gr.mount_gradio_app(
        app,
        page(),
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        root_path=settings.root_path or None,
        run_history=False,
        footer_links=[],
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size="1mb",  # the page takes no files
        allowed_paths=[],
        favicon_path=str(_ICON),
        theme=theme(),
        head=head(),
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )


def _own_cache() -> None:
    """Give this process its own folder for Gradio's cache, removed when it ends."""
    folder = tempfile.mkdtemp(prefix="anamnesis-")
    os.environ["GRADIO_TEMP_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _within_loop(step: Callable[[], None]) -> None:
    """Run `step` in an event loop: outside of one, Gradio makes several and closes none."""

    async def running() -> None:
        step()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(running())
    else:
        step()
