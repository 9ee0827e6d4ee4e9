"""A small network of timm with random weights made here, where the extra is installed.

Run with the extra: `pip install 'anamnesis[timm]'`, then this file.
"""

import json
from importlib.util import find_spec

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from assistant.errors import ModelFileError
from assistant.imaging import IMAGE_MODELS
from tests.imaging.backends.operators import declare

if find_spec("timm") is None:
    pytest.skip("the extra [timm] is not installed", allow_module_level=True)
declare()

NAME = "test_vit"  # timm's own network for tests
NAMES = ["other thing", "Covid", "no covid"]
SHOWN = {
    "input_size": [3, 160, 160],
    "mean": [0.5, 0.4, 0.3],
    "std": [0.2, 0.3, 0.4],
    "crop_pct": 0.9,
    "interpolation": "bicubic",
}
CONFIG = {"architecture": NAME, "num_classes": 3, "label_names": NAMES, "pretrained_cfg": SHOWN}
ENTRY = {"labels": {"Covid": "covid", "no covid": "other"}}


@pytest.fixture
def network():
    import timm

    torch.manual_seed(0)
    made = timm.create_model(NAME, pretrained=False, num_classes=3).eval()
    torch.nn.init.normal_(made.head.weight, std=1.0)
    return made


@pytest.fixture
def folder(tmp_path, network):
    place = tmp_path / "small"
    place.mkdir()
    save_file(network.state_dict(), place / "model.safetensors")
    (place / "config.json").write_text(json.dumps(CONFIG))
    return place


def build(settings):
    return IMAGE_MODELS.create("timm", task="covid_ct", settings=settings)


def test_answer_is_the_librarys_own_by_name(folder, network, chosen, picture):
    """Our square against timm's own transform of the same configuration."""
    from timm.data import create_transform

    how = {k: v for k, v in SHOWN.items() if k != "input_size"}
    transform = create_transform(input_size=(3, 160, 160), is_training=False, **how)
    with torch.inference_mode():
        own = network(transform(Image.fromarray(picture.pixels))[None])[0].softmax(0).tolist()

    model = build(chosen("covid_ct", ENTRY | {"folder": folder}))
    found = {f.label: f.probability for f in model.read(picture)}

    assert found == pytest.approx({"covid": own[1], "other": own[2]}, abs=5e-3)
    assert model.id.startswith("timm small-")
    assert model.heat(picture, "covid") is None


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "hf-hub:owner/name"},
        {"architecture": "no_such_network"},
        {"architecture": "resnet18"},
        {"label_names": None},
        {"label_names": ["a", "a", "b"]},
        {"pretrained_cfg": {}},
        {"pretrained_cfg": SHOWN | {"input_size": [3, 9000, 9000]}},
        {"pretrained_cfg": SHOWN | {"crop_pct": 0}},
        {"model_args": {"no_such": 1}},
    ],
)
def test_configuration_that_does_not_fit(folder, chosen, change):
    """A name that would fetch from a hub is no name of a network."""
    (folder / "config.json").write_text(json.dumps(CONFIG | change))
    with pytest.raises(ModelFileError):
        build(chosen("covid_ct", ENTRY | {"folder": folder}))
