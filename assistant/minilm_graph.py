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
from onnxruntime import InferenceSession

HEADS = 12
EPSILON = 1e-12  # of the layer normalisations, as the model was trained
_OURS = "com.microsoft"
PEAK = 127
# Two products of 255 and 63 fit into 16 bits; AVX2 without VNNI adds pairs of them with saturation.
SAFE_PEAK = 63

Weights = Mapping[str, NDArray[np.float32]]
_Value = tuple[str, int, list[Any]]


def bert_graph(weights: Weights, peak: int = PEAK) -> bytes:
    """Return the graph: (ids, mask), int32 of shape (texts, pieces) → unit vectors (texts, 384).

    `peak`: the largest integer of a weight (`peak_here`).
    """
    return _Builder(weights, peak).build()


def peak_here() -> int:
    """Return PEAK where this processor adds 8-bit products exactly, SAFE_PEAK where it does not."""
    pieces = 64
    most = np.full((pieces, 16), PEAK, dtype=np.int8)
    node = helper.make_node("MatMulInteger", ["state", "most"], ["sums"])
    state = helper.make_tensor_value_info("state", onnx.TensorProto.UINT8, [1, pieces])
    sums = helper.make_tensor_value_info("sums", onnx.TensorProto.INT32, [1, 16])
    graph = helper.make_graph(
        [node], "peak", [state], [sums], [numpy_helper.from_array(most, "most")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(["sums"], {"state": np.full((1, pieces), 255, dtype=np.uint8)})
    return PEAK if bool((found == 255 * PEAK * pieces).all()) else SAFE_PEAK


def states_graph(weights: Weights, peak: int | None = SAFE_PEAK) -> bytes:
    """Return the graph of the layers: (embedded, mask) → the last states, (texts, pieces, 384).

    `embedded` is what the word, place and type tables add up to. `peak`: the largest integer of a
    weight, SAFE_PEAK where the processor may have no VNNI; None keeps 32-bit weights.
    """
    if peak is None:
        return _Precise(weights, PEAK).build_states()
    return _Builder(weights, peak).build_states()


class _Builder:
    """Collects nodes and constants."""

    def __init__(self, weights: Weights, peak: int) -> None:
        self._weights, self._peak = weights, peak
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def build(self) -> bytes:
        self._pooling(self._layers(self._embeddings()))
        return self._model(
            [(name, onnx.TensorProto.INT32, ["texts", "pieces"]) for name in ("ids", "mask")],
            ("vectors", onnx.TensorProto.FLOAT, ["texts", 384]),
        )

    def build_states(self) -> bytes:
        given = ["embedded", *self._norm("embeddings.LayerNorm")]
        options = {"axis": -1, "epsilon": EPSILON}
        (state,) = self._add("LayerNormalization", given, ["normal"], domain="", **options)
        self._add("Identity", [self._layers(state)], ["states"], domain="")
        places = ["texts", "pieces", 384]
        return self._model(
            [
                ("embedded", onnx.TensorProto.FLOAT, places),
                ("mask", onnx.TensorProto.INT32, ["texts", "pieces"]),
            ],
            ("states", onnx.TensorProto.FLOAT, places),
        )

    def _layers(self, state: str) -> str:
        layer = 0
        while f"encoder.layer.{layer}.output.dense.weight" in self._weights:
            state = self._layer(f"encoder.layer.{layer}", state)
            layer += 1
        return state

    def _model(self, given: list[_Value], gives: _Value) -> bytes:
        graph = helper.make_graph(
            self._nodes,
            "bert-int8",
            [helper.make_tensor_value_info(*value) for value in given],
            [helper.make_tensor_value_info(*gives)],
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
        # Not onnxruntime's SkipLayerNormalization, which takes six times as long on a CPU.
        (total,) = self._add("Add", [state, skip], [f"{name}.sum"], domain="")
        given = [total, *self._norm(name)]
        options = {"axis": -1, "epsilon": EPSILON}
        return self._add("LayerNormalization", given, [f"{name}.out"], domain="", **options)[0]

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
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / self._peak
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


class _Precise(_Builder):
    """The same graph with the 32-bit weights as they are: what 8 bits are measured against."""

    def _attention(self, layer: str, state: str) -> str:
        parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[f"{p}.weight"].T for p in parts], axis=1)
        bias = np.concatenate([self._weights[f"{p}.bias"] for p in parts])
        whole = self._constant(f"{layer}.qkv", matrix)
        given = [state, whole, self._constant(f"{layer}.qkv.bias", bias), "mask"]
        (found,) = self._add("Attention", given, [f"{layer}.attended"], num_heads=HEADS)
        return found

    def _times(self, name: str, state: str) -> str:
        matrix = self._constant(name, self._weights[f"{name}.weight"].T)
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        (product,) = self._add("MatMul", [state, matrix], [f"{name}.product"], domain="")
        return self._add("Add", [product, bias], [f"{name}.out"], domain="")[0]
