"""Changes to training pictures, on batches of tensors: each picture has dice of its own.

The dice of a picture follow from the seed, the step and its place in the global batch, so that any
number of processes change it alike, and a run that goes on does too.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from assistant.imaging.preparing import STANDARD_SPREAD

Settings = Mapping[str, float]
PLAIN: Settings = {
    "flip": 0.0, "flip_up": 0.0, "rotate": 0.0, "zoom": 0.0, "stretch": 0.0, "shift": 0.0,
    "brightness": 0.0, "contrast": 0.0, "gamma": 0.0, "colour": 0.0, "noise": 0.0, "blur": 0.0,
    "resample": 0.0, "smallest": 28, "cutout": 0.0, "turn": 0.0, "reflect": 1,
}  # fmt: skip
_DICE = 25  # numbers drawn a picture
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Dice:
    """Uniform numbers for each picture of a part of a batch, and a seed for its noise."""

    numbers: Tensor  # (n, _DICE), 0 to 1
    seeds: tuple[int, ...]

    @classmethod
    def thrown(cls, seed: int, step: int, count: int) -> "Dice":
        """Return the dice of a whole global batch."""
        source = torch.Generator().manual_seed(seed * 1_000_003 + step)
        numbers = torch.rand(count, _DICE, generator=source)
        seeds = torch.randint(0, 2**62, (count,), generator=source)
        return cls(numbers, tuple(int(s) for s in seeds))

    def of(self, rows: Sequence[int]) -> "Dice":
        """Return the dice of some pictures of the batch."""
        return Dice(self.numbers[list(rows)], tuple(self.seeds[i] for i in rows))

    def sign(self, at: int) -> Tensor:
        """Return numbers from -1 to 1."""
        return self.numbers[:, at] * 2 - 1


def augmented(pictures: Tensor, dice: Dice, settings: Settings, size: int) -> Tensor:
    """Return changed pictures, shape (n, channels, size, size), levels 0 to 1.

    `pictures`: 8 bits, any square size; `settings` as in `options/*.yaml` under `augment`.
    """
    x = _placed(pictures.float() / 255, dice, settings, size)
    return finished(x, dice, settings, normalise="none")


def placed(pictures: Tensor, dice: Dice, settings: Settings, size: int) -> Tensor:
    """Return turned, zoomed and shifted pictures and masks alike, levels 0 to 1."""
    return _placed(pictures.float() / 255, dice, settings, size)


def finished(x: Tensor, dice: Dice, settings: Settings, normalise: str) -> Tensor:
    """Return pictures that were `placed` with all the other changes."""
    x = _roughened(x, dice, settings)
    if normalise == "standard":
        x = _standardised(x)
    x = _toned(x, dice, settings)
    return _cut_out(x, dice, settings).clamp(0, 1)


def _standardised(x: Tensor) -> Tensor:
    """Return pictures of one mean and spread, as `preparing.standardised` makes them."""
    spread = x.std((1, 2, 3), correction=0, keepdim=True).clamp(min=1 / 255)
    x = (x - x.mean((1, 2, 3), keepdim=True)) / spread * (STANDARD_SPREAD / 255) + 127 / 255
    return x.clamp(0, 1)


def plain(pictures: Tensor, size: int) -> Tensor:
    """Return unchanged pictures at a size, levels 0 to 1."""
    x = pictures.float() / 255
    if x.shape[-1] == size:
        return x
    return F.interpolate(x, (size, size), mode="bilinear", antialias=True, align_corners=False)


def _placed(x: Tensor, dice: Dice, s: Settings, size: int) -> Tensor:
    """Turn, zoom, stretch, shift and flip, in one interpolation."""
    angle = dice.sign(0) * math.radians(s["rotate"])
    quarter = torch.floor(dice.numbers[:, 1] * 4) * (math.pi / 2)
    angle = angle + torch.where(dice.numbers[:, 2] < s["turn"], quarter, 0.0)
    zoom = torch.exp(dice.sign(3) * s["zoom"])
    aspect = torch.exp(dice.sign(4) * s["stretch"] / 2)
    mirror = torch.where(dice.numbers[:, 5] < s["flip"], -1.0, 1.0)
    upset = torch.where(dice.numbers[:, 6] < s["flip_up"], -1.0, 1.0)
    wide, high = zoom * aspect * mirror, zoom / aspect * upset
    cosine, sine = angle.cos(), angle.sin()
    theta = torch.stack(
        [
            torch.stack([cosine * wide, -sine * high, dice.sign(7) * s["shift"]], 1),
            torch.stack([sine * wide, cosine * high, dice.sign(8) * s["shift"]], 1),
        ],
        1,
    ).to(x.device)
    grid = F.affine_grid(theta, [len(x), x.shape[1], size, size], align_corners=False)
    padding = "reflection" if s["reflect"] else "zeros"
    return F.grid_sample(x, grid, padding_mode=padding, align_corners=False)


def _toned(x: Tensor, dice: Dice, s: Settings) -> Tensor:
    """Change contrast, brightness, gamma, and (where there is colour) tint and saturation."""

    def each(values: Tensor) -> Tensor:
        return values.to(x.device).view(-1, 1, 1, 1)

    middle = x.mean((1, 2, 3), keepdim=True)
    x = (x - middle) * each(torch.exp(dice.sign(9) * s["contrast"])) + middle
    x = (x + each(dice.sign(10) * s["brightness"] / 2)).clamp(0, 1)
    if s["gamma"]:
        x = x.clamp(min=1e-4) ** each(torch.exp(dice.sign(11) * s["gamma"]))
    if s["colour"] and x.shape[1] == 3:
        weights = torch.tensor(_LUMA, device=x.device).view(1, 3, 1, 1)
        grey = (x * weights).sum(1, keepdim=True)
        x = grey + (x - grey) * each(torch.exp(dice.sign(12) * s["colour"] * 2))
        tint = torch.stack([dice.sign(13), dice.sign(14), dice.sign(15)], 1) * s["colour"] / 2
        x = x * torch.exp(tint).to(x.device).view(-1, 3, 1, 1)
    return x.clamp(0, 1)


def _roughened(x: Tensor, dice: Dice, s: Settings) -> Tensor:
    """Shrink and enlarge, blur, and add noise: how sharp a picture is shall be no clue."""
    rows = list(x)
    size = x.shape[-1]
    for at, numbers in enumerate(dice.numbers.tolist()):
        one = rows[at][None]
        if numbers[16] < s["resample"]:
            small = round(s["smallest"] * (size / s["smallest"]) ** numbers[17])
            one = F.interpolate(one, (small, small), mode="bilinear", antialias=True)
            one = F.interpolate(one, (size, size), mode="bilinear", align_corners=False)
        if numbers[18] < s["blur"]:
            one = _blurred(one, 0.3 + 1.2 * numbers[19])
        if s["noise"] and numbers[20] < 0.5:
            source = torch.Generator().manual_seed(dice.seeds[at])
            noise = torch.randn(one.shape[1:], generator=source).to(one.device)
            one = one + noise * s["noise"] * numbers[20] * 2
        rows[at] = one[0]
    return torch.stack(rows)


def _blurred(x: Tensor, sigma: float) -> Tensor:
    taps = torch.arange(-3, 4, device=x.device, dtype=x.dtype)
    weights = torch.exp(-(taps**2) / (2 * sigma**2))
    weights = (weights / weights.sum()).expand(x.shape[1], 1, 7)
    x = F.pad(x, (3, 3, 3, 3), mode="replicate")
    x = F.conv2d(x, weights[:, :, :, None], groups=x.shape[1])
    return F.conv2d(x, weights[:, :, None, :], groups=x.shape[1])


def _cut_out(x: Tensor, dice: Dice, s: Settings) -> Tensor:
    """Blank a square of up to half the side (DeVries and Taylor 2017)."""
    size = x.shape[-1]
    x = x.clone()
    for at, (chance, side, high, wide) in enumerate(dice.numbers[:, [24, 21, 22, 23]].tolist()):
        if chance < s["cutout"]:
            edge = int(size * (0.1 + 0.4 * side))
            top, left = int(high * (size - edge)), int(wide * (size - edge))
            x[at, :, top : top + edge, left : left + edge] = x[at].mean()
    return x
