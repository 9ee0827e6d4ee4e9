"""What the tests of pictures share: the backbone, unpacked once into pytest's cache."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def backbone_dir(request) -> Path:
    """Return a data folder in which the ImageNet weights of the package are unpacked."""
    return Path(request.config.cache.mkdir("imaging"))
