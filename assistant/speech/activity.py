"""Whether somebody speaks: Silero VAD (ONNX) on frames of 32 ms, and where a turn ends.

The network is the file that faster-whisper's wheel carries, checked by its SHA-256. Its input is
512 new samples after the last 64 of the frame before.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from assistant.errors import ModelFileError
from assistant.models import import_root, sha256
from assistant.records.speech import RATE, Samples

FRAME = 512  # samples, 32 ms
_CONTEXT = 64
_FILE = "assets/silero_vad_v6.onnx"
_SHA256 = "4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2"
SPEAKS, SILENT = 0.5, 0.35  # the thresholds that Silero's authors recommend
MIN_SPEECH = 0.25  # seconds; less is a click or a breath
_JOIN = 0.45  # seconds of silence that do not part two spans
_MARGIN = 0.2  # seconds kept around a span, so that soft beginnings are not cut


class Activity:
    """The probability of speech, frame after frame of one stream."""

    def __init__(self) -> None:
        self._session = _session()
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def probability(self, frame: Samples) -> float:
        """Return the probability that somebody speaks in the next `FRAME` samples."""
        fed = np.concatenate([self._context, frame])[None, :]
        out, self._h, self._c = self._session.run(None, {"input": fed, "h": self._h, "c": self._c})
        self._context = frame[-_CONTEXT:]
        return float(out.reshape(-1)[0])


def speech_spans(samples: Samples) -> list[tuple[int, int]]:
    """Return where somebody speaks, as pairs of sample indices; silence gives an empty list."""
    activity, spans, start, quiet = Activity(), [], -1, 0
    padded = np.pad(samples, (0, -len(samples) % FRAME))
    for index in range(0, len(padded), FRAME):
        speaks = activity.probability(padded[index : index + FRAME])
        if speaks >= SPEAKS:
            start, quiet = (index if start < 0 else start), 0
        elif start >= 0 and speaks < SILENT:
            quiet += FRAME
            if quiet >= _JOIN * RATE:
                spans.append((start, index + FRAME - quiet))
                start, quiet = -1, 0
    if start >= 0:
        spans.append((start, len(padded) - quiet))
    margin = int(_MARGIN * RATE)
    return [
        (max(0, a - margin), min(len(samples), b + margin))
        for a, b in spans
        if b - a >= MIN_SPEECH * RATE
    ]


@dataclass(slots=True)
class Endpointer:
    """Finds the beginning and the end of a turn in a stream of frames.

    `patience` is the silence, in seconds, that ends a turn; the caller lengthens it where what was
    said so far sounds unfinished. While the assistant itself speaks, `guarded` asks for longer and
    clearer speech, so that its own voice in the room does not interrupt it.
    """

    patience: float = 0.6
    guarded: bool = False
    activity: Activity = field(default_factory=Activity)
    speaking: bool = False
    spoken: float = 0.0  # seconds of speech in this turn
    silence: float = 0.0  # seconds since the last speech
    _run: float = 0.0  # seconds of speech in a row

    def push(self, frame: Samples) -> str:
        """Take one frame; return "start", "end" or "" where nothing changed."""
        probability = self.activity.probability(frame)
        clear, needed = (0.8, 0.3) if self.guarded else (SPEAKS, 0.1)
        seconds = FRAME / RATE
        if probability >= (SPEAKS if self.speaking else clear):
            self._run += seconds
            self.silence = 0.0
            self.spoken += seconds
        elif probability < SILENT:
            self._run = 0.0
            self.silence += seconds
        if not self.speaking:
            if self._run >= needed:
                self.speaking = True
                return "start"
            if not self._run:
                self.spoken = 0.0
        elif self.silence >= self.patience:
            self.speaking, self._run = False, 0.0
            return "end"
        return ""


@lru_cache(maxsize=1)
def _session() -> Any:
    """Return the session; it is safe to use from many threads, and keeps no state."""
    runtime = import_module("onnxruntime")
    file = import_root("faster_whisper") / _FILE
    if not file.is_file() or sha256(file) != _SHA256:
        remedy = "pip install --force-reinstall faster-whisper==1.2.1"
        raise ModelFileError("silero-vad", f"it is not the known file: {remedy}")
    options = runtime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return runtime.InferenceSession(
        str(file), providers=["CPUExecutionProvider"], sess_options=options
    )
