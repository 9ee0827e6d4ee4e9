"""The English text encoder: all-MiniLM-L6-v2, run by sentence-transformers on the CPU or a GPU."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from assistant.encoding import Encoder
from assistant.models import locate

transformers_logging.set_verbosity_error()  # its load report is about a layer that nobody uses
transformers_logging.disable_progress_bar()
NAME = "all-MiniLM-L6-v2"


class MiniLM(Encoder):
    """Unit vectors of 384 numbers for English texts of up to 256 word pieces."""

    def __init__(
        self,
        models: Path,
        *,
        path: Path | None = None,
        threads: int = 2,
        allow_network: bool = False,
        device: str = "cpu",
    ) -> None:
        """`models` is `knowledge/models`; `path` a folder with the weights to use instead.

        Raises ModelFileError where the weights are missing or not the known ones.
        """
        model, self.folder = locate(NAME, models, path=path, allow_network=allow_network)
        torch.set_num_threads(threads)
        self._id = model.id
        self._model = SentenceTransformer(
            str(self.folder), device=device, local_files_only=True, trust_remote_code=False
        )
        self._model.eval()

    @property
    def id(self) -> str:
        """Name and hash of the weights: an index made with other weights is not compatible."""
        return self._id

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), 384)."""
        if not texts:
            return np.empty((0, 384), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=64,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)
