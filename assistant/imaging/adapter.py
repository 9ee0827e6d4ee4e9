"""What ships of a trained network: its difference to the backbone, in 8 bits an output channel.

For each convolution `<name>.q` holds the difference in whole steps from -127 to 127, shape of the
weight, and `<name>.scale` the size of a step for each output channel. Everything else (the
parameters and statistics of batch normalisation) is small and kept whole. A network that does not
start from the backbone is a difference to nothing, in the same form.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn

from assistant.errors import ModelFileError

ADAPTER, HEAD = "adapter.safetensors", "head.safetensors"
_MOST = 127
_ATTENTION = "attention."
_STEPS, _SCALE = ".q", ".scale"


def save_adapter(network: nn.Module, base: Mapping[str, Tensor] | None, file: Path) -> None:
    """Write the difference of `network` to `base` (names to weights; None: all of it)."""
    kept: dict[str, Tensor] = {}
    for name, held in network.state_dict().items():
        value = held.detach().cpu()
        if value.ndim < 2:
            if value.is_floating_point():  # the count of batches seen is of no use
                kept[name] = value.float().contiguous()
            continue
        moved = value.float() - (base[name].float() if base is not None else 0.0)
        scale = moved.flatten(1).abs().amax(1) / _MOST
        shaped = scale.clamp(min=1e-12).view(-1, *[1] * (value.ndim - 1))
        kept[name + _STEPS] = (moved / shaped).round().to(torch.int8).contiguous()
        kept[name + _SCALE] = scale
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, file)


def load_adapter(network: nn.Module, base: Mapping[str, Tensor] | None, file: Path) -> None:
    """Give `network` the weights that `file` holds as a difference to `base`, in place.

    Raises ModelFileError where the file is not an adapter of such a network.
    """
    kept = _read(file)
    weights: dict[str, Tensor] = {}
    try:
        for name, value in network.state_dict().items():
            if value.ndim >= 2:
                steps, scale = kept[name + _STEPS].float(), kept[name + _SCALE]
                moved = steps * scale.view(-1, *[1] * (value.ndim - 1))
                weights[name] = moved + base[name] if base is not None else moved
            else:
                weights[name] = kept[name] if value.is_floating_point() else value
        network.load_state_dict(weights)
    except (KeyError, RuntimeError) as error:
        raise ModelFileError(file.parent.name, f"{file.name} is of another network.") from error


def save_head(head: nn.Linear, file: Path, attention: nn.Linear | None = None) -> None:
    """Write the last layer, from features to a score for each label, and that of the places."""
    file.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().cpu().float() for name, value in head.state_dict().items()}
    for name, value in attention.state_dict().items() if attention is not None else ():
        weights[_ATTENTION + name] = value.detach().cpu().float()
    save_file(weights, file)


def load_head(file: Path) -> nn.Linear:
    """Return the last layer; ModelFileError where the file does not hold one."""
    kept = _read(file)
    try:
        labels, features = kept["weight"].shape
        head = nn.Linear(features, labels)
        head.load_state_dict({n: v for n, v in kept.items() if not n.startswith(_ATTENTION)})
    except (KeyError, RuntimeError, ValueError) as error:
        raise ModelFileError(file.parent.name, f"{file.name} is not a layer.") from error
    return head.eval()


def load_attention(file: Path) -> nn.Linear | None:
    """Return the layer that scores places (see `attending.py`); None where there is none."""
    held = {n.removeprefix(_ATTENTION): v for n, v in _read(file).items() if _ATTENTION in n}
    if not held:
        return None
    try:
        layer = nn.Linear(held["weight"].shape[1], 1)
        layer.load_state_dict(held)
    except (KeyError, RuntimeError, IndexError) as error:
        raise ModelFileError(file.parent.name, f"{file.name} is not a layer.") from error
    return layer.eval()


def _read(file: Path) -> dict[str, Tensor]:
    try:
        return load(file.read_bytes())
    except (OSError, SafetensorError) as error:
        raise ModelFileError(file.parent.name, f"{file.name} cannot be read.") from error
