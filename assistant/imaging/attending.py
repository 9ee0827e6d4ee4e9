"""Pooling that looks more at some places than at others.

A linear layer scores each place of the last maps; half of the pooled features is their mean over
all places, half the mean weighted by the softmax of the scores. In training, the layer may also
learn where the tumour is from boxes drawn by experts. Since the head is linear, this is the plain
mean of maps that were weighted beforehand, and class activation maps stay exact.
"""

import torch
from torch import Tensor, nn


def place_scores(maps: Tensor, layer: nn.Linear) -> Tensor:
    """Return a score for each place, shape (batch, height, width)."""
    return torch.einsum("bchw,c->bhw", maps, layer.weight[0]) + layer.bias


def attended(maps: Tensor, layer: nn.Linear | None) -> Tensor:
    """Return the maps weighted by place, so that their mean is the pooled features; same shape."""
    if layer is None:
        return maps
    scores = place_scores(maps, layer)
    weights = scores.flatten(1).softmax(1).view_as(scores) * scores[0].numel()
    return maps * (0.5 + 0.5 * weights)[:, None]
