"""Speech over HTTP and the WebSocket, on the real app."""

import time

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from assistant.records.speech import RATE
from assistant.speech.decoding import to_pcm
from assistant.speech.errors import TooManySpeakersError
from assistant.speech.pool import Seats
from tests.speech.conftest import CLIP
from tests.speech.sounds import encoded, opus_of


def test_a_spoken_turn_brings_the_ambulance(client, opened):
    """A recording of crushing chest pain counts like the words."""
    headers = {"Content-Type": "audio/ogg"}
    answer = client.post(f"{opened}/turns", content=CLIP.read_bytes(), headers=headers)
    assert answer.status_code in (200, 202), answer.text
    heard = answer.json()["heard"]
    assert "chest pain" in heard["text"].lower()
    if answer.status_code == 202:  # words to look at first: the patient sends them
        body = {"kind": "say", "text": heard["text"]}
        answer = client.post(f"{opened}/turns", json=body)
    assert answer.json()["reply"]["triage"]["level"] == "emergency_ambulance"


def test_silence_takes_no_turn(client, opened):
    """Nothing is invented, and nothing is counted."""
    silence = encoded(np.zeros(2 * RATE, np.float32), "wav")
    headers = {"Content-Type": "audio/wav"}
    answer = client.post(f"{opened}/turns", content=silence, headers=headers)
    assert answer.status_code == 202
    assert answer.json()["heard"]["text"] == ""
    assert client.get(opened).json()["turns"] == 0


def test_what_is_no_recording_is_a_problem_document(client, opened):
    """422 with words; the consultation goes on."""
    headers = {"Content-Type": "audio/wav"}
    answer = client.post(f"{opened}/turns", content=b"not sound", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("recording")
    assert client.get(opened).status_code == 200


def test_a_day_is_refused_over_http(client, opened):
    """8 MB pass the limit on bytes; the limit on seconds stops them, and nothing is lost."""
    headers = {"Content-Type": "audio/ogg"}
    answer = client.post(f"{opened}/turns", content=opus_of(24), headers=headers)
    assert answer.status_code == 422
    assert "limit is 300 seconds" in answer.json()["detail"]
    answer = client.post(f"{opened}/turns", content=bytes(13_000_000), headers=headers)
    assert answer.status_code == 413
    assert client.get(opened).json()["turns"] == 0


def test_a_recording_is_kept_nowhere(client, opened, speech_settings, tmp_path, monkeypatch):
    """Neither a temporary file nor one among the data holds a voice afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = speech_settings.data_dir
    before = {path for path in folder.rglob("*") if path.is_file()}
    headers = {"Content-Type": "audio/ogg", "Idempotency-Key": "once"}
    data = CLIP.read_bytes()
    first = client.post(f"{opened}/turns", content=data, headers=headers)
    assert first.status_code in (200, 202)
    again = client.post(f"{opened}/turns", content=data, headers=headers)
    assert again.json() == first.json()  # and a request that is repeated counts once
    assert client.get(opened).json()["turns"] == (1 if first.status_code == 200 else 0)
    assert list(tmp_path.rglob("*")) == []
    after = {path for path in folder.rglob("*") if path.is_file()}
    assert {path.name for path in after - before} <= {"model.bin", "config.json", "tokenizer.json"}


def test_the_openapi_document_holds_the_spoken_turn(client):
    """An engineer finds the recording beside the JSON, and both answers."""
    document = client.get("/api/v1/openapi.json").json()
    turn = document["paths"]["/api/v1/consultations/{consultation_id}/turns"]["post"]
    assert set(turn["requestBody"]["content"]) >= {"application/json", "audio/*"}
    assert {"200", "202", "422"} <= set(turn["responses"])
    schemas = document["components"]["schemas"]
    for name in ("HeardView", "HeardOnlyView", "SpokenTurnView"):
        assert schemas[name]["properties"]
    assert schemas["SpokenTurnView"]["properties"]["reply"] == {
        "$ref": "#/components/schemas/ReplyView"
    }


def test_the_socket_hears_and_replies(client, opened, clip):
    """Sound in; start, partial, final and the reply out."""
    with client.websocket_connect(f"{opened}/speech") as socket:
        socket.send_json({"type": "start", "hands_free": True, "reply": True})
        assert socket.receive_json() == {"type": "ready"}
        silence = np.zeros(2 * RATE, np.float32)
        sound = to_pcm(np.concatenate([silence[:8000], clip.samples, silence]))
        for at in range(0, len(sound), 3200):
            socket.send_bytes(sound[at : at + 3200])
        kinds, last = [], {}
        while last.get("type") != "final":
            last = socket.receive_json()
            kinds.append(last["type"])
        assert kinds[0] == "start"
        assert "partial" in kinds
        assert "chest pain" in last["text"].lower()
        if not last["confirm"]:
            reply = socket.receive_json()
            assert reply["type"] == "reply"
            assert reply["reply"]["triage"]["level"] == "emergency_ambulance"


def test_the_socket_refuses_what_it_does_not_know(client, opened):
    """A wrong first message, a foreign page, and a consultation that is not there."""
    with client.websocket_connect(f"{opened}/speech") as socket:
        socket.send_json({"type": "begin"})
        assert socket.receive_json()["code"] == "refused"
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect(
            f"{opened}/speech", headers={"Origin": "https://evil.example"}
        ).__enter__()
    with client.websocket_connect(f"/api/v1/consultations/{'0' * 32}/speech") as socket:
        socket.send_json({"type": "start"})
        assert socket.receive_json()["type"] == "error"


def test_the_ninth_waits_and_is_told_so(client, opened):
    """Eight are listened to; the ninth learns its place, and gets a seat when one leaves."""
    seats = client.app.state.ears.seats
    taken = [seats.take() for _ in range(8)]
    with client.websocket_connect(f"{opened}/speech") as socket:
        socket.send_json({"type": "start"})
        assert socket.receive_json() == {"type": "queue", "position": 1}
        seats.leave(taken[0])
        assert socket.receive_json() == {"type": "ready"}
    until = time.monotonic() + 5
    while seats.position(taken[-1]) and time.monotonic() < until:
        time.sleep(0.05)
    for ticket in taken:
        seats.leave(ticket)


def test_a_full_queue_is_refused():
    """A queue without end is a server without memory."""
    seats = Seats(1, 1)
    first, second = seats.take(), seats.take()
    assert (seats.position(first), seats.position(second)) == (0, 1)
    with pytest.raises(TooManySpeakersError):
        seats.take()
    seats.leave(first)
    assert seats.wait(second, 0.1)
