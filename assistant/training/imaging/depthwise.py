"""Depthwise convolutions whose gradient is quick on a CPU; what they compute stays the same.

oneDNN takes 15 to 100 times as long for the gradient of depthwise weights of 5 by 5 as for those of
3 by 3, in bf16 above all. The 25 taps are therefore had from four gradients of 3 by 3, of the input
moved by 0 or 2 pixels down and across (those that two of them share are the same number twice).
Where the stride is 2, the gradient of the input is slow too: it is had as a plain convolution of
the outgoing gradient, spread out with zeros, with the weights turned round.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assistant.imaging.lite0 import Conv

_PART = 3
_SLOW = {(5, 1), (5, 2), (3, 2)}  # side and stride
_Backward = torch.ops.aten.convolution_backward


def hastened(network: nn.Module) -> None:
    """Give the slow depthwise convolutions of a network the quick gradient, in place."""
    for module in network.modules():
        kind = getattr(module, "kernel_size", (0,))[0], getattr(module, "stride", (0,))[0]
        if type(module) is Conv and module.groups > 1 and kind in _SLOW:
            module.__class__ = QuickConv


class QuickConv(Conv):
    """A depthwise `Conv`; the same weights, the same output."""

    def forward(self, x: Tensor) -> Tensor:
        """Return what `Conv` does; the quick gradient is for CPUs."""
        if not (torch.is_grad_enabled() and self.weight.requires_grad and x.device.type == "cpu"):
            return super().forward(x)
        kernel, stride = self.kernel_size[0], self.stride[0]
        sides = [_padding(side, kernel, stride) for side in x.shape[-2:]]
        before, after = zip(*sides, strict=True)
        padded = F.pad(x, (before[1], after[1], before[0], after[0]))
        weight = self.weight
        if torch.is_autocast_enabled("cpu"):
            small = torch.get_autocast_dtype("cpu")
            padded, weight = padded.to(small), weight.to(small)
        result: Tensor = _Depthwise.apply(padded, weight, stride)  # type: ignore[no-untyped-call]
        return result


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight, None, stride, 0, 1, len(weight))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, None]:
        x, weight = ctx.saved_tensors
        given = gradients[0].contiguous(memory_format=torch.channels_last)
        of_input = _of_input(given, x, weight, ctx.stride) if ctx.needs_input_grad[0] else None
        return of_input, _of_weight(given, x, weight, ctx.stride), None


def _of_input(given: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the gradient of the padded input."""
    if stride == 1:
        wanted = [True, False, False]
        rest = None, [1, 1], [0, 0], [1, 1], False, [0, 0], len(weight), wanted
        result: Tensor = _Backward(given, x, weight, *rest)[0]
        return result
    around = weight.shape[-1] - 1
    high, wide = (side + around for side in x.shape[-2:])
    spread = given.new_zeros(len(given), given.shape[1], high, wide)
    spread = spread.contiguous(memory_format=torch.channels_last)
    rows, columns = ((side - 1) * stride + 1 for side in given.shape[-2:])
    spread[..., around : around + rows : stride, around : around + columns : stride] = given
    return F.conv2d(spread, weight.flip(2, 3), groups=len(weight))


def _of_weight(given: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the gradient of the weights, 3 by 3 taps at a time."""
    side = weight.shape[-1]
    found, part = torch.empty_like(weight), weight[..., :_PART, :_PART].contiguous()
    high, wide = ((length - 1) * stride + _PART for length in given.shape[-2:])
    wanted = [False, True, False]
    rest = None, [stride, stride], [0, 0], [1, 1], False, [0, 0], len(weight), wanted
    for down in sorted({0, side - _PART}):
        for across in sorted({0, side - _PART}):
            seen = x[..., down : down + high, across : across + wide]
            seen = seen.contiguous(memory_format=torch.channels_last)
            taps = _Backward(given, seen, part, *rest)[1]
            found[..., down : down + _PART, across : across + _PART] = taps
    return found


def _padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return how much "same" pads before and after."""
    missing = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return missing // 2, missing - missing // 2
