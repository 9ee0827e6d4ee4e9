"""Lite0 as an ONNX graph, from a network whose normalisation is folded into its convolutions.

"Same" padding of ONNX (SAME_UPPER) is that of TensorFlow, with which the weights were made.
"""

from typing import Any

import onnx
from onnx import helper, numpy_helper
from torch import Tensor, nn

from assistant.imaging.lite0 import EARLY, MIDDLE, Block, Conv, Lite0

PICTURES, INNER, LAST = "pictures", "inner", "last"
BLOCKS = {at: f"block {at}" for at in EARLY} | {MIDDLE: INNER}
_OPSET, _IR = 17, 8


def lite0_graph(network: Lite0, outputs: tuple[str, ...] = (INNER, LAST)) -> bytes:
    """Return the graph: pictures, float32 of shape (n, 3, height, width), to `outputs`.

    `INNER`: the maps of block `MIDDLE`, `LAST`: the last ones, each (n, channels, high, wide), and
    those of earlier blocks by their names in `BLOCKS`. What no output needs is left out. `network`
    is folded: TypeError where a convolution has no bias.
    """
    builder = _Builder()
    x = builder.conv(PICTURES, network._conv_stem, clip=True)
    wanted = network._blocks if LAST in outputs else network._blocks[: MIDDLE + 1]
    named = {}
    for at, block in enumerate(wanted):
        if not isinstance(block, Block):
            raise TypeError("a network of other blocks than Lite0's")
        x = builder.block(x, block)
        if at in BLOCKS:
            named[BLOCKS[at]] = x
    if LAST in outputs:
        named[LAST] = builder.conv(x, network._conv_head, clip=True)
    return builder.model(named, outputs)


class _Builder:
    """Collects nodes and weights."""

    def __init__(self) -> None:
        limits = {"zero": 0.0, "six": 6.0}
        self._nodes: list[onnx.NodeProto] = []
        self._held = [helper.make_tensor(n, onnx.TensorProto.FLOAT, [], [v]) for n, v in
                      limits.items()]  # fmt: skip

    def block(self, x: str, block: Block) -> str:
        """Add an inverted residual block."""
        wide = self.conv(x, block._expand_conv, clip=True) if block.expands else x
        wide = self.conv(wide, block._depthwise_conv, clip=True)
        y = self.conv(wide, block._project_conv, clip=False)
        return self._node("Add", [y, x]) if block.skips else y

    def conv(self, x: str, conv: nn.Module, *, clip: bool) -> str:
        """Add a convolution, and ReLU6 after it where `clip`."""
        if not isinstance(conv, Conv) or conv.bias is None:
            raise TypeError("a convolution whose normalisation is not folded into it")
        weight, bias = self._keep(conv.weight), self._keep(conv.bias)
        y = self._node(
            "Conv", [x, weight, bias], auto_pad="SAME_UPPER", group=conv.groups,
            kernel_shape=list(conv.kernel_size), strides=list(conv.stride),
        )  # fmt: skip
        return self._node("Clip", [y, "zero", "six"]) if clip else y

    def model(self, named: dict[str, str], outputs: tuple[str, ...]) -> bytes:
        """Return the graph with `outputs`, each under its name."""
        for name in outputs:
            self._nodes.append(helper.make_node("Identity", [named[name]], [name]))
        sides: list[str | int] = ["n", 3, "height", "width"]
        given = [helper.make_tensor_value_info(PICTURES, onnx.TensorProto.FLOAT, sides)]
        made = [
            helper.make_tensor_value_info(o, onnx.TensorProto.FLOAT, [None] * 4) for o in outputs
        ]
        graph = helper.make_graph(self._nodes, "lite0", given, made, self._held)
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR)
        written: bytes = model.SerializeToString()
        return written

    def _keep(self, value: Tensor) -> str:
        name = f"w{len(self._held)}"
        array = value.detach().contiguous().numpy()
        self._held.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, kind: str, inputs: list[str], **how: Any) -> str:
        name = f"x{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **how))
        return name
