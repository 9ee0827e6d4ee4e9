"""A tiny encoder: words hashed into 2039 numbers, enough to see what an index does with vectors."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pytest


class WordHashes:
    """Unit vectors in which texts that share words are alike."""

    def __init__(self, name: str = "word-hashes") -> None:
        self.id = name
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 2039), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall("[a-z]+", text.lower()):
                column = int(hashlib.sha256(word.encode()).hexdigest(), 16) % 2039
                vectors[row, column] += 1
            vectors[row] /= max(np.linalg.norm(vectors[row]), 1e-9)
        self.encoded += len(texts)
        return vectors


@pytest.fixture(scope="module")
def encoder() -> WordHashes:
    return WordHashes()
