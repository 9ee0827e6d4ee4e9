"""A folder of somebody else's weights: safetensors only, no code, no pickle, hashed.

From a folder of the operator, or from the hub at one commit where the network is allowed.
"""

import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from assistant.errors import ModelFileError
from assistant.imaging.backends.choosing import Choice
from assistant.models import sha256
from assistant.settings import Settings

FETCHED = (  # of a repository on the hub; nothing else of it ever reaches this machine
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
TORCHVISION_MISFIT = (
    "torchvision does not fit torch here. Without an NVIDIA GPU: pip install --force-reinstall "
    "--no-deps torchvision==0.28.0 --index-url https://download.pytorch.org/whl/cpu"
)
_MOST_CONFIG = 2_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder whose weights may be loaded."""

    name: str
    folder: Path
    weights: tuple[Path, ...]  # sorted
    config: dict[str, Any]

    @property
    def identity(self) -> str:
        """Name and the first 12 digits of the SHA-256 of each file of weights."""
        return "-".join([self.name, *(sha256(file)[:12] for file in self.weights)][:5])


def find(choice: Choice, settings: Settings) -> Checkpoint:
    """Return the checkpoint of a choice, its files checked; raises ModelFileError."""
    if choice.hub is not None:
        name, folder = choice.hub, _fetched(choice, settings)
    elif choice.folder is not None and choice.folder.is_dir():
        name, folder = choice.folder.name, choice.folder
    else:
        named = choice.folder.name if choice.folder is not None else "image model"
        raise ModelFileError(named, "there is no such folder: name `folder`, or `hub`.")
    weights = tuple(sorted(folder.glob("*.safetensors")))
    if not weights:
        raise ModelFileError(
            name,
            "it holds no *.safetensors. Pickles are never loaded: convert them elsewhere "
            "(docs/imaging-models.md).",
        )
    if (folder / "adapter_config.json").exists():
        raise ModelFileError(name, "it is an adapter of another model: merge the two first.")
    _hashed(choice, name, folder)
    return Checkpoint(name, folder, weights, _config(name, folder))


def _hashed(choice: Choice, name: str, folder: Path) -> None:
    for relative, expected in choice.sha256.items():
        file = folder / relative
        if not file.resolve().is_file() or ".." in Path(relative).parts:
            raise ModelFileError(name, f"{relative} is missing.")
        if sha256(file) != expected.lower():
            raise ModelFileError(name, f"the SHA-256 of {relative} is not the one in your file.")


def _config(name: str, folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    try:
        if file.stat().st_size > _MOST_CONFIG:
            raise ModelFileError(name, "config.json is larger than 2 MB.")
        config = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(name, "config.json is missing or is not JSON.") from error
    if not isinstance(config, dict):
        raise ModelFileError(name, "config.json is not an object.")
    if "auto_map" in config:
        raise ModelFileError(name, "it needs code of its own, which is never run here.")
    return config


def _fetched(choice: Choice, settings: Settings) -> Path:
    name = str(choice.hub)
    if not settings.allow_network:
        raise ModelFileError(
            name, "it is on a hub: set ANAMNESIS_ALLOW_NETWORK=true, or name a `folder`."
        )
    hub = import_module("huggingface_hub")
    try:
        found = hub.snapshot_download(
            name,
            revision=choice.revision,
            allow_patterns=list(FETCHED),
            cache_dir=settings.data_dir / "hub",
        )
    except OSError as error:
        raise ModelFileError(name, "the hub did not answer, or has no such commit.") from error
    return Path(found)
