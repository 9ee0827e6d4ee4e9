"""What stands around the app, in pure ASGI: nothing reaches it that is too much or from nowhere."""

import logging
import time
from collections.abc import Sequence
from math import ceil

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.log import failure
from assistant.portal.problems import Problem, unexpected
from assistant.portal.rates import RateLimit
from assistant.settings import Settings

API = "/api/v1"
_API_ROOT = "/api/"
_PAGE_ACTS = ("/gradio_api/queue/join", "/gradio_api/run", "/gradio_api/call", "/chat/")
_PRIVATE = (_API_ROOT, "/chat/", "/gradio_api/file", "/gradio_api/queue", "/gradio_api/run")
UPLOAD_BYTES = 16 * 1024 * 1024  # the most that the page itself may send at once
API_SECONDS, UPLOAD_SECONDS = 20.0, 180.0  # a body that takes longer is not waited for
# What Gradio needs; `frame-ancestors` is added.
PAGE_POLICY = (
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob: data:; worker-src 'self' blob:; "
    "connect-src 'self'"
)
API_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SOUND_TYPES = ("audio/", "application/octet-stream")
_SOUND_PATHS = ("/turns", "/heard")
PICTURE_TYPES = ("image/", "application/dicom", "application/zip")
access = logging.getLogger("anamnesis.access")


class Watch:
    """Answers for errors that nobody expected, and logs each request without its id or words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:  # its words may quote a patient: only its kind is logged
            failure("request", error)
            if not status:
                await unexpected()(scope, receive, noting)
        finally:
            if status >= 500 or _of_api(scope):
                milliseconds = (time.perf_counter() - began) * 1000
                route = getattr(scope.get("route"), "path", "-")  # the pattern, never the path
                access.info("%s %s %d %.0f ms", scope["method"], route, status, milliseconds)


class SecurityHeaders:
    """Sets the security headers of every response."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        ancestors = " ".join(("'self'", *settings.portal_origins))
        self.app = app
        self._page = f"{PAGE_POLICY}; frame-ancestors {ancestors}"
        self._api = f"{API_POLICY}; frame-ancestors {ancestors}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, scheme = _path(scope), scope["scheme"]

        async def protecting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._protect(MutableHeaders(scope=message), path, scheme)
            await send(message)

        await self.app(scope, receive, protecting)

    def _protect(self, headers: MutableHeaders, path: str, scheme: str) -> None:
        plain = path.startswith((_API_ROOT, "/chat/"))  # data and reports: no scripts in them
        headers["Content-Security-Policy"] = self._api if plain else self._page
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=()"
        if path.startswith(_PRIVATE):
            headers["Cache-Control"] = "no-store"
        if scheme == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"


