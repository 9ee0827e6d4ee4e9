"""The WebSocket on a real server: a voice out, back-pressure, time-outs, nine people at once."""

import json
import socket as sockets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from assistant.records.speech import RATE
from assistant.speech.decoding import decode, to_pcm
from assistant.speech.mouth import Mouth
from tests.speech.conftest import CLIP, DATA

SILENCE = np.zeros(RATE, np.float32)


@pytest.fixture(scope="module")
def served(speech_settings):
    """Serve the app with the small model and Piper's voice; return its address, and the app."""
    import uvicorn

    from assistant.assembly import build_assistant
    from assistant.portal import create_app
    from assistant.service import ConsultationService
    from assistant.store import Store

    pytest.importorskip("piper", reason="the extra [voice] is not installed")
    settings = speech_settings.model_copy(update={"speech_model": "tiny.en", "voice": "piper"})
    store = Store(settings.store_url)
    service = ConsultationService(build_assistant(settings), store, settings)
    app = create_app(service, settings)
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="error",
            ws_max_size=65_536,
            ws_max_queue=16,
            ws_ping_timeout=60.0,
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.05)
    yield f"127.0.0.1:{port}", app
    server.should_exit = True
    thread.join(timeout=10)
    store.close()


@pytest.fixture
def server(served):
    return served[0]


@pytest.fixture
def talk(server):
    """Return a function that opens a consultation and its socket, and says the first message."""
    with ExitStack() as opened:

        def of(language="en", **start):
            socket = opened.enter_context(connect(f"ws://{server}{_path(server, language)}"))
            socket.send(json.dumps({"type": "start", **start}))
            return socket

        yield of


def _path(server, language="en"):
    """Open a consultation; return the path of its socket."""
    body = {"age_years": 58, "sex": "male", "language": language}
    answer = httpx.post(f"http://{server}/api/v1/consultations", json=body)
    return f"/api/v1/consultations/{answer.json()['id']}/speech"


def told(socket, kind, seconds=60.0):
    """Return the messages up to the first of a kind; sound is in its place as bytes."""
    until, seen = time.monotonic() + seconds, []
    while True:
        message = socket.recv(timeout=max(0.1, until - time.monotonic()))
        seen.append(message if isinstance(message, bytes) else json.loads(message))
        if not isinstance(message, bytes) and seen[-1]["type"] == kind:
            return seen


def wait_until(condition, seconds=10.0):
    """Return whether a condition came true in time."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def speak(socket, *names, after=SILENCE, pace=0.0):
    """Send recordings of ours, each followed by silence, 100 ms at a time."""
    for name in names:
        clip = decode((DATA / name).read_bytes(), most_seconds=60, most_bytes=10**7).samples
        sound = to_pcm(np.concatenate([SILENCE[:4800], clip, after]))
        for at in range(0, len(sound), 3200):
            socket.send(sound[at : at + 3200])
            time.sleep(pace)


def test_speaking_brings_a_spoken_reply(talk):
    """Chest pain in; the words, the urgency, and then a voice that says them out."""
    socket = talk(hands_free=True, reply=True, voice=True)
    assert told(socket, "ready")
    speak(socket, CLIP.name)
    seen = told(socket, "reply")
    assert seen[-1]["reply"]["triage"]["level"] == "emergency_ambulance"
    voice = told(socket, "voice_end", 60)
    assert voice[-1] == {"type": "voice_end", "whole": True}
    said = [m for m in voice if isinstance(m, dict) and m["type"] == "voice"]
    assert any("ambulance" in m["text"] for m in said)
    written = " ".join(m["text"] for m in seen[-1]["reply"]["messages"])
    assert all(m["text"].rstrip(".") in written.replace("**", "") for m in said[:3])  # a caption
    sound = sum(len(m) for m in voice if isinstance(m, bytes))
    assert sound == sum(m["bytes"] for m in said) > said[0]["rate"]  # more than half a second


def test_whoever_speaks_is_not_talked_over(talk, monkeypatch):
    """Barge-in: the first word of the patient ends the voice, and is heard."""
    say = Mouth.say

    def slowly(*sentence):  # so that the voice still has something to say
        time.sleep(1.0)
        return say(*sentence)

    monkeypatch.setattr(Mouth, "say", slowly)
    socket = talk(hands_free=True)
    told(socket, "ready")
    socket.send('{"type": "voice"}')
    told(socket, "voice")
    socket.send('{"type": "speaking"}')
    speak(socket, "stop.ogg")
    seen = [m for m in told(socket, "final") if isinstance(m, dict)]
    kinds = [m["type"] for m in seen]
    assert "start" in kinds
    assert {"type": "voice_end", "whole": False} in seen
    assert "stop" in seen[-1]["text"].lower()


def test_a_voice_is_stopped_when_asked(talk):
    """Mute is now, not after the list."""
    socket = talk(listen=False, speed=0.5)
    told(socket, "ready")
    socket.send('{"type": "voice"}')
    told(socket, "voice")
    socket.send('{"type": "hush"}')
    end = told(socket, "voice_end")[-1]
    assert end == {"type": "voice_end", "whole": False}
    socket.send('{"type": "voice"}')
    assert told(socket, "voice_end")[-1]["whole"]


def test_no_voice_for_chinese_is_said(talk):
    """The page then asks the browser's own voice."""
    socket = talk(language="zh", listen=False)
    told(socket, "ready")
    socket.send('{"type": "voice"}')
    assert told(socket, "voice_end")[-1]["reason"] == "no_voice"


