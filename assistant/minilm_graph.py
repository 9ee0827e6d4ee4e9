"""A BERT of 8-bit matrices as an ONNX graph, from its 32-bit weights.

Operators beside the standard ones are those of onnxruntime (domain com.microsoft); their
arithmetic is described in its `ContribOperators.md`. Quantisation is symmetric, a scale a column:
W ≈ scale · round(W / scale), scale = max|column| / 127.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

HEADS = 12
LAYERS = 6
EPSILON = 1e-12  # of the layer normalisations, as the model was trained
_OURS = "com.microsoft"

Weights = Mapping[str, NDArray[np.float32]]


def bert_graph(weights: Weights) -> bytes:
    """Return the graph: (ids, mask), int32 of shape (texts, pieces) → unit vectors (texts, 384)."""
    return _Builder(weights).build()


class _Builder:
    """Collects nodes and constants."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def build(self) -> bytes:
        state = self._embeddings()
        for layer in range(LAYERS):
            state = self._layer(f"encoder.layer.{layer}", state)
        self._pooling(state)
        texts = ["texts", "pieces"]
        graph = helper.make_graph(
            self._nodes,
            "minilm-int8",
            [
                helper.make_tensor_value_info(name, onnx.TensorProto.INT32, texts)
                for name in ("ids", "mask")
            ],
            [helper.make_tensor_value_info("vectors", onnx.TensorProto.FLOAT, ["texts", 384])],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_OURS, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        return bytes(model.SerializeToString())

    def _embeddings(self) -> str:
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]  # all are of type 0
        places = self._weights["embeddings.position_embeddings.weight"] + kind
        words = self._constant("words", self._weights["embeddings.word_embeddings.weight"])
        norm = self._norm("embeddings.LayerNorm")
        given = ["ids", "", words, self._constant("places", places), "", *norm, "mask"]
        self._add("EmbedLayerNormalization", given, ["embedded", "counted"], epsilon=EPSILON)
        return "embedded"

    def _layer(self, layer: str, state: str) -> str:
        attended = self._attention(layer, state)
        joined = self._times(f"{layer}.attention.output.dense", attended)
        middle = self._added(f"{layer}.attention.output.LayerNorm", joined, state)
        wide = self._times(f"{layer}.intermediate.dense", middle)
        (active,) = self._add("Gelu", [wide], [f"{layer}.active"])
        narrow = self._times(f"{layer}.output.dense", active)
        return self._added(f"{layer}.output.LayerNorm", narrow, middle)

    def _attention(self, layer: str, state: str) -> str:
        parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[f"{p}.weight"].T for p in parts], axis=1)
        bias = np.concatenate([self._weights[f"{p}.bias"] for p in parts])
        whole, scale, zero = self._quantised(f"{layer}.qkv", matrix)
        told = [f"{layer}.{name}" for name in ("int", "scale", "zero")]
        self._add("DynamicQuantizeLinear", [state], told, domain="")
        biased = self._constant(f"{layer}.qkv.bias", bias)
        given = [told[0], whole, biased, told[1], scale, "mask", told[2], zero]
        (found,) = self._add("QAttention", given, [f"{layer}.attended"], num_heads=HEADS)
        return found

    def _times(self, name: str, state: str) -> str:
        whole, scale, zero = self._quantised(name, self._weights[f"{name}.weight"].T)
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        given = [state, whole, scale, zero, bias]
        return self._add("DynamicQuantizeMatMul", given, [f"{name}.out"])[0]

    def _added(self, name: str, state: str, skip: str) -> str:
        given = [state, skip, *self._norm(name)]
        out = self._add("SkipLayerNormalization", given, [f"{name}.out"], epsilon=EPSILON)
        return out[0]

    def _pooling(self, state: str) -> None:
        """Mean over the pieces that are not padding; its length is 1, so a sum will do."""
        self._add("Cast", ["mask"], ["there"], domain="", to=onnx.TensorProto.FLOAT)
        axis = self._constant("axis", np.array([1], dtype=np.int64))
        self._add("Unsqueeze", ["there", axis], ["rows"], domain="")
        self._add("MatMul", ["rows", state], ["sums"], domain="")
        self._add("Squeeze", ["sums", axis], ["sum"], domain="")
        self._add("LpNormalization", ["sum"], ["vectors"], domain="", axis=-1, p=2)

    def _norm(self, name: str) -> list[str]:
        return [
            self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"])
            for part in ("weight", "bias")
        ]

    def _quantised(self, name: str, matrix: NDArray[np.float32]) -> tuple[str, str, str]:
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / 127.0
        whole = np.rint(matrix / scale).astype(np.int8)
        return (
            self._constant(f"{name}.int", whole),
            self._constant(f"{name}.scale", scale.astype(np.float32)),
            self._constant(f"{name}.zero", np.zeros(len(scale), dtype=np.int8)),
        )

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _add(
        self,
        kind: str,
        given: list[str],
        gives: list[str],
        domain: str = _OURS,
        **options: Any,
    ) -> list[str]:
        self._nodes.append(helper.make_node(kind, given, gives, domain=domain, **options))
        return gives
