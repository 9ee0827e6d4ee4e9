"""A sound file that is only heard: words come back, and the consultation stays as it is."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from assistant.portal import create_app
from assistant.records.speech import RATE
from tests.speech.conftest import CLIP
from tests.speech.sounds import encoded, opus_of, video

OGG = {"Content-Type": "audio/ogg"}
TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)
UNKNOWN_CODEC = bytearray(encoded(TONE, "wav"))
UNKNOWN_CODEC[20:22] = b"\x22\x00"


def hear(client, path, data, headers=OGG):
    """Send a file to be heard."""
    return client.post(f"{path}/heard", content=data, headers=headers)


def refused(answer, status, kind, reason=None):
    """Assert that an answer is a problem document of a kind and reason."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:anamnesis:problem:{kind}"
    assert problem["detail"]
    assert problem.get("reason") == reason


@pytest.mark.parametrize("kind", ["audio/ogg", "AUDIO/OGG", "application/octet-stream"])
def test_words_come_back_and_no_turn_is_taken(client, opened, kind):
    """Crushing chest pain in a file is nobody's complaint before the patient has looked at it."""
    before = client.get(opened).json()
    answer = hear(client, opened, CLIP.read_bytes(), {"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    view = answer.json()
    assert view["id"] == opened.rpartition("/")[2]
    assert "chest pain" in view["heard"]["text"].lower()
    assert view["heard"]["language"] == "en"
    assert set(view) == {"id", "heard"}
    assert client.get(opened).json() == before
    said = {"kind": "say", "text": view["heard"]["text"]}
    reply = client.post(f"{opened}/turns", json=said).json()["reply"]
    assert reply["triage"]["level"] == "emergency_ambulance"


def test_nothing_is_invented_where_nobody_speaks(client, opened):
    """Silence gives no words, and it is no error."""
    answer = hear(client, opened, encoded(np.zeros(2 * RATE, np.float32), "wav"))
    assert answer.status_code == 200
    assert answer.json()["heard"]["text"] == ""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"Dear doctor, I am a letter." * 20, "format"),
        (video(), "video"),
        (bytes(UNKNOWN_CODEC), "codec"),
        (encoded(TONE, "wav", rate=4_000), "rate"),
        (b"RIFF\x00\x00\x00\x00WAVE" + b"\x00" * 40, "unreadable"),
        (opus_of(0.1), "too_long"),
    ],
    ids=["empty", "text", "video", "codec", "rate", "damaged", "six minutes"],
)
def test_a_refusal_says_why(client, opened, data, reason):
    """A page tells it in its own language, by the reason; the consultation stays."""
    before = client.get(opened).json()
    refused(hear(client, opened, data), 422, "recording", reason)
    assert client.get(opened).json() == before


def test_the_limit_on_bytes_is_that_of_a_spoken_turn(client, opened, speech_settings):
    """Told beforehand or not, no more is read."""
    much = bytes(speech_settings.max_recording_bytes + 1)
    refused(hear(client, opened, much), 413, "too-large")
    parts = (much[at : at + 1_000_000] for at in range(0, len(much), 1_000_000))
    refused(hear(client, opened, parts), 413, "too-large")
    just = b"OggS" + bytes(speech_settings.max_recording_bytes - 4)
    refused(hear(client, opened, just), 422, "recording", "unreadable")


def test_only_sound_is_taken_there(client, opened):
    """JSON and pictures have addresses of their own."""
    refused(client.post(f"{opened}/heard", json={"text": "hello"}), 415, "media-type")
    refused(hear(client, opened, b"\x89PNG", {"Content-Type": "image/png"}), 415, "media-type")


def test_an_unknown_consultation_hears_nothing(client):
    """Whoever has no consultation gets no transcriber."""
    path = f"/api/v1/consultations/{'0' * 32}"
    refused(hear(client, path, CLIP.read_bytes()), 404, "unknown-consultation")


def test_a_full_queue_is_said(client, opened):
    """The file waits in the same queue as people who speak."""
    seats = client.app.state.ears.seats
    taken = [seats.take() for _ in range(8 + 32)]
    try:
        answer = hear(client, opened, CLIP.read_bytes())
    finally:
        for ticket in taken:
            seats.leave(ticket)
    refused(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) > 0


def test_it_counts_among_the_turns_of_a_minute(speech_service, speech_settings):
    """The way around the limit on turns is not open."""
    settings = speech_settings.model_copy(update={"max_turns_per_minute": 3})
    with TestClient(create_app(speech_service, settings)) as client:
        opened = client.post("/api/v1/consultations", json={"age_years": 58}).json()["id"]
        path = f"/api/v1/consultations/{opened}"
        said = {"kind": "say", "text": "I have a cough"}
        assert client.post(f"{path}/turns", json=said).status_code == 200
        codes = [hear(client, path, b"no sound").status_code for _ in range(3)]
        assert codes == [422, 422, 429]
        assert client.post(f"{path}/turns", json=said).status_code == 429


def test_it_is_not_there_where_speech_is_off(speech_service, speech_settings):
    """And a file of the size of a recording is not even read."""
    settings = speech_settings.model_copy(update={"speech": False})
    with TestClient(create_app(speech_service, settings)) as client:
        opened = client.post("/api/v1/consultations", json={"age_years": 58}).json()["id"]
        path = f"/api/v1/consultations/{opened}"
        assert hear(client, path, CLIP.read_bytes()[:1000]).status_code in (404, 405)
        refused(hear(client, path, bytes(1_000_000)), 413, "too-large")
        paths = client.get("/api/v1/openapi.json").json()["paths"]
        assert not [known for known in paths if known.endswith("/heard")]


def test_it_is_kept_nowhere(client, opened, speech_settings, tmp_path, monkeypatch):
    """Neither a temporary file nor one among the data holds a voice afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    hear(client, opened, CLIP.read_bytes())  # the model is loaded now
    before = {path for path in speech_settings.data_dir.rglob("*") if path.is_file()}
    assert hear(client, opened, CLIP.read_bytes()).status_code == 200
    assert list(tmp_path.rglob("*")) == []
    assert {path for path in speech_settings.data_dir.rglob("*") if path.is_file()} == before


def test_the_openapi_document_holds_it(client):
    """An engineer finds the body, the answer and the reason of a refusal."""
    document = client.get("/api/v1/openapi.json").json()
    route = document["paths"]["/api/v1/consultations/{consultation_id}/heard"]["post"]
    assert set(route["requestBody"]["content"]) == {"audio/*"}
    taken = route["responses"]["200"]["content"]["application/json"]["schema"]
    assert taken == {"$ref": "#/components/schemas/HeardOnlyView"}
    assert {"404", "413", "415", "422", "429", "503"} <= set(route["responses"])
    assert "reason" in document["components"]["schemas"]["ProblemDocument"]["properties"]
