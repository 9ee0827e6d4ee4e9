"""Our own Lite0: it computes what the published network computes, from checked weights alone."""

import numpy as np
import pytest
import torch

from assistant.errors import ModelFileError
from assistant.imaging import lite0
from assistant.imaging.tiny import NETWORKS


@pytest.fixture(scope="session")
def backbone(backbone_dir):
    return lite0.pretrained(backbone_dir)


def test_imagenet_classifier_of_the_package_still_works(backbone):
    """Wrong padding or a wrong name would pass every other test and ruin every model."""
    held = torch.load(lite0._package_file(), weights_only=True)
    with torch.inference_mode():
        features = backbone((torch.from_numpy(_ball()).float() - 127) / 128)
        scores = features @ held["_fc.weight"].T + held["_fc.bias"]
    probability, best = scores.softmax(1).max(1)
    assert int(best) == 722  # "ping-pong ball"
    assert float(probability) > 0.5


def _ball():
    """Return an orange ball, lit from above left, shape (1, 3, 224, 224)."""
    rows, columns = np.mgrid[0:224, 0:224] - 112
    lit = np.clip(1 - np.hypot(columns + 25, rows + 25) / 170, 0.2, 1)
    inside = np.hypot(rows, columns) < 80
    drawn = [np.where(inside, lit * colour, 235) for colour in (255, 140, 10)]
    return np.stack(drawn)[None].astype(np.uint8)


def test_features_are_the_mean_of_the_maps(backbone):
    x = torch.rand(2, 3, 100, 70)
    with torch.inference_mode():
        assert torch.allclose(backbone.maps(x).mean((2, 3)), backbone(x))
        assert backbone(x).shape == (2, lite0.FEATURES)


def test_every_network_says_how_many_features_it_has():
    for make in NETWORKS.values():
        network = make().eval()
        with torch.inference_mode():
            assert network(torch.rand(1, 3, 64, 64)).shape == (1, network.features)


def test_damaged_file_is_unpacked_again(tmp_path):
    """A file cut short by a full disk must not look like a bad model for ever."""
    first = lite0.base_weights(tmp_path)
    file = next(tmp_path.rglob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:1000])

    again = lite0.base_weights(tmp_path)

    assert lite0.digest(again) == lite0.digest(first) == lite0.WEIGHTS_SHA256


def test_changed_weight_is_noticed(tmp_path):
    weights = dict(lite0.base_weights(tmp_path))
    weights["_bn0.bias"] = weights["_bn0.bias"] + 1e-3
    assert lite0.digest(weights) != lite0.WEIGHTS_SHA256


def test_unknown_package_file_is_refused(tmp_path, monkeypatch):
    """A pickle that is not the known one must never be opened."""
    monkeypatch.setattr(lite0, "PICKLE_SHA256", "0" * 64)
    monkeypatch.setattr(lite0.torch, "load", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(ModelFileError, match="not the known one"):
        lite0.base_weights(tmp_path)
