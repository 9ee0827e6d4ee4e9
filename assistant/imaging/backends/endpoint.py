"""One address that an operator set, and nothing else: no redirect, no proxy, no endless answer."""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from assistant.errors import InvalidInputError
from assistant.imaging.backends.refusing import ModelRefusalError

_MOST_ANSWER = 256 * 1024  # bytes; a label with its probabilities takes a few hundred
_MOST_KEY = 4096
_AGAIN = frozenset({429, 502, 503, 504})  # it may work in a moment
_PAUSE = 0.5  # seconds before the second and last try
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_Broken = (OSError, http.client.HTTPException, ssl.SSLError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an endpoint lives; its parts come from the settings and from nowhere else."""

    secure: bool
    host: str
    port: int
    path: str


def address(url: str) -> Address:
    """Return the parts of a URL; InvalidInputError where a picture must not be sent there.

    >>> address("https://models.example/v1").path
    '/v1'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInputError("ANAMNESIS_VISION_URL is no URL.") from None
    host = parts.hostname or ""
    odd = any(ord(c) <= 32 or ord(c) >= 127 for c in url)
    if odd or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInputError(
            "ANAMNESIS_VISION_URL must be scheme, host and path only, e.g. https://host/v1."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _HERE):
        raise InvalidInputError(
            "ANAMNESIS_VISION_URL must begin with https:// (http:// only on this machine)."
        )
    secure = parts.scheme == "https"
    return Address(
        secure=secure, host=host, port=port or (443 if secure else 80), path=parts.path.rstrip("/")
    )


def read_key(file: Path) -> str:
    """Return the key in a file; it never appears in an error."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(_MOST_KEY + 1)
    except OSError as error:
        raise InvalidInputError("The file of ANAMNESIS_VISION_KEY_FILE cannot be read.") from error
    key = raw.strip()
    if not key or len(raw) > _MOST_KEY or any(c <= 32 or c >= 127 for c in key):
        raise InvalidInputError("The file of ANAMNESIS_VISION_KEY_FILE must hold one key.")
    return key.decode("ascii")


class Endpoint:
    """Sends JSON to one address and returns the JSON of its answer, within `seconds` in all."""

    def __init__(self, url: str, key: str, *, seconds: float) -> None:
        self._address, self._key, self._seconds = address(url), key, seconds
        self._trust = ssl.create_default_context() if self._address.secure else None

    def __repr__(self) -> str:
        return f"Endpoint({self._address.host})"  # without the key

    def post(self, path: str, body: Mapping[str, object]) -> object:
        """Return the parsed answer; ModelRefusalError where there is none that can be used."""
        data = json.dumps(body).encode()
        deadline = time.monotonic() + self._seconds
        status, answer = self._sent(path, data, deadline)
        if status in _AGAIN and time.monotonic() + _PAUSE < deadline:
            time.sleep(_PAUSE)
            status, answer = self._sent(path, data, deadline)
        if status in _AGAIN:
            raise ModelRefusalError("model_silent")
        if status != 200:  # a redirect as well: it is never followed
            raise ModelRefusalError("model_unusable")
        return _parsed(answer)

    def _sent(self, path: str, data: bytes, deadline: float) -> tuple[int, bytes]:
        """Return status and body; a broken connection counts as 503."""
        connection = self._connection(deadline)
        opened: list[socket.socket] = []
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(connection, opened, deadline, done))
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
            opened.append(connection.sock)  # which an answer that ends it takes away from there
            headers = {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Authorization": f"Bearer {self._key}",
            }
            connection.request("POST", self._address.path + path, data, headers)
            with connection.getresponse() as response:
                return response.status, _body(response)
        except _Broken:
            return 503, b""
        finally:
            done.set()
            connection.close()

    def _connection(self, deadline: float) -> http.client.HTTPConnection:
        where = self._address
        left = max(0.01, deadline - time.monotonic())
        if self._trust is None:
            return http.client.HTTPConnection(where.host, where.port, timeout=left)
        return http.client.HTTPSConnection(
            where.host, where.port, timeout=left, context=self._trust
        )


def _watch(
    connection: http.client.HTTPConnection,
    opened: list[socket.socket],
    deadline: float,
    done: threading.Event,
) -> None:
    """End a connection at its deadline: a socket's own time-out starts anew with every byte."""
    done.wait(max(0.0, deadline - time.monotonic()))
    while not done.is_set():
        for one in opened or [connection.sock]:  # not opened: it may be in the middle of TLS
            _cut(one)
        done.wait(0.1)


def _cut(opened: socket.socket | None) -> None:
    if opened is not None:
        try:
            opened.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return the body of a good answer, at most 256 kB of it; of any other answer nothing."""
    if response.status != 200:
        return b""
    kind = response.headers.get_content_type()
    encoded = response.headers.get("Content-Encoding", "identity").lower() != "identity"
    length = response.length
    if kind != "application/json" or encoded or (length is not None and length > _MOST_ANSWER):
        raise ModelRefusalError("model_unusable")
    body = response.read(_MOST_ANSWER + 1)
    if len(body) > _MOST_ANSWER:
        raise ModelRefusalError("model_unusable")
    if length is not None and len(body) < length:
        raise http.client.IncompleteRead(body)  # the connection was cut
    return body


def _parsed(answer: bytes) -> object:
    try:
        return json.loads(answer, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise ModelRefusalError("model_unusable") from None  # the text stays out of the trace


def _no_constant(name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
