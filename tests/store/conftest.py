"""The real assistant without neural parts, and a service over a fresh database."""

import os

import pytest

from assistant.assembly import build_assistant
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.store import Store

POSTGRESQL = "ANAMNESIS_TEST_POSTGRESQL"


def _settings(folder, **options):
    return Settings(data_dir=folder, extractor="lexicon", encoder="none", index="none", **options)


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    return build_assistant(_settings(tmp_path_factory.mktemp("built")))


@pytest.fixture
def settings(tmp_path):
    return _settings(tmp_path)


@pytest.fixture
def store(settings):
    store = Store(settings.store_url, busy_seconds=0.3)
    yield store
    store.close()


@pytest.fixture
def service(assistant, store, settings):
    return ConsultationService(assistant, store, settings)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request, settings):
    """A store on each kind of database; PostgreSQL where ANAMNESIS_TEST_POSTGRESQL names one."""
    url = settings.store_url if request.param == "sqlite" else os.environ.get(POSTGRESQL)
    if url is None:
        pytest.skip(f"{POSTGRESQL} names no database")
    store = Store(url)
    yield store
    store.expire(before=float("inf"))
    store.close()
