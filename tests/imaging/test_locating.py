"""Networks that first find the place: what serves is what was trained, and each part is taught."""

import numpy as np
import pytest
import torch
from torch import nn

from assistant.imaging import adapter
from assistant.imaging.classifier import load_shipped
from assistant.imaging.config import ModelConfig, write_config
from assistant.imaging.lite0 import Lite0, base_weights, pretrained
from assistant.imaging.locating import Locating as Config
from assistant.records.picture import Modality
from assistant.training.checkpoint import Checkpoint
from assistant.training.imaging.augmentation import PLAIN
from assistant.training.imaging.locating import Locating, LocatingRun, is_locating, looked
from assistant.training.imaging.network import Network
from assistant.training.imaging.run import Examples, softmax
from assistant.training.imaging.training import OPTIONS
from assistant.training.options import merged_options
from tests.imaging.drawn import chest, label

WHOLE, SIDE = 96, 64
LABELS = ("glioma", "meningioma", "pituitary")


def options_of(context, **changes):
    options = merged_options(OPTIONS / "brain_tumor.yaml")
    place = {"whole": WHOLE, "resolution": SIDE, "context": context, "pictures": 4}
    options["locate"] = options["locate"] | place
    return options | {"resolution": SIDE, "batch": 4, "bf16": False} | changes


def network_of(backbone_dir, options, spread=0.03):
    """Return ImageNet's network with heads drawn at random, large enough to tell things apart."""
    torch.manual_seed(4)
    network = Locating(pretrained(backbone_dir), len(LABELS), options)
    with torch.no_grad():
        for layer in (network.head, network.context):
            if layer is not None:
                layer.weight.normal_(std=spread)
    return network.eval()


def shipped_of(network, folder, backbone_dir, options):
    base = base_weights(backbone_dir)
    adapter.save_adapter(network.trunk, base, folder / adapter.ADAPTER)
    adapter.save_head(network.head, folder / adapter.HEAD, locate=network.locate)
    place = Config(whole=WHOLE, resolution=SIDE, times=options["locate"]["times"])
    config = ModelConfig(
        task="brain_tumor", modality=Modality.BRAIN_MRI, version="0", grey=True, mirror=True,
        labels=tuple(label(name) for name in LABELS), size=SIDE, locate=place,
    )  # fmt: skip
    write_config(config, folder)
    return load_shipped(folder, backbone_dir, id="locating", threads=1)


@pytest.mark.parametrize("context", [False, True])
def test_serving_is_what_was_trained(backbone_dir, tmp_path, context):
    """The held-out figures of the card are of `looked`; a patient gets `probabilities`."""
    options = options_of(context)
    network = network_of(backbone_dir, options)
    shipped = shipped_of(network, tmp_path, backbone_dir, options)
    pictures = [chest(seed, ill=True)[0] for seed in range(4)]
    squares = np.stack([shipped.prepare(p)[..., 0] for p in pictures])[:, None]

    with torch.inference_mode():
        logits, _, _ = looked(network, torch.from_numpy(squares).float() / 255, options)

    expected = softmax(logits.double().numpy())
    np.testing.assert_allclose(shipped.probabilities(pictures), expected, atol=1e-4)
    assert expected.std(0).max() > 0.01  # pictures are told apart


def run_of(backbone_dir, folder, options):
    drawn = [chest(seed, ill=True, high=WHOLE, wide=WHOLE) for seed in range(8)]
    pictures = torch.from_numpy(np.stack([p[..., 0] for p, _ in drawn])[:, None])
    boxes = []
    for _, (top, left, bottom, right) in drawn:
        middle = (left + right) / 2 / WHOLE, (top + bottom) / 2 / WHOLE
        boxes.append((*middle, (right - left) / WHOLE, (bottom - top) / WHOLE))
    truth = [at % len(LABELS) for at in range(8)]
    network = network_of(backbone_dir, options, spread=0.01)
    examples = Examples(pictures, truth, LABELS)
    return LocatingRun(network, examples, options, Checkpoint(folder / "c", "one"), boxes)


@pytest.mark.parametrize("bf16", [False, True])
def test_whole_pictures_are_learnt_from(backbone_dir, tmp_path, bf16):
    """Labels and places both: each loss must reach its own layer and the trunk below it."""
    still = {"dropout": 0.0, "drop_path": 0.0, "ema": 0.0, "augment": PLAIN}
    options = options_of(True, bf16=bf16, epochs=8, batch=8, **still)
    options["locate"]["pictures"] = 8
    run = run_of(backbone_dir, tmp_path, options)
    begun = {name: value.clone() for name, value in run.plain.state_dict().items()}
    curve = run.train(range(8), [])
    moved = {
        name for name, value in run.plain.state_dict().items()
        if value.is_floating_point() and not torch.equal(value, begun[name])
    }  # fmt: skip

    assert curve[-1]["loss"] < curve[0]["loss"]
    assert {"context.weight", "head.weight", "locate.0.weight", "trunk._conv_head.weight"} <= moved
    assert "trunk._blocks.0._depthwise_conv.weight" not in moved


def test_held_out_pictures_are_read_in_32_bits(backbone_dir, tmp_path):
    """bf16 is for learning; figures are of what serves."""
    made = [run_of(backbone_dir, tmp_path, options_of(True, bf16=small)) for small in (False, True)]
    plain, small = (run.logits(range(4)) for run in made)

    np.testing.assert_array_equal(plain, small)


def test_with_context_all_pictures_are_of_one_size(backbone_dir):
    options = options_of(True, resolution=SIDE + 32)

    with pytest.raises(ValueError, match="one resolution"):
        is_locating(pretrained(backbone_dir), options)


def test_short_bf16_training_is_near_that_of_32_bits():
    """bf16 rounds to three digits: the same picture must get nearly the same logits."""
    said = []
    for small in (False, True):
        torch.manual_seed(2)
        options = options_of(False, frozen=0, dropout=0.0, bf16=small)
        network = Network(Lite0(), 2, options).train()
        nn.init.normal_(network.head.weight, std=1.0)
        torch.manual_seed(3)
        said.append(network(torch.rand(6, 1, 64, 64)))
    assert said[1].dtype == torch.float32
    assert not torch.equal(*said)
    assert (said[0] - said[1]).abs().max() < 0.25 * said[0].abs().max()
