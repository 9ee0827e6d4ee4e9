"""Fixtures that many tests share: the real knowledge, loaded once."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from assistant.knowledge import Knowledge
from assistant.paths import shipped

settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if WORKER:  # several processes share the cores: one thread each is faster than many
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def knowledge(tmp_path_factory) -> Knowledge:
    """Return the real knowledge base."""
    return Knowledge.load(shipped("knowledge"), tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of development data, or skip where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("the development data (../shared/data) is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def cache(request) -> Path:
    """Return where models and indexes that are built once are kept between runs."""
    return Path(request.config.cache.mkdir(f"data{WORKER}"))


@pytest.fixture(scope="session")
def assistant(cache):
    """Return the real assistant as the settings make it, built once.

    Its indexes are kept in pytest's cache and built anew where the knowledge has changed.
    """
    # Imported here: torch takes seconds to import, and most tests do without it.
    from assistant.assembly import build_assistant
    from assistant.settings import Settings

    return build_assistant(Settings(_env_file=None, data_dir=cache))


def pytest_collection_modifyitems(items):
    """Give the first test that needs the assistant the minutes that its indexes take to build.

    With several processes a file stays whole, so that what it shares is made once, and everything
    that drives a browser runs in one process: two at a time would wait for each other.
    """
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("page" if "/ui/" in file else file))
        if "assistant" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(900))
