"""The real assistant in its lightest form: lexicon, no vectors."""

import pytest

from assistant.settings import Settings


@pytest.fixture(scope="session")
def light(tmp_path_factory):
    """Return an assistant that finds by phrases only, so that a figure is quick to get."""
    from assistant.assembly import build_assistant

    return build_assistant(
        Settings(
            _env_file=None,
            extractor="lexicon",
            encoder="none",
            index="none",
            dense_match=False,
            data_dir=tmp_path_factory.mktemp("data"),
        )
    )
