"""A static encoder distilled from MiniLM: a vector a word piece, their weighted mean a text.

Each piece of the vocabulary goes through MiniLM once, alone; the mean is taken away, the leading
directions are kept (Tulkens and van Dongen, Model2Vec, 2024), and a piece counts by the logarithm
of its place in the vocabulary, which is in the order of frequency. There is no attention, so a text
costs a look-up: meant for a first pass only, and measured here before anybody relies on it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from assistant.minilm_int8 import NAME, MiniLMInt8
from assistant.models import locate

KEPT = 256  # directions


class StaticEncoder:
    """Unit vectors of 256 numbers for English texts."""

    id = "static-of-minilm"

    def __init__(self, models: Path) -> None:
        _, folder = locate(NAME, models)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        pieces = sorted(self._tokenizer.get_vocab().items(), key=lambda pair: pair[1])
        vectors = MiniLMInt8(models).encode([piece.removeprefix("##") for piece, _ in pieces])
        centred = vectors - vectors.mean(axis=0)
        _, _, directions = np.linalg.svd(centred[:: max(1, len(centred) // 8000)], False)
        weights = np.log1p(np.arange(len(pieces)))[:, None]
        self._table = np.asarray(centred @ directions[:KEPT].T * weights, dtype=np.float32)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), 256)."""
        read = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        vectors = np.stack(
            [self._table[e.ids].mean(axis=0) if e.ids else np.ones(KEPT, np.float32) for e in read]
        )
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
