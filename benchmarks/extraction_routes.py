"""Four ways to run one network of extraction on a CPU, behind the same `Tagger`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from assistant.extraction.bases import adapted, load_base
from assistant.extraction.tagger import Tagger
from assistant.minilm_graph import EPSILON, HEADS, PEAK, SAFE_PEAK
from benchmarks.extraction_parts import adapter_folder

Numbers = NDArray[np.float32]
ROUTES = ("torch-fp32", "onnx-fp32", "onnx-int8-127", "onnx-int8-63")
SHIPPED, PRECISE = "onnx-int8-63", "onnx-fp32"
_PEAKS: Mapping[str, int | None] = {"onnx-int8-127": PEAK, "onnx-int8-63": SAFE_PEAK}


def tagger(route: str, network: str, models: Path, threads: int) -> Tagger:
    """Return the network on one route."""
    made = Tagger(network, models, threads=threads, peak=_PEAKS.get(route))
    if route == "torch-fp32":
        made._session = TorchSession(network, models, threads)  # type: ignore[assignment]
    return made


class TorchSession:
    """A transformers `BertModel` with the adapter merged, called as an onnxruntime session is."""

    def __init__(self, network: str, models: Path, threads: int) -> None:
        """Load the weights; `threads` holds for all of torch in this process."""
        # Imported here: a process that measures another route must not hold it.
        import torch
        from transformers import BertConfig, BertModel

        folder = adapter_folder(network, models)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        ours = load_file(folder / "adapter.safetensors")
        weights = adapted(
            load_base(config["base"], models).weights, ours, config["scale"], config.get("layers")
        )
        # the tagger has added places and types already
        for table in ("position", "token_type"):
            name = f"embeddings.{table}_embeddings.weight"
            weights[name] = np.zeros_like(weights[name])
        width = weights["embeddings.LayerNorm.weight"].shape[0]
        layers = sum(n.endswith(".attention.self.query.bias") for n in weights)
        self._torch, self.threads = torch, threads
        bert = BertConfig(
            vocab_size=1, hidden_size=width, num_hidden_layers=layers, num_attention_heads=HEADS,
            intermediate_size=weights["encoder.layer.0.intermediate.dense.bias"].shape[0],
            max_position_embeddings=len(weights["embeddings.position_embeddings.weight"]),
            type_vocab_size=len(weights["embeddings.token_type_embeddings.weight"]),
            layer_norm_eps=EPSILON, pad_token_id=0,
        )  # fmt: skip
        self._model = BertModel(bert, add_pooling_layer=False).eval()
        state = {n: torch.from_numpy(np.array(v)) for n, v in weights.items()}
        unused = ("pooler", "position_ids")
        state = {n: v for n, v in state.items() if not any(part in n for part in unused)}
        missing, unknown = self._model.load_state_dict(state, strict=False)
        if missing != ["embeddings.word_embeddings.weight"] or unknown:
            raise RuntimeError(f"weights do not fit: {missing}, {unknown}")

    def run(self, _: Sequence[str], given: Mapping[str, NDArray[Any]]) -> list[Numbers]:
        """Return the last states."""
        torch = self._torch
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        with torch.inference_mode():
            answer = self._model(
                inputs_embeds=torch.from_numpy(given["embedded"].astype(np.float32)),
                attention_mask=torch.from_numpy(given["mask"].astype(np.int64)),
            )
        return [answer.last_hidden_state.numpy()]
