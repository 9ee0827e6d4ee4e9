"""A double of an OpenAI-style endpoint on this machine: it answers, or misbehaves as it is told.

There is no model in it. What it is sent is kept for the test to look at.
"""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any]


def said(content: object, *, tokens: list[Answer] | None = None, **more: object) -> Answer:
    """Return a well-formed answer whose message is `content`."""
    choice: Answer = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": content},
        "logprobs": {"content": tokens} if tokens is not None else None,
    }
    return {"id": "x", "object": "chat.completion", "choices": [choice | more]}


def token(text: str, **alternatives: float) -> Answer:
    """Return a token as endpoints tell it, with the log probabilities of its alternatives."""
    top = [{"token": name, "logprob": value} for name, value in alternatives.items()]
    return {"token": text, "logprob": 0.0, "top_logprobs": top}


class Double(ThreadingHTTPServer):
    """Set `behave` to a function of the request handler; `seen` holds (path, headers, body)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, dict[str, str], Answer]] = []
        self.behave = lambda handler: handler.give(said('{"label": "A"}'))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address) -> None:
        """Say nothing: clients that hang up are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), json.loads(raw)))
        self.server.behave(self)

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers), {}))
        self.give(said('{"label": "A"}'))

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""

    def give(self, answer: object, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(answer).encode(), status, **headers)

    def raw(self, body: bytes, status: int = 200, **headers: str) -> None:
        given = {"Content_Type": "application/json", "Content_Length": str(len(body))} | headers
        self.send_response(status)
        for name, value in given.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self, body: bytes, pause: float, connection: str = "keep-alive") -> None:
        """Send a byte at a time, so that no single wait is long."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", connection)
        self.end_headers()
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(pause)


@contextlib.contextmanager
def running() -> Iterator[Double]:
    """Run a double on a free port."""
    server = Double()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
