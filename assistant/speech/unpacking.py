"""From a CTranslate2 Whisper file to the names and shapes of openai-whisper, without loss.

The file, little-endian: u32 version; the name of the spec; u32 revision; u32 number of variables,
each: name, u8 rank, u32 dimensions, u8 type, u32 bytes, data; u32 number of aliases, each two
names. A name is u16 length and bytes with a closing zero. (CTranslate2, `model_spec.py`.)
CTranslate2 keeps the queries, keys and values of a layer as one matrix; here they are taken apart.
The bias of the keys, which Whisper does not have, is zero there.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.errors import ModelFileError

_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_MOST_BYTES = 8 << 30
Array = NDArray[np.generic]


def read_variables(file: Path) -> dict[str, Array]:
    """Return every variable of a CTranslate2 file by name; ModelFileError where it is none."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            version = _number(stream, "I")
            if version < 2 or version > 6 or _name(stream) != "WhisperSpec":
                raise ModelFileError("speech", "model.bin is not a Whisper model of CTranslate2.")
            _number(stream, "I")
            return dict(_variable(stream, size) for _ in range(_number(stream, "I")))
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelFileError("speech", "model.bin is damaged.") from error


def state_dict(variables: dict[str, Array]) -> dict[str, torch.Tensor]:
    """Return the same weights under the names of openai-whisper, in float32."""
    found: dict[str, Array] = {}
    for name, value in variables.items():
        if value.ndim and "/" in name:
            found |= _renamed(name, value)
    return {n: torch.from_numpy(np.array(v, dtype=np.float32)) for n, v in found.items()}


def dimensions(variables: dict[str, Array]) -> dict[str, int]:
    """Return the numbers that openai-whisper's `ModelDimensions` is made of."""
    width, mels = variables["encoder/conv1/weight"].shape[:2]
    vocabulary, text_width = variables["decoder/embeddings/weight"].shape

    def layers(side: str) -> int:
        return len(
            {n.split("/")[1] for n in variables if n.startswith(f"{side}/layer_")} - {"layer_norm"}
        )

    return {
        "n_mels": mels,
        "n_audio_ctx": variables["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": width,
        "n_audio_head": int(variables["encoder/num_heads"]),
        "n_audio_layer": layers("encoder"),
        "n_vocab": vocabulary,
        "n_text_ctx": variables["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": text_width,
        "n_text_head": int(variables["decoder/num_heads"]),
        "n_text_layer": layers("decoder"),
    }


_WHOLE = {
    "encoder/position_encodings/encodings": "encoder.positional_embedding",
    "decoder/position_encodings/encodings": "decoder.positional_embedding",
    "decoder/embeddings/weight": "decoder.token_embedding.weight",
    "encoder/layer_norm/gamma": "encoder.ln_post.weight",
    "encoder/layer_norm/beta": "encoder.ln_post.bias",
    "decoder/layer_norm/gamma": "decoder.ln.weight",
    "decoder/layer_norm/beta": "decoder.ln.bias",
}
_NORMS = {"self_attention": "attn_ln", "attention": "cross_attn_ln", "ffn": "mlp_ln"}
_SPLITS = {  # (block, linear) -> what it holds, one above the other
    ("self_attention", "linear_0"): ("attn.query", "attn.key", "attn.value"),
    ("self_attention", "linear_1"): ("attn.out",),
    ("attention", "linear_0"): ("cross_attn.query",),
    ("attention", "linear_1"): ("cross_attn.key", "cross_attn.value"),
    ("attention", "linear_2"): ("cross_attn.out",),
    ("ffn", "linear_0"): ("mlp.0",),
    ("ffn", "linear_1"): ("mlp.2",),
}


def _renamed(name: str, value: Array) -> dict[str, Array]:
    if name in _WHOLE:
        return {_WHOLE[name]: value}
    side, place, *rest = name.split("/")
    if place.startswith("conv"):
        return {f"{side}.{place}.{rest[0]}": value}
    if not place.startswith("layer_") or len(rest) != 3:
        return {}
    stem, (block, part, kind) = f"{side}.blocks.{place[6:]}", rest
    if part == "layer_norm":
        return {f"{stem}.{_NORMS[block]}.{'weight' if kind == 'gamma' else 'bias'}": value}
    targets = _SPLITS[block, part]
    pieces = np.split(value, len(targets))
    return {
        f"{stem}.{target}.{kind}": piece
        for target, piece in zip(targets, pieces, strict=True)
        if not (kind == "bias" and target.endswith(".key"))
    }


def _variable(stream: BinaryIO, size: int) -> tuple[str, Array]:
    name, rank = _name(stream), _number(stream, "B")
    shape = tuple(_number(stream, "I") for _ in range(rank))
    kind, length = _TYPES[_number(stream, "B")], _number(stream, "I")
    if length > min(size, _MOST_BYTES):
        raise ValueError("longer than its file")
    data = stream.read(length)
    return name, np.frombuffer(data, dtype=kind).reshape(shape)


def _name(stream: BinaryIO) -> str:
    return stream.read(_number(stream, "H")).rstrip(b"\0").decode("ascii")


def _number(stream: BinaryIO, code: str) -> int:
    packed = f"<{code}"
    return int(struct.unpack(packed, stream.read(struct.calcsize(packed)))[0])


def missing_names(state: dict[str, torch.Tensor], expected: Iterator[str]) -> set[str]:
    """Return the names that a model expects and `state` lacks, but for masks it makes itself."""
    return {name for name in expected if name not in state and not name.endswith("mask")}
