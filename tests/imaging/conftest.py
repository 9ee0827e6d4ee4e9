"""What the tests of pictures share: the backbone, unpacked once into the tests' cache."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def backbone_dir(cache) -> Path:
    """Return a data folder in which the ImageNet weights of the package are unpacked."""
    return cache


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


@pytest.fixture(scope="session")
def gate_folder(backbone_dir, tmp_path_factory) -> Path:
    """Return the folder of a gate that knows three drawn kinds."""
    from assistant.imaging.lite0 import pretrained
    from tests.imaging.drawn import gate_of

    place = tmp_path_factory.mktemp("gate")
    gate_of(pretrained(backbone_dir), place)
    return place


@pytest.fixture(scope="session")
def gate(gate_folder, backbone_dir):
    from assistant.imaging.folding import folded
    from assistant.imaging.gate import LinearGate, load_weights
    from assistant.imaging.lite0 import pretrained

    return LinearGate(load_weights(gate_folder), folded(pretrained(backbone_dir)), threads=1)


@pytest.fixture(scope="session")
def chosen(folder, gate_folder, backbone_dir, tmp_path_factory):
    """Return settings whose `knowledge/models` holds the drawn gate and the drawn model alone."""
    import hashlib
    import json
    import shutil

    from assistant.settings import Settings

    knowledge = tmp_path_factory.mktemp("knowledge")
    manifest = {}
    for name, source in (("imaging-pneumonia", folder), ("imaging-gate", gate_folder)):
        shutil.copytree(source, knowledge / "models" / name)
        files = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in source.iterdir()}
        manifest[name] = {"folder": name, "files": files}
    (knowledge / "models" / "manifest.json").write_text(json.dumps(manifest))
    return Settings(_env_file=None, knowledge_dir=knowledge, data_dir=backbone_dir)
