"""A cross-encoder: reads query and passage together, and orders the best candidates again.

None ships. A folder with a checkpoint of transformers (safetensors, one output) is named in the
settings; no code of it is run, and nothing is fetched.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from assistant.errors import ModelFileError

PIECES = 384  # of query and passage together; the end of a longer passage is not read
BATCH = 16


class CrossEncoder:
    """Scores passages with the query beside them."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load the checkpoint; raises ModelFileError where it is none, or has several outputs."""
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            self._model = AutoModelForSequenceClassification.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            problem = f"{folder} holds no cross-encoder in safetensors ({type(error).__name__})."
            raise ModelFileError("reranker", problem) from None
        if self._model.config.num_labels != 1:
            raise ModelFileError("reranker", f"{folder} has not one output but several.")
        torch.set_num_threads(threads)
        self._model.eval()

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """Return a score for each passage; the greatest is the best."""
        found: list[float] = []
        for start in range(0, len(passages), BATCH):
            some = list(passages[start : start + BATCH])
            read = self._tokenizer(
                [query] * len(some),
                some,
                truncation="longest_first",
                max_length=PIECES,
                padding=True,
                return_tensors="pt",
            )
            with torch.inference_mode():
                found += self._model(**read).logits[:, 0].tolist()
        return found
