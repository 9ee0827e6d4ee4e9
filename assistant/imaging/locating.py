"""Find where to look first, then look at that place: for pictures in which what matters is small.

Two uses of one network: on the whole picture, the maps of an inner block and two small convolutions
say how likely each place is inside a tumour; the picture is then cut about the likeliest place, and
the cut is classified. Training and serving share all of this.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assistant.imaging.lite0 import MIDDLE

BLOCKS = MIDDLE + 1  # of Lite0, below the places; a place is 16 pixels a side
_INNER, _HIDDEN = 112, 64
_RARE = -3.0  # log odds of a place before anything was learnt
_REACH = 0.25  # of the picture, about the peak, that counts for the middle and the size
_DIM = 0.3  # of the peak's probability, below which a place does not count
_LEAST, _MOST = 0.2, 1.0  # side of a cut, as a share of the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Locating:
    """How it is done; part of `config.json`."""

    whole: int = 224  # side of the square that everything is cut from, pixels
    resolution: int = 192  # … and that it is shrunk to, to find the place
    times: float = 2.2  # side of the cut, in diameters of what was found
    least: float = 0.0  # peak probability below which nothing was found: it abstains


def locator() -> nn.Sequential:
    """Return the layers from the inner maps to a log odds for each place, not yet taught."""
    layers = nn.Sequential(
        nn.Conv2d(_INNER, _HIDDEN, 1), nn.ReLU(), nn.Conv2d(_HIDDEN, 1, 1)
    )  # fmt: skip
    last = layers[2]
    if isinstance(last, nn.Conv2d) and last.bias is not None:
        nn.init.constant_(last.bias, _RARE)
    return layers


def shrunk(squares: Tensor, size: int) -> Tensor:
    """Return whole squares at a smaller size, shape (batch, channels, size, size)."""
    if squares.shape[-1] == size:
        return squares
    return F.interpolate(squares, (size, size), mode="bilinear", antialias=True)


def places(inner: Callable[[Tensor], Tensor], layers: nn.Module, x: Tensor) -> Tensor:
    """Return the log odds of each place of whole pictures, shape (batch, high, wide).

    `inner` gives the maps of Lite0's block `MIDDLE`. The mean with the mirror image's.
    """
    odds: Tensor = layers(inner(torch.cat([x, x.flip(3)])))[:, 0]
    return (odds[: len(x)] + odds[len(x) :].flip(2)) / 2


def found(odds: Tensor) -> tuple[Tensor, Tensor]:
    """Return where it is, shape (batch, 3): middle across, middle down, diameter; and how sure.

    All are shares of the picture's side. How sure: the probability of the likeliest place.
    """
    p, side = odds.float().sigmoid(), odds.shape[-1]
    highest = p.flatten(1).amax(1)
    around = F.avg_pool2d(p[:, None], 3, 1, 1)[:, 0].flatten(1).argmax(1)
    row, column = around // side, around % side
    at = torch.arange(side, device=odds.device)
    far = (at[None, :, None] - row[:, None, None]) ** 2 + (
        at[None, None, :] - column[:, None, None]
    ) ** 2
    mass = p * (far <= (_REACH * side) ** 2) * (p > _DIM * highest[:, None, None])
    total = mass.flatten(1).sum(1).clamp(min=1e-6)
    middles = at + 0.5
    down = (mass.sum(2) * middles).sum(1) / total / side
    across = (mass.sum(1) * middles).sum(1) / total / side
    diameter = (total.clamp(min=1) * 4 / math.pi).sqrt() / side
    return torch.stack([across, down, diameter], 1), highest


def cut(squares: Tensor, where: Tensor, times: float, size: int) -> Tensor:
    """Return the pictures cut about `where` (as `found` gives it), shape (…, size, size).

    `squares`: levels from 0 up: what lies outside is black.
    """
    half = (where[:, 2] * times).clamp(_LEAST, _MOST)
    theta = torch.zeros(len(where), 2, 3, dtype=squares.dtype, device=squares.device)
    theta[:, 0, 0] = theta[:, 1, 1] = half
    theta[:, 0, 2], theta[:, 1, 2] = where[:, 0] * 2 - 1, where[:, 1] * 2 - 1
    grid = F.affine_grid(theta, [len(squares), squares.shape[1], size, size], align_corners=False)
    return F.grid_sample(squares, grid, padding_mode="zeros", align_corners=False)
