"""The encoders that the network may stand on: their words, weights and tokenizer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from assistant import e5
from assistant.errors import ModelFileError
from assistant.models import locate

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Base:
    """One encoder, ready to be adapted."""

    id: str
    weights: dict[str, Numbers]  # under the names of a BertModel, but for the words
    words: Callable[[NDArray[np.int64]], Numbers]  # piece numbers to rows of the word table
    tokenizer: Tokenizer
    padding: int
    chinese: bool = False  # whether it can read Chinese, besides English


def load_base(
    name: str, models: Path, *, path: Path | None = None, allow_network: bool = False
) -> Base:
    """Return the verified encoder `name`; raises ModelFileError where it is not to be had."""
    model, folder = locate(name, models, path=path, allow_network=allow_network)
    if e5.FILE in model.files:
        unpacked = e5.unpack(folder / e5.FILE)
        rows = unpacked.words
        return Base(
            model.id, unpacked.weights, lambda ids: e5.widened(rows[ids]), unpacked.tokenizer, 1,
            chinese=True,
        )  # fmt: skip
    weights = load_file(folder / "model.safetensors")
    table = weights.pop(e5.WORDS)
    return Base(
        model.id, weights, lambda ids: table[ids],
        Tokenizer.from_file(str(folder / "tokenizer.json")), 0,
    )  # fmt: skip


def adapted(
    weights: Mapping[str, Numbers], adapter: Mapping[str, Numbers], scale: float, layers: int | None
) -> dict[str, Numbers]:
    """Return the weights with each low-rank product added (Hu 2021: W + scale * B A).

    `layers` keeps only the first ones. Raises ModelFileError where the adapter is of another
    encoder.
    """
    made = {n: v for n, v in weights.items() if layers is None or _layer(n) < layers}
    for name in {key.rpartition(".")[0] for key in adapter}:
        target = f"{name}.weight"
        if target not in made:
            raise ModelFileError("adapter", f"it does not fit: there is no {name}.")
        low, high = (adapter[f"{name}.{part}"].astype(np.float32) for part in "AB")
        made[target] = made[target] + np.float32(scale) * (high @ low)
    return made


def _layer(name: str) -> int:
    parts = name.split(".")
    return int(parts[2]) if parts[:2] == ["encoder", "layer"] else -1
