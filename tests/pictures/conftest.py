"""The real assistant without neural parts, with eyes over a small classifier fitted here."""

import pytest
from starlette.testclient import TestClient

from assistant.assembly import build_assistant
from assistant.imaging.eyes import Eyes
from assistant.portal import create_app
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.store import Store
from tests.pictures.spots import looker


def _settings(folder, **options):
    return Settings(
        _env_file=None,
        data_dir=folder,
        extractor="lexicon",
        encoder="none",
        index="none",
        speech=False,
        **options,
    )


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    return build_assistant(_settings(tmp_path_factory.mktemp("built")))


@pytest.fixture(scope="session")
def eyes():
    return Eyes(looker)


@pytest.fixture
def settings(tmp_path):
    return _settings(tmp_path, max_picture_bytes=2_000_000, max_pictures=3)


@pytest.fixture
def store(settings):
    store = Store(settings.store_url, busy_seconds=0.3)
    yield store
    store.close()


@pytest.fixture
def service(assistant, store, settings, eyes):
    return ConsultationService(assistant, store, settings, eyes)


@pytest.fixture
def client(service, settings):
    with TestClient(create_app(service, settings)) as client:
        yield client
