"""The vectors of all English phrases, made once and shipped: `anamnesis train phrases`."""

from pathlib import Path

from assistant.extraction.linking import NAME, encode, phrases_of, write_vectors
from assistant.knowledge import Knowledge
from assistant.minilm_int8 import MiniLMInt8
from assistant.training.manifest import update_manifest


def build_phrase_vectors(knowledge_dir: Path, *, threads: int = 2) -> Path:
    """Encode the phrases of `knowledge_dir`, list the file in the manifest, return its folder."""
    models = knowledge_dir / "models"
    knowledge = Knowledge.load(knowledge_dir)
    encoder = MiniLMInt8(models, threads=threads)
    folder = models / NAME
    folder.mkdir(parents=True, exist_ok=True)
    phrases = sorted({phrase for phrase, _ in phrases_of(knowledge)})
    write_vectors(folder / "vectors.safetensors", encoder.id, encode(phrases, encoder))
    (folder / "vectors.safetensors").chmod(0o644)  # safetensors writes for the owner alone
    update_manifest(models, folder)
    return folder
