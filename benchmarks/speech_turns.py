"""The spoken turn through the real WebSocket, at the pace of speech: how long a patient waits.

The app of the settings runs in this process, on a port of its own. A client sends silence, five
seconds of speech and silence, 100 ms at a time, when a microphone would. The wait counts from the
last sample in which somebody speaks (Silero's, run over the clip beforehand) to the arrival of the
final text, and of the reply (its first byte: it comes as one message).
"""

import json
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from websockets.sync.client import connect

from assistant.records.speech import RATE, Recording, Samples
from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.speech.activity import speech_spans
from assistant.speech.decoding import to_pcm
from assistant.speech.mouth import Mouth
from benchmarks.speech_medical import at_our_rate

SAID = (
    "I have had a sore throat and a fever since Monday, it hurts to swallow, and I feel very tired."
)


def turns(model: str, read: list[Recording], count: int) -> None:
    """Take `count` turns, half with sentences read by a person, half with one of ours by Piper."""
    from benchmarks.speech import show

    five = np.concatenate([clip.samples for clip in read])
    mouth = Mouth(Settings(voice="piper"))
    ours = at_our_rate(*mouth.say(SAID, Language.ENGLISH, 1.0))
    waits: dict[str, list[tuple[float, float]]] = {"read (Harvard)": [], "ours (Piper)": []}
    with Server(model) as address:
        _turn(address, ours)  # the models are loaded with the first one
        for number in range(count):
            name, sound = ("read (Harvard)", five) if number % 2 else ("ours (Piper)", ours)
            waits[name].append(_turn(address, sound))
    everything = [pair for pairs in waits.values() for pair in pairs]
    for name, pairs in (*waits.items(), ("all", everything)):
        replies = [reply for _, reply in pairs if reply]
        show(
            benchmark="speech_turn",
            model=model,
            clip=name,
            final_text_seconds=_spread([final for final, _ in pairs]),
            reply_seconds=_spread(replies),
        )


def _turn(address: str, sound: Samples) -> tuple[float, float]:
    """Take one turn; return seconds from the end of speech to final text and to the reply.

    The second is 0.0 where the words were to be looked at first, so that no reply comes.
    """
    body = {"age_years": 40, "sex": "female"}
    identity = httpx.post(f"http://{address}/api/v1/consultations", json=body).json()["id"]
    silence = np.zeros(3 * RATE, np.float32)
    end = speech_spans(np.concatenate([sound, silence]))[-1][1] - RATE // 5  # less the margin
    whole = to_pcm(np.concatenate([silence[: RATE // 2], sound, silence]))
    with connect(f"ws://{address}/api/v1/consultations/{identity}/speech") as line:
        line.send(json.dumps({"type": "start", "hands_free": True, "reply": True}))
        _until(line, "ready")
        began = time.perf_counter()
        spoken = began + 0.5 + min(end, len(sound)) / RATE
        sending = threading.Thread(target=_send, args=(line, whole, began), daemon=True)
        sending.start()
        final = _until(line, "final")
        heard = time.perf_counter()
        if final["confirm"]:
            return heard - spoken, 0.0
        _until(line, "reply")
        return heard - spoken, time.perf_counter() - spoken


def _send(line: Any, whole: bytes, began: float) -> None:
    for number, at in enumerate(range(0, len(whole), 3200), 1):
        time.sleep(max(0.0, began + number * 0.1 - time.perf_counter()))
        try:
            line.send(whole[at : at + 3200])
        except Exception:
            return


def _until(line: Any, kind: str) -> dict[str, Any]:
    while (told := json.loads(line.recv(timeout=60)))["type"] != kind:
        if told["type"] in ("error", "nothing"):
            raise RuntimeError(told)
    return dict(told)


def _spread(seconds: list[float]) -> dict[str, object]:
    if not seconds:
        return {"n": 0}
    found = np.percentile(seconds, [50, 95, 100])
    return {"n": len(seconds)} | {
        name: round(float(value), 2)
        for name, value in zip(("p50", "p95", "worst"), found, strict=True)
    }


class Server:
    """The app of the settings with one speech model, on a free port, until the block ends."""

    def __init__(self, model: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        database = f"sqlite:///{Path(self._folder.name) / 'talks.db'}"
        self._settings = Settings(
            speech_model=model, database_url=database,
            max_consultations_per_minute=10_000, max_turns_per_minute=10_000,
        )  # fmt: skip

    def __enter__(self) -> str:
        import uvicorn

        from assistant.assembly import build_assistant
        from assistant.portal import create_app
        from assistant.service import ConsultationService
        from assistant.store import Store

        self._store = Store(self._settings.store_url)
        service = ConsultationService(build_assistant(self._settings), self._store, self._settings)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                create_app(service, self._settings), host="127.0.0.1", port=port, log_level="error"
            )
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.05)
        return f"127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._store.close()
        self._folder.cleanup()
