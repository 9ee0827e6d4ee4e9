"""Classifiers of transformers: small ones made here, with names of their own."""

import json

import pytest
import torch

from assistant.errors import InvalidInputError, ModelFileError
from assistant.imaging import IMAGE_MODELS
from assistant.records.picture import Modality, Verdict
from tests.imaging.backends import made

NAMES = ("PNEUMONIA_BACTERIAL", "NORMAL", "PNEUMONIA_VIRAL")
MEANT = {"PNEUMONIA_BACTERIAL": "pneumonia", "PNEUMONIA_VIRAL": "pneumonia", "NORMAL": "normal"}


@pytest.fixture
def folder(tmp_path):
    return made.vit(tmp_path / "vit", NAMES)


def test_outputs_are_read_by_name(folder, chosen, picture):
    """A list in another order is the classic way to call healthy children ill."""
    settings = chosen("pneumonia", {"folder": folder, "labels": MEANT})
    model = IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)
    found = {f.label: f.probability for f in model.read(picture)}

    shown = model._processor(picture.pixels, return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        own = model._network(pixel_values=shown).logits[0].softmax(0).tolist()
    assert found["normal"] == pytest.approx(own[1], abs=1e-5)
    assert found["pneumonia"] == pytest.approx(own[0] + own[2], abs=1e-5)
    assert (model.task, model.modality) == ("pneumonia", Modality.CHEST_XRAY)
    assert model.id.startswith("huggingface vit-")
    assert model.heat(picture, "normal") is None


def test_unmeasured_model_weighs_nothing(folder, chosen, picture):
    settings = chosen("pneumonia", {"folder": folder, "labels": MEANT})
    model = IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)

    found = model.read(picture)

    assert [f.probability for f in found] == sorted((f.probability for f in found), reverse=True)
    assert {(f.verdict, f.likelihood_ratio) for f in found} == {(Verdict.UNSURE, 1.0)}


def test_convolutional_network_is_read_as_well(tmp_path, chosen, picture):
    folder = made.resnet(tmp_path / "resnet", ("a", "b"))
    entry = {"folder": folder, "labels": {"a": "covid", "b": "other"}}
    model = IMAGE_MODELS.create("huggingface", task="covid_ct", settings=chosen("covid_ct", entry))

    assert {f.label for f in model.read(picture)} == {"covid", "other"}


def test_labels_that_do_not_exclude_each_other(tmp_path, chosen, picture):
    names = ("Pneumonia", "Effusion")
    kind = "multi_label_classification"
    folder = made.vit(tmp_path / "vit", names, problem_type=kind)
    entry = {"folder": folder, "labels": {"Pneumonia": "pneumonia"}, "rest": "normal"}
    settings = chosen("pneumonia", entry)
    model = IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)

    found = {f.label: f.probability for f in model.read(picture)}

    assert sum(found.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("labels", "rest", "said"),
    [
        ({"Pneumonia": "pneumonia"}, "normal", "has no output Pneumonia"),
        ({"NORMAL": "normal"}, None, "says nothing about pneumonia"),
        ({"NORMAL": "healthy"}, None, "healthy is no label"),
        (MEANT, "normal", "under `rest` and under `labels`"),
    ],
)
def test_wrong_names_stop_the_start(folder, chosen, labels, rest, said):
    """A label that nobody mapped must not be silently absent."""
    settings = chosen("pneumonia", {"folder": folder, "labels": labels, "rest": rest})

    with pytest.raises(InvalidInputError, match=said):
        IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)


def test_layer_without_weights_is_refused(folder, chosen):
    """The library would fill it with random numbers and only warn."""
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    weights = load_file(file)
    save_file({k: v for k, v in weights.items() if "classifier" not in k}, file, {"format": "pt"})
    settings = chosen("pneumonia", {"folder": folder, "labels": MEANT})

    with pytest.raises(ModelFileError, match="missing"):
        IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)


def test_code_of_its_own_is_refused(folder, chosen):
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForImageClassification": "evil.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    settings = chosen("pneumonia", {"folder": folder, "labels": MEANT})

    with pytest.raises(ModelFileError, match="code of its own"):
        IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)


def test_unreadable_weights_are_a_clear_error(folder, chosen):
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0notjson!")
    settings = chosen("pneumonia", {"folder": folder, "labels": MEANT})

    with pytest.raises(ModelFileError, match="cannot load"):
        IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)