class KnownHosts:
    """Refuses a request for a host that is not ours, by Host or X-Forwarded-Host.

    Gradio builds its addresses from both.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app = app
        self._hosts = [host.lower() for host in hosts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            forwarded = [h for v in headers.getlist("x-forwarded-host") for h in v.split(",")]
            if not all(map(self._known, [headers.get("host", ""), *forwarded])):
                await _refuse(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _known(self, header: str) -> bool:
        host = header.strip().lower()
        if not host.endswith("]"):  # an IPv6 address in brackets without a port
            host = host.rpartition(":")[0] or host
        return any(
            pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))
            for pattern in self._hosts
        )


class Gate:
    """Rates, media type and size of what comes in, checked before the body is read."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        # JSON may spend 12 bytes on a character, and a profile has three texts.
        self._most_bytes = 16_384 + 36 * settings.max_text_characters
        self._most_sound = settings.max_recording_bytes if settings.speech else 0
        self._most_picture = settings.max_picture_bytes if settings.imaging else 0
        self._opening = RateLimit(settings.max_consultations_per_minute)
        self._turning = RateLimit(settings.max_turns_per_minute)
        self._reading = RateLimit(2 * settings.max_turns_per_minute)
        self._leafing = RateLimit(10 * settings.max_turns_per_minute)  # frames of a picture
        self._acting = RateLimit(2 * settings.max_turns_per_minute)  # on the page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        of_api = _of_api(scope)
        most = self._most_file(scope)
        file = most is not None
        if most is None:
            most = self._most_bytes if of_api else UPLOAD_BYTES
        seconds = API_SECONDS if of_api and not file else UPLOAD_SECONDS
        problem = self._rate(scope) or (_media_type(scope) if of_api and not file else None)
        problem = problem or _size(scope, most)
        if problem is not None:
            await problem(scope, receive, send)
            return
        await self.app(scope, _limited(receive, most, seconds), send)

    def _most_file(self, scope: Scope) -> int | None:
        """Return the most bytes of a recording or picture; None where neither is sent."""
        if self._most_sound and is_sound(scope):
            return self._most_sound
        picture = is_picture(scope) or _is_preview(scope)
        return self._most_picture if self._most_picture and picture else None

    def _rate(self, scope: Scope) -> Problem | None:
        limit = self._limit(_path(scope), scope["method"])
        address = scope["client"][0] if scope.get("client") else "unknown"
        wait = 0.0 if limit is None else limit.take(address)
        if not wait:
            return None
        detail = f"Too many requests from your address: try again in {ceil(wait)} s."
        return Problem(429, "rate-limit", detail, headers={"Retry-After": str(ceil(wait))})

    def _limit(self, path: str, method: str) -> RateLimit | None:
        if path.startswith(_API_ROOT):
            if "/previews" in path:
                return self._turning if method == "POST" else self._leafing
            if method == "POST" and path.endswith(_SOUND_PATHS):
                return self._turning
            return self._opening if method == "POST" else self._reading
        return self._acting if method == "POST" and path.startswith(_PAGE_ACTS) else None


def _path(scope: Scope) -> str:
    """Return the path below `root_path`, whether or not a proxy cut that off."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _of_api(scope: Scope) -> bool:
    return _path(scope).startswith(_API_ROOT)


def is_sound(scope: Scope) -> bool:
    """Whether a recording is sent, as a turn or only to be heard."""
    sent = Headers(scope=scope).get("content-type", "").lower()
    return _path(scope).endswith(_SOUND_PATHS) and sent.startswith(SOUND_TYPES)


def is_picture(scope: Scope) -> bool:
    """Whether a picture is sent, as a turn or to be looked at."""
    sent = Headers(scope=scope).get("content-type", "").lower()
    path = _path(scope)
    posted = path.startswith(_API_ROOT) and path.endswith(("/turns", "/look"))
    return posted and scope["method"] == "POST" and sent.startswith(PICTURE_TYPES)


def _is_preview(scope: Scope) -> bool:
    """Whether a file is sent to be looked at before it becomes a turn."""
    path = _path(scope)
    return scope["method"] == "POST" and path.startswith(_API_ROOT) and path.endswith("/previews")


def _media_type(scope: Scope) -> Problem | None:
    if scope["method"] != "POST" or not _path(scope).endswith(("/consultations", "/turns")):
        return None
    sent = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if sent == "application/json":
        return None
    return Problem(415, "media-type", "Send the body as JSON (Content-Type: application/json).")


def _size(scope: Scope, most: int) -> Problem | None:
    told = Headers(scope=scope).get("content-length", "0")
    if not (told.isascii() and told.isdigit()):
        return Problem(400, "bad-request", "Content-Length must be a number.")
    return Problem(413, "too-large", _too_large(most)) if int(told[:20]) > most else None


def _too_large(most: int) -> str:
    return f"The body is too large: the limit is {most} bytes."


def _limited(receive: Receive, most: int, seconds: float) -> Receive:
    """Return a `receive` that stops at `most` bytes, or when a body does not come."""
    read, complete, until = 0, False, anyio.current_time() + seconds

    async def limited() -> Message:
        nonlocal read, complete
        if complete:
            return await receive()
        with anyio.CancelScope(deadline=until) as waiting:
            message = await receive()
        if waiting.cancelled_caught:
            raise HTTPException(408, "The body did not arrive in time: send the request again.")
        read += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if read > most:
            raise HTTPException(413, _too_large(most))
        return message

    return limited


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    detail = "This server does not answer to that host name (see ANAMNESIS_ALLOWED_HOSTS)."
    await Problem(400, "unknown-host", detail)(scope, receive, send)
