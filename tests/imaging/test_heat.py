"""Heatmaps: they fall where the spot is, and both ways of making one agree."""

import numpy as np
import pytest
import torch
from torch import nn

from assistant.imaging.heat import cam, grad_cam, odds_direction, spread, unpadded
from tests.imaging.drawn import chest, picture


def test_heat_falls_on_what_makes_it_ill(model):
    """A heatmap that is pretty and beside the point persuades of what is not there."""
    share, area = [], []
    for seed in range(300, 312):
        pixels, (top, left, bottom, right) = chest(seed, ill=True)
        heat = model.heat(picture(pixels), "pneumonia")
        assert heat.shape == pixels.shape[:2]
        assert heat.dtype == np.float32
        box = heat[int(top) : int(bottom), int(left) : int(right)]
        share.append(box.sum() / heat.sum())
        area.append(box.size / heat.size)
    assert np.mean(share) > 1.5 * np.mean(area)


class _Whole(nn.Module):
    """Network and head as one, as models of other makers come."""

    def __init__(self, model):
        super().__init__()
        served = model._network
        self.network, self.head, self.last = served.folded, model._head, nn.Identity()

    def forward(self, x):
        return self.head(self.last(self.network.maps(x)).mean((2, 3)))


@pytest.mark.parametrize("label", [0, 1])
def test_closed_form_is_grad_cam(model, label):
    """The shortcut without a backward pass must give what Grad-CAM gives."""
    from assistant.imaging.preparing import tensor

    x = tensor([model.prepare(chest(11, ill=True)[0])])
    whole = _Whole(model)
    by_gradient = grad_cam(whole, whole.last, x, label)
    with torch.no_grad():
        maps = whole.network.maps(x)
        direction = odds_direction(whole.head.weight, whole.head(maps.mean((2, 3)))[0], label)
    cells = maps.shape[2] * maps.shape[3]  # the mean over the maps divides the gradient
    assert torch.allclose(by_gradient * cells, cam(maps[0], direction), rtol=1e-3, atol=1e-5)


def test_grad_cam_leaves_no_hook(model):
    whole = _Whole(model)
    grad_cam(whole, whole.last, torch.rand(1, 3, 64, 64), 0)
    assert not whole.last._forward_hooks


def test_what_speaks_for_every_label_is_no_reason():
    weight = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    assert odds_direction(weight, torch.zeros(2), 1).tolist() == [0.0, 2.0]


def test_flat_or_broken_maps_give_no_heat():
    assert spread(torch.zeros(3, 3), 30, 40).max() == 0
    assert spread(torch.full((3, 3), torch.nan), 30, 40).max() == 0
    assert spread(torch.rand(3, 3), 30, 40).max() <= 1


def test_padding_is_cut_off():
    """A wide picture was padded above and below; the heat must lie over the picture itself."""
    square = torch.zeros(8, 8)
    square[3, 1] = 1
    assert unpadded(square, 50, 100).shape == (4, 8)
    assert unpadded(square, 50, 100)[1, 1] == 1
    assert unpadded(square, 100, 50).shape == (8, 4)
