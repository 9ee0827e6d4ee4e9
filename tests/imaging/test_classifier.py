"""The model that ships: folded as it was trained, honest verdicts, errors with a name."""

import json

import numpy as np
import pytest
import torch

from assistant.errors import ModelFileError
from assistant.imaging import adapter
from assistant.imaging.classifier import load_shipped
from assistant.imaging.config import read_config, write_config
from assistant.imaging.folding import folded
from assistant.imaging.lite0 import base_weights
from assistant.imaging.preparing import tensor
from assistant.imaging.tiny import NETWORKS
from assistant.records.picture import Verdict
from tests.imaging.drawn import chest, label, measured, picture


def test_it_tells_drawn_chests_apart(model):
    for seed in range(500, 510):
        pixels, _ = chest(seed, ill=seed % 2 == 1)
        first = model.read(picture(pixels))[0]
        assert first.label == ("pneumonia" if seed % 2 else "normal")


def test_findings_are_all_labels_most_probable_first(model):
    found = model.read(picture(chest(1, ill=True)[0]))
    assert {f.label for f in found} == {"normal", "pneumonia"}
    assert found[0].probability >= found[1].probability
    assert sum(f.probability for f in found) == pytest.approx(1)
    assert {f.task for f in found} == {"pneumonia"}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_folding_changes_nothing(name):
    """What is served must be what was evaluated."""
    torch.manual_seed(2)
    network = NETWORKS[name]()
    for module in network.modules():
        module.momentum = 0.9  # so that normalisation has learned something after three batches
    for _ in range(3):
        network.train()(torch.randn(8, 3, 64, 64) * 2 + 1)
    network.eval()
    x = torch.randn(4, 3, 64, 64)
    with torch.inference_mode():
        plain, served = network.maps(x), folded(network).maps(x)
    assert torch.allclose(plain, served, atol=1e-3)
    assert plain.std() > 0.01


def test_serving_is_what_was_trained(model, folder, backbone_dir):
    """From file to probability, against the same by hand, without folding."""
    pixels = chest(77, ill=True)[0]
    network, config = NETWORKS["lite0"]().eval(), read_config(folder)
    adapter.load_adapter(network, base_weights(backbone_dir), folder / adapter.ADAPTER)
    with torch.inference_mode():
        scores = adapter.load_head(folder / adapter.HEAD)(network(tensor([model.prepare(pixels)])))
    by_hand = (scores / config.temperature).softmax(1)[0].numpy()
    assert model.probabilities([pixels])[0] == pytest.approx(by_hand, abs=1e-4)


def test_same_picture_same_answer(model):
    pixels = chest(5, ill=True)[0]
    assert model.read(picture(pixels)) == model.read(picture(pixels))


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [
        (0.0, Verdict.UNLIKELY),
        (0.3, Verdict.UNLIKELY),
        (0.31, Verdict.UNSURE),
        (0.69, Verdict.UNSURE),
        (0.7, Verdict.LIKELY),
        (1.0, Verdict.LIKELY),
    ],
)
def test_verdict_follows_the_band(probability, verdict):
    assert label("x").verdict(probability) is verdict


def test_likelihood_ratio_is_that_of_the_verdict(model):
    (sure, unsure) = model.findings(np.array([0.1, 0.9])), model.findings(np.array([0.5, 0.5]))
    assert [(f.label, f.likelihood_ratio) for f in sure] == [("pneumonia", 8.0), ("normal", 0.1)]
    assert {f.likelihood_ratio for f in unsure} == {1.1}


def test_mirrored_answers_do_not_depend_on_the_side(folder, backbone_dir, tmp_path):
    held = json.loads((folder / "config.json").read_text())
    for name in (adapter.ADAPTER, adapter.HEAD):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "config.json").write_text(json.dumps(held | {"mirror": True}))
    both = load_shipped(tmp_path, backbone_dir, id="mirrored")
    pixels = chest(9, ill=True)[0]
    turned = np.ascontiguousarray(pixels[:, ::-1])
    assert both.probabilities([pixels])[0] == pytest.approx(
        both.probabilities([turned])[0], abs=1e-4
    )
    heat, again = both.heat(picture(pixels), "pneumonia"), both.heat(picture(turned), "pneumonia")
    assert np.abs(heat - again[:, ::-1]).max() < 0.02


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0},
        {"temperature": float("nan")},
        {"shift": [0.1]},
        {"labels": []},
        {"modality": "moon"},
        {"size": 4},
        {"network": "resnet"},
        {"unknown": 1},
    ],
)
def test_config_that_makes_no_sense_is_refused(folder, backbone_dir, tmp_path, change):
    held = json.loads((folder / "config.json").read_text())
    for name in (adapter.ADAPTER, adapter.HEAD):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "config.json").write_text(json.dumps(held | change))
    with pytest.raises(ModelFileError):
        load_shipped(tmp_path, backbone_dir, id="bad")


@pytest.mark.parametrize(
    "change",
    [
        {"band": (0.6, 0.7)},
        {"threshold": 1.5},
        {"likelihood_ratios": {Verdict.LIKELY: measured(3.0)}},
        {"likelihood_ratios": {v: measured(0.0) for v in Verdict}},
    ],
)
def test_label_that_makes_no_sense_is_refused(folder, tmp_path, change):
    config = read_config(folder)
    kept = {f: getattr(config, f) for f in config.__slots__} | {"labels": (label("a", **change),)}
    write_config(type(config)(**kept), tmp_path)
    with pytest.raises(ModelFileError, match=r"config\.json"):
        read_config(tmp_path)


def test_head_of_another_task_is_refused(folder, backbone_dir, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    adapter.save_head(torch.nn.Linear(1280, 5), tmp_path / adapter.HEAD)
    with pytest.raises(ModelFileError, match="do not fit"):
        load_shipped(tmp_path, backbone_dir, id="bad")


def test_config_survives_writing(folder, tmp_path):
    config = read_config(folder)
    write_config(config, tmp_path)
    assert read_config(tmp_path) == config


@pytest.mark.parametrize("change", [{"normalise": "standard"}, {"fit": "pad"}, {"grey": False}])
def test_prepared_picture_gives_the_same_answer(folder, backbone_dir, tmp_path, change):
    """The test of steadiness works on squares: the answer it tests must be the one that is read."""
    held = json.loads((folder / "config.json").read_text())
    for name in (adapter.ADAPTER, adapter.HEAD):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "config.json").write_text(json.dumps(held | change))
    other = load_shipped(tmp_path, backbone_dir, id="other")
    pixels = chest(9, ill=True)[0]
    whole, square = other.probabilities([pixels]), other.probabilities([other.prepare(pixels)])
    assert whole[0] == pytest.approx(square[0], abs=1e-6)
