"""The command line, run in this process with the lightest settings and folders of its own."""

import pytest

from assistant.cli import main
from assistant.settings import current


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Return a data folder that keeps the compiled knowledge between the tests."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def environment(monkeypatch, compiled, tmp_path):
    """Set the environment as an operator would, without touching the user's own files."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "EXTRACTOR": "lexicon",
        "ENCODER": "none",
        "INDEX": "none",
        "DENSE_MATCH": "false",
        "WORD_MATCH": "false",
        "DATA_DIR": str(compiled),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}",
    }.items():
        monkeypatch.setenv(f"ANAMNESIS_{name}", value)
    current.cache_clear()
    yield
    current.cache_clear()


@pytest.fixture
def anamnesis(environment, capsys):
    """Return a function that runs one command and gives status, stdout and stderr."""

    def run(*arguments):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as left:  # argparse ends this way
            status = left.code
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run
