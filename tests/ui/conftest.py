"""A real server on a free port, and a browser that drives its page."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ui.patient import Patient

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def ui_settings(cache, tmp_path_factory):
    """Return settings for a fast start: lexicon and rules, no encoder; the parts are real."""
    from assistant.settings import Settings

    return Settings(
        _env_file=None,
        data_dir=cache,  # the compiled knowledge
        database_url=f"sqlite:///{tmp_path_factory.mktemp('ui')}/consultations.db",
        extractor="lexicon",
        encoder="none",
        index="none",
        max_turns_per_minute=5000,
        max_consultations_per_minute=500,
        portal_origins=("http://localhost:*",),  # a portal's page in test_speaking
    )


@pytest.fixture(scope="session")
def ui_service(ui_settings):
    """Return the real service over a store of its own."""
    from assistant.assembly import build_assistant
    from assistant.service import ConsultationService
    from assistant.store import Store

    service = ConsultationService(
        build_assistant(ui_settings), Store(ui_settings.store_url), ui_settings
    )
    yield service
    service.close()


@pytest.fixture(scope="session")
def ui_app(ui_service, ui_settings):
    """Return the portal's app with the chat mounted."""
    from assistant.portal import create_app
    from assistant.ui.mounting import mount_chat

    return mount_chat(create_app(ui_service, ui_settings), ui_service, ui_settings)


@pytest.fixture(scope="session")
def wording(ui_service, ui_settings):
    """Return the page's words over the real knowledge."""
    from assistant.ui.wording import Wording

    return Wording.of(ui_service.knowledge, ui_settings)


@pytest.fixture(scope="session")
def address(ui_app) -> Iterator[str]:
    """Serve the app until the tests are done; return its address."""
    with served(ui_app) as address:
        yield address


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an app on a free port until the block ends; give its address."""
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(timeout=10)


@contextmanager
def framed(address: str, allow: str = "") -> Iterator[str]:
    """Serve a portal's page, at another origin, that shows ours in an iframe; give its address."""
    frame = f'<iframe src="{address}" allow="{allow}" width="1100" height="760">'
    page = f"<!doctype html><title>Portal</title>{frame}</iframe>".encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    """Return Debian's Chromium, or skip where it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip("the page is driven in Debian's Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"], headless=True
        )
        yield running
        running.close()


@pytest.fixture
def visit(browser, address):
    """Return a function that opens the page as a new visitor; nothing may go wrong in it."""
    contexts = []

    def open_page(width: int = 1280, height: int = 800, **options: object) -> Patient:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append((context, patient := Patient(context.new_page(), address)))
        return patient

    yield open_page
    for context, patient in contexts:
        context.close()
        assert patient.complaints == []
