"""Batch normalisation folded into the convolutions before it, for serving."""

import copy
from typing import TypeVar

import torch
from torch import nn

from assistant.imaging.lite0 import Block, Lite0
from assistant.imaging.tiny import Tiny

Network = Lite0 | Tiny
Some = TypeVar("Some", Lite0, Tiny, Lite0 | Tiny)
_PAIRS: dict[type[nn.Module], tuple[tuple[str, str], ...]] = {
    Lite0: (("_conv_stem", "_bn0"), ("_conv_head", "_bn1")),
    Block: (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")),
}


def folded(network: Some) -> Some:
    """Return a copy that computes the same in less time, its weights channels last."""
    made: Some = copy.deepcopy(network)
    made.eval().requires_grad_(False)
    for module in made.modules():
        for conv, norm in _PAIRS.get(type(module), ()):
            if hasattr(module, conv):
                _fold(getattr(module, conv), getattr(module, norm))
                setattr(module, norm, nn.Identity())
        if isinstance(module, Tiny):
            for at, norm_layer in enumerate(module.norms):
                _fold(module.convs[at], norm_layer)
                module.norms[at] = nn.Identity()
    for parameter in made.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return made


def _fold(conv: nn.Module, norm: nn.Module) -> None:
    """Give `conv` the weights and the bias that make `norm` after it superfluous."""
    if not (isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
        raise TypeError("only a convolution and the normalisation after it can be folded")
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise TypeError("a normalisation that kept no statistics cannot be folded")
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    conv.weight.data = conv.weight * scale.view(-1, 1, 1, 1)
    conv.bias = nn.Parameter(norm.bias - mean * scale, requires_grad=False)
