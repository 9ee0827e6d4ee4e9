"""The real extractors, built once."""

from pathlib import Path

import pytest

from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.transformer import TransformerExtractor
from assistant.knowledge import Knowledge
from assistant.minilm import MiniLM
from assistant.paths import shipped
from assistant.settings import Settings


@pytest.fixture(scope="session")
def lexical(knowledge: Knowledge) -> LexicalExtractor:
    """Return the extractor that needs no model."""
    return LexicalExtractor(knowledge)


@pytest.fixture(scope="session")
def encoder() -> MiniLM:
    """Return the real encoder."""
    return MiniLM(shipped("knowledge") / "models")


@pytest.fixture(scope="session")
def transformer(knowledge: Knowledge, encoder: MiniLM, tmp_path_factory) -> TransformerExtractor:
    """Return the real fine-tuned extractor."""
    data: Path = tmp_path_factory.mktemp("vectors")
    settings = Settings(_env_file=None, data_dir=data)
    return TransformerExtractor(knowledge=knowledge, encoder=encoder, settings=settings)
