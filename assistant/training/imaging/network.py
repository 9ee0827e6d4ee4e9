"""The network in training: a backbone whose first blocks may be frozen, and one linear layer."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assistant.imaging.attending import attended, place_scores
from assistant.imaging.folding import folded
from assistant.imaging.lite0 import Lite0
from assistant.training.imaging.depthwise import hastened

MEAN, SPREAD = 127.0, 128.0  # levels 0 to 255 become (level - 127) / 128


class Network(nn.Module):
    """Pictures, shape (batch, 1 or 3, side, side), levels 0 to 1, to a logit for each label.

    With attention, in training, the scores of the places follow the logits.
    """

    def __init__(self, trunk: nn.Module, labels: int, options: Mapping[str, Any]) -> None:
        """`trunk` is of `NETWORKS`. The head is drawn at random: seed first."""
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(cast(int, trunk.features), labels)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        self.attention: nn.Linear | None = None
        if options["attention"]:
            self.attention = nn.Linear(self.head.in_features, 1)
            nn.init.zeros_(self.attention.weight)
            nn.init.zeros_(self.attention.bias)
        self.dropout = nn.Dropout(options["dropout"])
        self._still = options["batch_norm"] == "frozen"
        self._small, self._smaller = options["frozen_bf16"], options["bf16"]
        self._copy: tuple[Lite0, ...] = ()  # a tuple, so that it is none of the weights
        self._first = list(_first(trunk, options["frozen"]))
        for module in self._first:
            module.requires_grad_(False)
        for norm in self._norms():
            norm.momentum = options["norm_momentum"]
        hastened(trunk)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _norms(self) -> Iterator[nn.BatchNorm2d]:
        return (m for m in self.modules() if isinstance(m, nn.BatchNorm2d))

    def train(self, mode: bool = True) -> "Network":
        """Switch, but leave what is frozen as it is."""
        super().train(mode)
        for norm in self._norms() if self._still else ():
            norm.eval()
        for module in self._first:
            module.eval()
        return self

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits, shape (batch, labels)."""
        x = self.normalised(pictures)
        with self._shortened(x):
            maps = self._maps(x).float()
        features = attended(maps, self.attention).mean((2, 3))
        logits: Tensor = self.head(self.dropout(features))
        if self.training and self.attention is not None:
            places = place_scores(maps, self.attention).flatten(1)
            return torch.cat([logits, places], 1)  # one tensor: what distributes it needs one
        return logits

    def normalised(self, pictures: Tensor) -> Tensor:
        """Return levels of 0 to 1 as the trunk is given them."""
        x = ((pictures * 255 - MEAN) / SPREAD).expand(-1, 3, -1, -1)
        return x.contiguous(memory_format=torch.channels_last)

    def _shortened(self, x: Tensor) -> torch.autocast:
        """Return what makes a CPU compute in bf16 while it trains, where the settings ask."""
        small = self._smaller and self.training and x.device.type == "cpu"
        return torch.autocast("cpu", torch.bfloat16, enabled=small)

    def _maps(self, x: Tensor) -> Tensor:
        trunk = cast(Lite0, self.trunk)
        if not self._first:
            return trunk.maps(x)
        return self._above(self._upto(x, len(trunk._blocks)), len(trunk._blocks))

    def _above(self, x: Tensor, count: int) -> Tensor:
        """Return the last maps, from those after `count` blocks."""
        trunk = cast(Lite0, self.trunk)
        for block in trunk._blocks[count:]:
            x = block(x)
        return F.relu6(trunk._bn1(trunk._conv_head(x)))

    def _upto(self, x: Tensor, count: int) -> Tensor:
        """Return the maps after `count` blocks; those that are frozen without gradients."""
        trunk, frozen = cast(Lite0, self.trunk), max(0, len(self._first) - 2)
        small = self._small and self.training and x.device.type == "cpu"
        if self._first:
            still = self._folded() if small else trunk
            with torch.no_grad(), torch.autocast(x.device.type, torch.bfloat16, enabled=small):
                x = F.relu6(still._bn0(still._conv_stem(x)))
                for block in still._blocks[:frozen]:
                    x = block(x)
            x = x.float() if small else x
        else:
            x = F.relu6(trunk._bn0(trunk._conv_stem(x)))
        for block in trunk._blocks[frozen:count]:
            x = block(x)
        return x

    def _folded(self) -> Lite0:
        """Return a copy whose normalisation is folded in, for what is frozen; made once."""
        if not self._copy:
            self._copy = (folded(cast(Lite0, self.trunk)),)
        return self._copy[0]


def _first(trunk: nn.Module, frozen: int) -> Iterator[nn.Module]:
    """Yield the stem and the first `frozen` blocks of a Lite0; nothing where `frozen` is 0."""
    if frozen and isinstance(trunk, Lite0):
        yield from (trunk._conv_stem, trunk._bn0, *trunk._blocks[:frozen])


def groups(network: Network, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters by the share of the learning rate and the decay that are theirs.

    The head learns `heads_rate` times as fast; each block below learns `layer_decay` times as
    fast as the one above it. Biases and normalisations do not decay.
    """
    depth = len(getattr(network.trunk, "_blocks", ())) + 1
    found: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith(("head.", "attention.", "locate.", "context.")):
            part = float(options["heads_rate"])
        else:
            part = options["layer_decay"] ** (depth - _height(name, depth))
        decay = options["weight_decay"] if parameter.ndim > 1 else 0.0
        found.setdefault((part, decay), []).append(parameter)
    return [
        {"params": parameters, "part": part, "weight_decay": decay}
        for (part, decay), parameters in found.items()
    ]


def _height(name: str, depth: int) -> int:
    """Return how high in the trunk a parameter stands: 0 the stem, `depth` the last layer."""
    parts = name.split(".")
    if "_blocks" in parts:
        return int(parts[parts.index("_blocks") + 1]) + 1
    return 0 if "_conv_stem" in parts or "_bn0" in parts else depth
