"""TorchXRayVision's own DenseNet class with random weights made here, where the extra is installed.

Run with the extra: `pip install 'anamnesis[xray]'`, then this file.
"""

import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from assistant.errors import InvalidInputError, ModelFileError
from assistant.imaging import IMAGE_MODELS
from assistant.records.picture import Modality, Picture, Verdict
from tests.imaging.backends.operators import declare

if find_spec("torchxrayvision") is None:
    pytest.skip("the extra [xray] is not installed", allow_module_level=True)
declare()

SHAPE = {"growth_rate": 4, "block_config": [1, 1], "num_init_features": 8, "bn_size": 2}
LABELS = ["Effusion", "", "Pneumonia", "Mass"]
POINTS = [0.3, None, 0.2, None]


@pytest.fixture
def network():
    from torchxrayvision.models import DenseNet

    torch.manual_seed(0)
    points = torch.tensor([0.3, float("nan"), 0.2, float("nan")])
    made = DenseNet(num_classes=4, op_threshs=points, **SHAPE)
    torch.nn.init.normal_(made.classifier.weight, std=0.5)
    return made.eval()


@pytest.fixture
def folder(tmp_path, network):
    place = tmp_path / "small"
    place.mkdir()
    save_file(network.state_dict(), place / "model.safetensors")
    told = {"labels": LABELS, "op_threshs": POINTS, "architecture": SHAPE, "input_resolution": 64}
    (place / "config.json").write_text(json.dumps(told))
    return place


def build(settings):
    return IMAGE_MODELS.create("torchxrayvision", task="pneumonia", settings=settings)


ENTRY = {"labels": {"Pneumonia": "pneumonia"}, "rest": "normal"}


def test_answer_is_the_librarys_own_by_name(folder, network, chosen):
    """Same pixels through the library's normalisation, same number, under our label."""
    import torchxrayvision as xrv

    grey = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    picture = Picture(pixels=np.repeat(grey[..., None], 3, 2), format="dicom")
    own = network(torch.from_numpy(xrv.utils.normalize(grey, 255)[None, None]))[0]

    model = build(chosen("pneumonia", ENTRY | {"folder": folder}))
    found = {f.label: f for f in model.read(picture)}

    assert found["pneumonia"].probability == pytest.approx(float(own[2]), abs=1e-4)
    assert found["normal"].probability == pytest.approx(1 - float(own[2]), abs=1e-4)
    assert {f.verdict for f in found.values()} == {Verdict.UNSURE}
    assert model.modality is Modality.CHEST_XRAY
    assert model.id.startswith("torchxrayvision small-")


def test_pixels_lie_in_its_range(folder, chosen):
    model = build(chosen("pneumonia", ENTRY | {"folder": folder}))
    for value, expected in ((0, -1024.0), (255, 1024.0)):
        picture = Picture(pixels=np.full((30, 50, 3), value, dtype=np.uint8), format="png")
        shown = model._pixels(picture)
        assert shown.shape == (1, 1, 64, 64)
        assert float(shown.min()) == float(shown.max()) == expected


def test_heat_covers_the_square_that_was_seen(folder, chosen, picture):
    model = build(chosen("pneumonia", ENTRY | {"folder": folder}))

    heat = model.heat(picture, "pneumonia")

    assert heat.shape == picture.pixels.shape[:2]
    assert 0 <= heat.min() <= heat.max() <= 1
    assert not heat[:, :8].any()  # 40 high, 56 wide: cut off on both sides
    assert model.heat(picture, "normal") is None


def test_label_without_an_operating_point_is_none(folder, chosen):
    """Its output is 0.5 for every picture."""
    entry = {"folder": folder, "labels": {"Mass": "pneumonia"}, "rest": "normal"}
    with pytest.raises(InvalidInputError, match="has no output Mass"):
        build(chosen("pneumonia", entry))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"weights": "no-such-weights"},
        {"labels": LABELS, "op_threshs": POINTS[:2], "architecture": SHAPE},
        {"labels": ["a", "a"], "op_threshs": [0.1, 0.2], "architecture": SHAPE},
        {"labels": LABELS, "op_threshs": POINTS},  # of the large network
        {"labels": LABELS, "op_threshs": POINTS, "architecture": {"weights": "all"}},
        {"labels": LABELS, "op_threshs": [0.1, "x", 0.2, 0.3], "architecture": SHAPE},
    ],
)
def test_configuration_that_does_not_fit(folder, chosen, config):
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelFileError):
        build(chosen("pneumonia", ENTRY | {"folder": folder}))


def test_published_names_are_known(tmp_path, chosen, picture):
    """A folder may name the library's weights; its labels and points are then the library's."""
    from torchxrayvision.models import DenseNet, model_urls

    place = tmp_path / "full"
    place.mkdir()
    torch.manual_seed(1)
    points = torch.tensor(model_urls["densenet121-res224-all"]["op_threshs"])
    save_file(DenseNet(op_threshs=points).state_dict(), place / "model.safetensors")
    (place / "config.json").write_text(json.dumps({"weights": "densenet121-res224-all"}))

    model = build(chosen("pneumonia", ENTRY | {"folder": place}))

    assert len(model._labels) == 18
    assert {f.label for f in model.read(picture)} == {"normal", "pneumonia"}
