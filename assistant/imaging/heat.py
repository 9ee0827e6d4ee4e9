"""Where a network looked: class activation maps, and Grad-CAM for networks of other kinds.

With mean pooling and one linear layer the gradient of a score by the last maps is a constant, so
Grad-CAM (Selvaraju et al., 2017) is the weighted sum of the maps (CAM, Zhou et al., 2016) and needs
no backward pass. The score is the log odds of the label against all others, not its raw score:
what speaks for every label alike is no reason.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assistant.records.picture import Heat


def odds_direction(weight: Tensor, scores: Tensor, label: int, temperature: float = 1.0) -> Tensor:
    """Return the gradient of the log odds of `label` by the features, shape (features,).

    `weight` is the linear layer's, shape (labels, features); `scores` the calibrated scores of this
    picture, shape (labels,).
    """
    if len(weight) == 1:
        return weight[0] / temperature
    others = scores.clone()
    others[label] = -torch.inf
    return (weight[label] - others.softmax(0) @ weight) / temperature


def cam(maps: Tensor, direction: Tensor) -> Tensor:
    """Return how much each place speaks for the label, none below 0, shape (high, wide)."""
    return torch.einsum("chw,c->hw", maps, direction).clamp(min=0)


def grad_cam(network: nn.Module, layer: nn.Module, x: Tensor, label: int) -> Tensor:
    """Return Grad-CAM at `layer` for one picture, shape (high, wide) of its maps.

    `network` maps x, shape (1, 3, height, width), to scores, shape (1, labels).
    """
    held: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _module, _inputs, maps: held.append(maps))
    try:
        with torch.enable_grad():
            scores = network(x.detach().requires_grad_(True))[0]
            others = torch.cat([scores[:label], scores[label + 1 :]])
            odds = scores[label] - (others.logsumexp(0) if len(others) else 0.0)
            (gradient,) = torch.autograd.grad(odds, held[0])
    finally:
        hook.remove()
    return cam(held[0][0].detach(), gradient[0].mean((1, 2)))


def spread(small: Tensor, high: int, wide: int) -> Heat:
    """Return a map as heat over a picture, shape (high, wide), 0 to 1; flat maps stay 0."""
    top = float(small.max())
    if not np.isfinite(top) or top <= 0:
        return np.zeros((high, wide), dtype=np.float32)
    grown = F.interpolate(
        (small / top)[None, None].float(), (high, wide), mode="bilinear", align_corners=False
    )
    return grown[0, 0].clamp(0, 1).numpy()


def unpadded(heat: Tensor, high: int, wide: int) -> Tensor:
    """Return the part of a square map that lies over a picture which was padded to a square."""
    side = heat.shape[-1]
    cut_high = max(1, round(side * high / max(high, wide)))
    cut_wide = max(1, round(side * wide / max(high, wide)))
    top, left = (side - cut_high) // 2, (side - cut_wide) // 2
    return heat[top : top + cut_high, left : left + cut_wide]
