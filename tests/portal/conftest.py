"""The real assistant without neural parts behind the real app, over a fresh database."""

import pytest
from starlette.testclient import TestClient

from assistant.assembly import build_assistant
from assistant.portal import create_app
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.store import Store

CONSULTATIONS = "/api/v1/consultations"


def _settings(folder, **options):
    return Settings(
        data_dir=folder,
        extractor="lexicon",
        encoder="none",
        index="none",
        portal_origins=("https://portal.example",),
        **options,
    )


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    return build_assistant(_settings(tmp_path_factory.mktemp("built")))


@pytest.fixture
def make_client(assistant, tmp_path):
    """Return a function that starts an app with other settings."""
    opened = []

    def make(**options):
        settings = _settings(tmp_path, **options)
        store = Store(settings.store_url, busy_seconds=0.3)
        client = TestClient(create_app(ConsultationService(assistant, store, settings), settings))
        client.__enter__()
        opened.append((client, store))
        return client

    yield make
    for client, store in opened:
        client.__exit__(None, None, None)
        store.close()


@pytest.fixture
def client(make_client):
    return make_client(max_consultations_per_minute=1000, max_turns_per_minute=5000)


@pytest.fixture
def opened(client):
    """Return the path of a new consultation of an adult who reads English."""
    answer = client.post(CONSULTATIONS, json={"age_years": 34, "sex": "female"})
    assert answer.status_code == 201
    return f"{CONSULTATIONS}/{answer.json()['id']}"