def test_a_client_without_words_is_not_waited_for(talk, server, monkeypatch):
    """Neither one that never starts nor one that falls silent keeps a seat."""
    monkeypatch.setattr("assistant.portal.talking.IDLE_SECONDS", 0.5)
    monkeypatch.setattr("assistant.portal.talking.START_SECONDS", 0.5)
    socket = talk()
    assert told(socket, "error", 5)[-1]["code"] == "idle"
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=5)
    with connect(f"ws://{server}/api/v1/consultations/{'0' * 32}/speech") as silent:
        assert json.loads(silent.recv(timeout=5))["code"] == "refused"


def test_pings_do_not_keep_a_seat_for_ever(talk, monkeypatch):
    """A page left open is not a patient."""
    monkeypatch.setattr("assistant.portal.talking.QUIET_SECONDS", 0.3)
    socket = talk(hands_free=True)
    told(socket, "ready")
    time.sleep(0.4)
    socket.send('{"type": "ping"}')
    assert told(socket, "error", 5)[-1]["code"] == "idle"


def test_a_client_that_does_not_read_is_left(served, monkeypatch, caplog):
    """A full pipe must not hold a seat, nor fill the memory."""
    server, seats = served[0], served[1].state.ears.seats
    assert wait_until(lambda: seats.taken == 0)  # those of the tests before
    monkeypatch.setattr("assistant.portal.talking.SEND_SECONDS", 0.5)
    sound = np.zeros(400 * 22050, np.float32)  # more than any buffer of the system holds
    monkeypatch.setattr("assistant.speech.mouth.Mouth.say", lambda *_: (sound, 22050))
    host, port = server.split(":")
    with sockets.socket() as raw:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        raw.connect((host, int(port)))
        raw.sendall(
            f"GET {_path(server)} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert raw.recv(4096).startswith(b"HTTP/1.1 101")  # the last that it reads
        for text in (b'{"type": "start"}', b'{"type": "voice"}'):
            raw.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)  # masked with zeros
        assert wait_until(lambda: seats.taken == 1)
        assert wait_until(lambda: seats.taken == 0)  # though the connection still stands
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


def test_who_sends_too_fast_is_slowed_and_loses_nothing(talk):
    """Four sentences in one go: the words of all of it come back."""
    socket = talk(hands_free=True)
    told(socket, "ready")
    names = ["breath.ogg", "stop.ogg"] * 2
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(speak, socket, *names, after=np.tile(SILENCE, 2))
        finals = [told(socket, "final", 60)[-1]["text"].lower() for _ in names]
        sending.result(timeout=60)
    assert ["breath" in text for text in finals] == [True, False] * 2


def test_nine_speak_at_once_and_all_are_heard(talk):
    """Eight have a seat, the ninth is told its place and is heard after one of them has left."""
    sockets_ = [talk(hands_free=True) for _ in range(8)]
    for socket in sockets_:
        told(socket, "ready")
    ninth = talk(hands_free=True)
    assert told(ninth, "queue", 5)[-1]["position"] == 1

    def whole(socket):
        speak(socket, "breath.ogg", pace=0.02)
        text = told(socket, "final", 60)[-1]["text"]
        socket.close()
        return text.lower()

    with ThreadPoolExecutor(8) as people:
        texts = list(people.map(whole, sockets_))
    assert all("shortness of breath" in text for text in texts)
    told(ninth, "ready", 10)
    assert "shortness of breath" in whole(ninth)


@pytest.mark.parametrize(
    "message", ["{", "[]", '{"type": 7}', '{"type": "dance"}', b"\x00", b"\x00" * 64_002]
)
def test_a_message_that_makes_no_sense_is_refused_in_words(talk, message):
    """The client's engineer is told what a message is."""
    socket = talk()
    told(socket, "ready")
    socket.send(message)
    assert told(socket, "error", 5)[-1]["code"] in ("refused", "too_large")
