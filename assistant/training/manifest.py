"""Writing the manifest of model files, `knowledge/models/manifest.json`."""

import json
from pathlib import Path

from assistant.models import sha256


def update_manifest(models: Path, folder: Path) -> None:
    """List every file of a trained model with its SHA-256."""
    file = models / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    listed = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".json"))
    inside = folder.relative_to(models).as_posix()
    manifest[folder.name] = {"folder": inside, "files": {p.name: sha256(p) for p in listed}}
    write_json(file, manifest)


def write_json(file: Path, content: object) -> None:
    """Write `content` as indented JSON with a line end."""
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
