"""The process that decodes: `python -m assistant.imaging.reading.child MEMORY`.

It reads requests from its standard input and answers on its standard output (`workshop.py` has the
other end). It limits itself before it touches a file: address space, no files, no core dumps. What
a decoder raises on a damaged file becomes the refusal "damaged" with the kind of the complaint,
never its words, which may quote the file.
"""

import contextlib
import json
import math
import os
import sys
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.opened import Opened, open_stripped, open_whole
from assistant.imaging.reading.workshop import READY, SIZES


@dataclass
class Bench:
    """What lies open in this process: the last series."""

    key: str = ""
    opened: Opened | None = None

    def answer(self, asked: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        """Open a file, or make a frame of the one that is open."""
        limits = Limits(**asked["limits"])
        _limit_time(limits.most_seconds)
        if asked["op"] == "open":
            self.key, self.opened = "", None
            opened = open_whole(payload, asked["kind"], limits)
            self.key, self.opened = asked["key"], opened
            return opened.facts(), opened.data
        if self.key != asked["key"] or self.opened is None:
            self.key, self.opened = "", None
            self.opened, self.key = open_stripped(payload, limits), asked["key"]
        window = asked["window"]
        frame = self.opened.frame(asked["index"], tuple(window) if window else None)
        return frame.facts(), frame.pixels.tobytes()


def main() -> None:
    """Serve until the other end closes."""
    _limit(int(sys.argv[1]))
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between two answers
    warnings.simplefilter("ignore")
    bench = Bench()
    replies.write(READY)
    replies.flush()
    while len(head := sys.stdin.buffer.read(SIZES.size)) == SIZES.size:
        said, carried = SIZES.unpack(head)
        asked = json.loads(sys.stdin.buffer.read(said))
        facts, pixels = _attempt(bench, asked, sys.stdin.buffer.read(carried))
        _reply(replies, {**facts, "peak": _peak()}, pixels)


def _attempt(bench: Bench, asked: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        return bench.answer(asked, data)
    except PictureError as error:
        return _refused(error.reason, error.slots, error), b""
    except MemoryError as error:
        return _refused("too_heavy", {}, error), b""
    except Exception as error:  # a decoder may raise anything on a hostile file: it is refused
        return _refused("damaged", {}, error), b""


def _refused(reason: str, slots: dict[str, Any], error: BaseException) -> dict[str, Any]:
    places = traceback.extract_tb(error.__traceback__)
    place = f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    return {"refused": reason, "slots": slots, "detail": f"{type(error).__name__} {place}"}


def _reply(pipe: IO[bytes], facts: dict[str, Any], payload: bytes) -> None:
    text = json.dumps(facts).encode()
    pipe.write(SIZES.pack(len(text), len(payload)) + text)
    pipe.write(payload)
    pipe.flush()


def _limit(memory: int) -> None:
    with contextlib.suppress(ImportError):  # not on Windows: there only the time limit holds
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_time(seconds: float) -> None:
    """Let the system end this process when the request has used its processor time."""
    with contextlib.suppress(ImportError):
        import resource

        used = math.ceil(time.process_time() + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (used, resource.RLIM_INFINITY))


def _peak() -> int:
    """Return the most resident memory of this process in bytes; 0 where the system does not say.

    `ru_maxrss` will not do: Linux lets a child begin with what its parent had before it.
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
