"""The vectors of our own passages and descriptions, shipped: `anamnesis train passages`."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant.encoding import Encoder
from assistant.knowledge import Knowledge
from assistant.minilm import MiniLM
from assistant.retrieval.corpus import Corpus
from assistant.retrieval.dense import description
from assistant.retrieval.vectors import (
    SCALE,
    SHIPPED,
    Progress,
    encode_by_length,
    key_of,
    say_progress,
    shipped_vectors,
)
from assistant.training.manifest import update_manifest


def build_passage_vectors(
    knowledge_dir: Path, *, threads: int = 2, progress: Progress = say_progress
) -> Path:
    """Encode all texts in 32 bits, list the file in the manifest, return its folder.

    A text that has a vector already keeps it.
    """
    models = knowledge_dir / "models"
    encoder: Encoder = MiniLM(models, threads=threads)
    knowledge = Knowledge.load(knowledge_dir)
    texts = Corpus(knowledge).texts()
    texts += [description(condition, knowledge) for condition in knowledge.condition_ids]
    before = shipped_vectors(models, encoder.id)
    known = {key_of(text): text for text in texts}
    new = sorted(known.keys() - before.keys())
    made = encode_by_length("new texts", [known[key] for key in new], encoder, progress)
    vectors = {key: before[key] for key in known.keys() & before.keys()}
    vectors |= dict(zip(new, np.rint(made * SCALE).astype(np.int8), strict=True))
    folder = models / SHIPPED
    folder.mkdir(parents=True, exist_ok=True)
    keys = sorted(vectors)
    tensors: dict[str, NDArray[Any]] = {
        "keys": np.array(keys, dtype=np.int64),
        "vectors": np.stack([vectors[key] for key in keys]),
    }
    file = folder / "vectors.safetensors"
    save_file(tensors, file, metadata={"encoder": encoder.id})
    file.chmod(0o644)  # safetensors writes for the owner alone
    update_manifest(models, folder)
    return folder
