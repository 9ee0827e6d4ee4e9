"""Fixtures that many tests share: the real knowledge, loaded once."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from assistant.knowledge import Knowledge
from assistant.paths import shipped

settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")

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
def assistant(request):
    """Return the real assistant as the settings make it, built once.

    Its indexes are kept in pytest's cache and built anew where the knowledge has changed.
    """
    # Imported here: torch takes seconds to import, and most tests do without it.
    from assistant.assembly import build_assistant
    from assistant.settings import Settings

    return build_assistant(Settings(_env_file=None, data_dir=request.config.cache.mkdir("data")))


def pytest_collection_modifyitems(items):
    """Give the first test that needs the assistant the minutes that its indexes take to build."""
    for item in items:
        if "assistant" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(900))
