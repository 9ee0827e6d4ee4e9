"""Children that decode files: a hostile file can spoil one of them, never the consultations.

A child (`child.py`) has a limit on its address space and answers within a time, or is ended and
replaced. Two are kept, so that one heavy file does not hold up everybody; each keeps the last
series it opened, so that the slices of a scan come quickly.
"""

import atexit
import contextlib
import json
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.limits import Limits

SIZES = struct.Struct(">IQ")  # bytes of the JSON, bytes of the payload
_ROOT = Path(__file__).resolve().parents[3]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PASSED = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV", "HOME", "LANG", "TMPDIR")

READY = b"ready"
_START_SECONDS = 120.0  # to load the libraries, on a machine that is busy
_KILLED, _OUT_OF_TIME = 9, 24  # SIGKILL by our guard, SIGXCPU by the child's own limit

Message = tuple[dict[str, Any], bytes]


class Child:
    """One process at work; it is started at the first message and again after a kill."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = 0
        self.holds = ""  # key of the series it opened last
        self.peak = 0  # bytes of resident memory at most, as it says itself

    def ask(self, message: dict[str, Any], payload: bytes, limits: Limits) -> Message:
        """Return the answer; raises PictureError "too_slow", or "crashed" where it died.

        The child counts its own processor time; the clock on the wall is a second guard, three
        times as long, so that a busy machine does not refuse an honest file.
        """
        process = self.started(limits.most_memory)
        try:
            with _guard(process, 3 * limits.most_seconds):
                answer = _exchange(process, message, payload)
        except (OSError, EOFError, ValueError) as error:
            late = _ending(process) in (-_KILLED, -_OUT_OF_TIME)
            self.close()
            reason = "too_slow" if late else "crashed"
            raise PictureError(reason, seconds=int(limits.most_seconds)) from error
        self.peak = max(self.peak, int(answer[0].pop("peak", 0)))
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process, self.holds = self._process, None, ""
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()

    def started(self, memory: int) -> "subprocess.Popen[bytes]":
        """Return the running process; the first call waits until it has loaded its libraries."""
        process = self._process
        if process is not None and (process.poll() is not None or memory != self._memory):
            self.close()
            process = None
        if process is not None:
            return process
        self._memory = memory
        self._process = process = subprocess.Popen(  # noqa: S603 (our own program and a number)
            [sys.executable, "-P", "-m", "assistant.imaging.reading.child", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a decoder's words may quote the file
            env=_environment(),
        )
        assert process.stdout is not None
        try:
            with _guard(process, _START_SECONDS):
                _exactly(process.stdout, len(READY))
        except EOFError as error:
            self.close()
            raise PictureError("busy") from error
        return process


class Workshop:
    """A few children, each serving one request at a time."""

    def __init__(self, children: int = 2) -> None:
        self._all = [Child() for _ in range(children)]
        self._idle: queue.LifoQueue[Child] = queue.LifoQueue()
        for child in self._all:
            self._idle.put(child)

    @property
    def peak(self) -> int:
        """The most resident memory that any child has used so far, in bytes."""
        return max(child.peak for child in self._all)

    def warm(self, limits: Limits = Limits()) -> None:  # noqa: B008 (frozen)
        """Start a child now, so that the first picture does not wait for it."""
        with self._child(limits) as child:
            child.started(limits.most_memory)

    def open(self, key: str, data: bytes, kind: str, limits: Limits) -> Message:
        """Return the facts and the stripped form of a file of a kind that `kind_of` names."""
        asked = {"op": "open", "key": key, "kind": kind, "limits": _as_json(limits)}
        with self._child(limits) as child:
            answer = _taken(child.ask(asked, data, limits))
            child.holds = key
        return answer

    def frame(
        self,
        key: str,
        data: bytes,
        index: int,
        window: tuple[float, float] | None,
        limits: Limits,
    ) -> Message:
        """Return the facts and the RGB bytes of one frame of a stripped file."""
        asked = {"op": "frame", "key": key, "index": index, "window": window}
        asked["limits"] = _as_json(limits)
        with self._child(limits) as child:
            child.started(limits.most_memory)  # a new one holds nothing
            payload = b"" if child.holds == key else data
            answer = _taken(child.ask(asked, payload, limits))
            child.holds = key
        return answer

    def close(self) -> None:
        """End all children; they start again when something is asked."""
        for child in self._all:
            child.close()

    @contextlib.contextmanager
    def _child(self, limits: Limits) -> Iterator[Child]:
        try:
            child = self._idle.get(timeout=2 * limits.most_seconds)
        except queue.Empty as error:
            raise PictureError("busy") from error
        try:
            yield child
        finally:
            self._idle.put(child)


@cache
def shared_workshop() -> Workshop:
    """The one workshop of this process; its children end with it."""
    workshop = Workshop()
    atexit.register(workshop.close)
    return workshop


def _environment() -> dict[str, str]:
    """Return what the child needs to find its libraries; no keys or passwords of ours."""
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return {**passed, **dict.fromkeys(_THREADS, "1"), "PYTHONPATH": path}


@contextlib.contextmanager
def _guard(process: "subprocess.Popen[bytes]", seconds: float) -> Iterator[None]:
    """End a process that takes longer."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _ending(process: "subprocess.Popen[bytes]") -> int | None:
    """Return how a process ended whose pipe closed; None where it still runs."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=1.0)
    return None


def _exchange(process: subprocess.Popen[bytes], message: dict[str, Any], payload: bytes) -> Message:
    assert process.stdin is not None
    assert process.stdout is not None
    text = json.dumps(message).encode()
    process.stdin.write(SIZES.pack(len(text), len(payload)) + text)
    process.stdin.write(payload)
    process.stdin.flush()
    said, carried = SIZES.unpack(_exactly(process.stdout, SIZES.size))
    return json.loads(_exactly(process.stdout, said)), _exactly(process.stdout, carried)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) != count:
        raise EOFError
    return bytes(data)


def _taken(answer: Message) -> Message:
    facts = answer[0]
    if "refused" in facts:
        error = PictureError(facts["refused"], **facts["slots"])
        error.detail = facts.get("detail", "")
        raise error
    return answer


def _as_json(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in Limits.__slots__}
