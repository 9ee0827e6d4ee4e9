"""The real transcriber over the packaged weights, loaded once; one sentence of our own."""

from pathlib import Path

import pytest

from assistant.settings import Settings
from assistant.speech import TRANSCRIBERS
from assistant.speech.decoding import decode
from assistant.speech.hearing import Hearing
from assistant.speech.weights import locate

DATA = Path(__file__).parent / "data"  # our own sentences; the voices are espeak-ng and Piper
CLIP = DATA / "chest_pain.ogg"


@pytest.fixture(scope="session")
def cache(request):
    """Return where the parts of the weights are joined, kept between runs."""
    return request.config.cache.mkdir("data")


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
