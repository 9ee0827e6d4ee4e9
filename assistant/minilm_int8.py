"""The same encoder in 8 bits: MiniLM's weights as an integer graph for onnxruntime.

The graph is built in memory at every start from the checked safetensors (a fraction of a second),
so there is no second copy of the weights to ship, to keep or to trust. Matrices become 8-bit
integers with one scale a column; activations are quantised as they come; embeddings,
normalisation and softmax stay 32-bit. Batches are made of texts of like length, small enough for
the cache of a core; each is the work of one thread, so that no thread waits for another one within
a batch, and several requests at once do not get in each other's way.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import ExecutionMode, GraphOptimizationLevel, InferenceSession, SessionOptions
from safetensors.numpy import load_file
from tokenizers import Encoding, Tokenizer

from assistant.encoding import Encoder
from assistant.minilm_graph import bert_graph, peak_here
from assistant.models import locate

NAME = "all-MiniLM-L6-v2"
PIECES = 256  # word pieces that the encoder was trained on; the rest of a text is not read
BATCH_PIECES = 512  # word pieces in a batch, padding counted: what 2 MB of cache hold


class MiniLMInt8(Encoder):
    """Unit vectors of 384 numbers for English texts of up to 256 word pieces, on the CPU.

    Its `id` is that of the weights: what the 32-bit encoder has indexed can be searched with this
    one. What that costs is measured in docs/retrieval.md.
    """

    def __init__(
        self,
        models: Path,
        *,
        path: Path | None = None,
        threads: int = 1,
        allow_network: bool = False,
        pieces: int = PIECES,
        peak: int | None = None,
    ) -> None:
        """`models` is `knowledge/models`; `path` a folder with the weights to use instead.

        `pieces`: how much of a text is read; `peak`: as `bert_graph` has it, None for what suits
        this processor. Raises ModelFileError where the weights are missing or not
        the known ones.
        """
        model, folder = locate(NAME, models, path=path, allow_network=allow_network)
        self._id = model.id
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(pieces)
        self._tokenizer.no_padding()
        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3  # errors
        graph = bert_graph(load_file(folder / "model.safetensors"), peak or peak_here())
        self._session = InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._workers = ThreadPoolExecutor(threads, "encoder") if threads > 1 else None

    @property
    def id(self) -> str:
        """Name and hash of the weights: an index made with other weights is not compatible."""
        return self._id

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), 384)."""
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        pieces = self._tokenizer.encode_batch(list(texts))
        lengths = [len(p.ids) for p in pieces]
        made = batches(lengths, BATCH_PIECES)[::-1]  # the longest first: all threads end together
        given = ([pieces[row] for row in rows] for rows in made)
        workers = self._workers if len(made) > 1 else None
        run = map if workers is None else workers.map
        for rows, found in zip(made, run(self._run, given), strict=True):
            vectors[rows] = found
        return vectors

    def _run(self, pieces: list[Encoding]) -> NDArray[np.float32]:
        longest = max(len(p.ids) for p in pieces)
        ids = np.zeros((len(pieces), longest), dtype=np.int32)
        mask = np.zeros_like(ids)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece.ids)] = piece.ids
            mask[row, : len(piece.ids)] = 1
        (found,) = self._session.run(["vectors"], {"ids": ids, "mask": mask})
        return np.asarray(found, dtype=np.float32)


def batches(lengths: Sequence[int], size: int = 4096) -> list[list[int]]:
    """Return rows in batches of like length, none of more than `size` pieces with its padding.

    >>> batches([2, 9, 2, 8], size=18)
    [[0, 2], [3, 1]]
    """
    ordered = sorted(range(len(lengths)), key=lambda row: (lengths[row], row))
    made: list[list[int]] = []
    for row in ordered:
        fits = made and (len(made[-1]) + 1) * lengths[row] <= size
        like = made and lengths[row] <= lengths[made[-1][0]] * 1.25 + 2
        if fits and like:
            made[-1].append(row)
        else:
            made.append([row])
    return made
