"""The real transcriber over the packaged weights, loaded once; one sentence of our own."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant.settings import Settings
from assistant.speech import TRANSCRIBERS
from assistant.speech.decoding import decode
from assistant.speech.hearing import Hearing
from assistant.speech.weights import locate

DATA = Path(__file__).parent / "data"  # our own sentences; the voices are espeak-ng and Piper
CLIP = DATA / "chest_pain.ogg"


@pytest.fixture(scope="session")
def hear(knowledge, cache):
    """Return a function that gives the Hearing of an engine and a model."""
    made = {}

    def of(engine="faster-whisper", model="base"):
        if (engine, model) not in made:
            folder = locate(model, path=None, cache=cache, allow_network=False)
            transcriber = TRANSCRIBERS.create(engine, folder=folder, model=model, threads=2)
            made[engine, model] = Hearing(transcriber, knowledge)
        return made[engine, model]

    return of


@pytest.fixture(scope="session")
def clip():
    """Return "I have crushing chest pain and I am sweating." as a Recording."""
    return decode(CLIP.read_bytes(), most_seconds=60, most_bytes=10**7)


@pytest.fixture(scope="session")
def speech_settings(tmp_path_factory, cache):
    """Return settings for a fast start; the speech parts are those that ship."""
    return Settings(
        _env_file=None,
        data_dir=cache,
        database_url=f"sqlite:///{tmp_path_factory.mktemp('talks')}/talks.db",
        extractor="lexicon",
        encoder="none",
        index="none",
        max_turns_per_minute=5000,
        max_consultations_per_minute=500,
    )


@pytest.fixture(scope="session")
def speech_service(speech_settings):
    """Return the real service over a store of its own."""
    from assistant.assembly import build_assistant
    from assistant.service import ConsultationService
    from assistant.store import Store

    store = Store(speech_settings.store_url)
    yield ConsultationService(build_assistant(speech_settings), store, speech_settings)
    store.close()


@pytest.fixture(scope="session")
def client(speech_service, speech_settings):
    """Return a client of the real app."""
    from assistant.portal import create_app

    with TestClient(create_app(speech_service, speech_settings)) as client:
        yield client


@pytest.fixture
def opened(client):
    """Return the address of a new consultation."""
    answer = client.post("/api/v1/consultations", json={"age_years": 58, "sex": "male"})
    return f"/api/v1/consultations/{answer.json()['id']}"
