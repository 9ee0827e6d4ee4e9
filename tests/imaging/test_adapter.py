"""The adapter file: small, and the network that comes out of it predicts the same."""

import pytest
import torch
from torch import nn

from assistant.errors import ModelFileError
from assistant.imaging import adapter, lite0
from assistant.imaging.tiny import NETWORKS


def _trained(network, features):
    """Move every weight as a short training would, by about a twentieth."""
    torch.manual_seed(3)
    head = nn.Linear(features, 3)
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.05 * weight.std(correction=0) * torch.randn_like(weight)
        for name, held in network.named_buffers():
            if name.endswith("running_mean"):
                held += 0.01
    return network.eval(), head.eval()


def _probabilities(network, head, pictures):
    with torch.inference_mode():
        return head(network(pictures)).softmax(1)


@pytest.fixture(scope="module")
def pictures():
    torch.manual_seed(1)
    coarse = torch.rand(8, 3, 6, 6) * 2 - 1
    return nn.functional.interpolate(coarse, 96, mode="bilinear")


def test_round_trip_leaves_predictions_as_they_were(backbone_dir, tmp_path, pictures):
    """Eight bits must not move a probability that somebody is told."""
    base = lite0.base_weights(backbone_dir)
    network, head = _trained(lite0.pretrained(backbone_dir), lite0.FEATURES)
    adapter.save_adapter(network, base, tmp_path / adapter.ADAPTER)
    adapter.save_head(head, tmp_path / adapter.HEAD)

    loaded, again = lite0.Lite0().eval(), adapter.load_head(tmp_path / adapter.HEAD)
    adapter.load_adapter(loaded, base, tmp_path / adapter.ADAPTER)

    before, after = (
        _probabilities(network, head, pictures),
        _probabilities(loaded, again, pictures),
    )
    untrained = _probabilities(lite0.pretrained(backbone_dir), head, pictures)
    assert (before - after).abs().max() < 0.005
    assert (before - untrained).abs().max() > 0.03  # the difference that was saved matters
    assert (tmp_path / adapter.ADAPTER).stat().st_size < 4_500_000


@pytest.mark.parametrize("name", ["lite0-half", "tiny"])
def test_network_without_backbone_ships_whole(name, tmp_path, pictures):
    torch.manual_seed(5)
    network = NETWORKS[name]()
    network.train()(pictures)  # batch normalisation has seen something
    network, head = _trained(network, network.features)
    adapter.save_adapter(network, None, tmp_path / adapter.ADAPTER)
    loaded = NETWORKS[name]().eval()
    adapter.load_adapter(loaded, None, tmp_path / adapter.ADAPTER)

    moved = _probabilities(network, head, pictures) - _probabilities(loaded, head, pictures)
    assert moved.abs().max() < 0.01


def test_adapter_of_another_network_is_refused(backbone_dir, tmp_path):
    adapter.save_adapter(NETWORKS["tiny"](), None, tmp_path / adapter.ADAPTER)
    with pytest.raises(ModelFileError, match="another network"):
        adapter.load_adapter(
            lite0.Lite0(), lite0.base_weights(backbone_dir), tmp_path / adapter.ADAPTER
        )


def test_damaged_file_is_an_error_of_ours(tmp_path):
    (tmp_path / adapter.HEAD).write_bytes(b"not safetensors")
    with pytest.raises(ModelFileError, match="cannot be read"):
        adapter.load_head(tmp_path / adapter.HEAD)
