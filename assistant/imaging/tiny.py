"""Two smaller networks beside Lite0: half as wide, and a plain CNN of three convolutions."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from assistant.imaging.lite0 import Lite0


class Tiny(nn.Module):
    """Three convolutions of 32, 64 and 128 maps, each halved; features are their means.

    Every layer is followed by batch normalisation: it learns from scratch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = 128
        sides = ((3, 32), (32, 64), (64, 128))
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1, bias=False) for i, o in sides)
        self.norms = nn.ModuleList(nn.BatchNorm2d(o) for _, o in sides)

    def maps(self, x: Tensor) -> Tensor:
        """Return the last maps, shape (batch, 128, height / 8, width / 8)."""
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.max_pool2d(F.relu(norm(conv(x))), 2)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of the last maps, shape (batch, 128)."""
        return self.maps(x).mean((2, 3))


# what config.json calls "network"; only "lite0" starts from ImageNet and ships as a difference
NETWORKS: dict[str, Callable[[], Lite0 | Tiny]] = {
    "lite0": Lite0,
    "lite0-half": lambda: Lite0(width=0.5),
    "tiny": Tiny,
}
