"""Where Whisper's weights come from: CTranslate2 files, the same ones for both engines.

In this order: a folder named in the settings; installed packages that carry the weights; a hub,
where the operator allows the network. The files of the packages are checked by SHA-256. Of the
hub's sizes no hash is known here: its own client checks the one that it announces. A CTranslate2
file is plain arrays: nothing is unpickled.
"""

import json
import os
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from assistant.errors import ModelFileError, UnknownBackendError
from assistant.models import import_root, sha256

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_HUB = {
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
_SIZES = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en", "large-v1",
    "large-v2", "large-v3",
)  # fmt: skip
SIZES = (*_SIZES, *_HUB)


class Packaged(NamedTuple):
    """Weights that Python packages carry: each file, its parts (package, path), its SHA-256."""

    files: dict[str, tuple[tuple[tuple[str, str], ...], str]]


def packaged() -> dict[str, Packaged]:
    """Return the models that packages carry, from `weights.json` beside this file."""
    listed = json.loads((Path(__file__).parent / "weights.json").read_text(encoding="utf-8"))
    return {
        name: Packaged(
            {
                file: (tuple((p, path) for p, path in entry["parts"]), entry["sha256"])
                for file, entry in files.items()
            }
        )
        for name, files in listed.items()
    }


def locate(name: str, *, path: Path | None, cache: Path, allow_network: bool) -> Path:
    """Return a folder with the CTranslate2 files of the Whisper model `name`, checked.

    `cache` is where files that packages carry in parts are joined, once. Raises ModelFileError
    that says what to do where no source has them, or a file is not the known one.
    """
    if path is not None:
        missing = [file for file in _NEEDED if not (path / file).is_file()]
        if missing:
            raise ModelFileError(name, f"the folder in the settings lacks {', '.join(missing)}.")
        return path
    if name not in SIZES:
        raise UnknownBackendError("speech model", name, list(SIZES))
    known = packaged().get(name)
    if known is not None and all(
        find_spec(package) for parts, _ in known.files.values() for package, _ in parts
    ):
        return _from_packages(name, known, cache / "speech" / name)
    if allow_network:
        return _from_hub(name)
    carried = ", ".join(packaged())
    raise ModelFileError(
        name,
        f"it is not installed here. Packages carry {carried}; for other sizes set "
        "ANAMNESIS_ALLOW_NETWORK=true, or ANAMNESIS_SPEECH_MODEL_PATH.",
    )


def _from_packages(name: str, known: Packaged, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for file, (parts, expected) in known.files.items():
        target = folder / file
        if not target.is_file() or sha256(target) != expected:
            _join([import_root(package) / path for package, path in parts], target)
        if sha256(target) != expected:
            target.unlink()
            raise ModelFileError(
                name, f"the SHA-256 of {file} is not the known one: install its package again."
            )
    return folder


def _join(parts: list[Path], target: Path) -> None:
    """Write the parts one after the other; a crash leaves no half file under the final name."""
    growing = target.with_suffix(f".{os.getpid()}.part")
    try:
        with growing.open("wb") as out:
            for part in parts:
                with part.open("rb") as read:
                    shutil.copyfileobj(read, out)
        growing.replace(target)
    except OSError as error:
        raise ModelFileError("speech", f"cannot be written: {error.strerror}.") from error
    finally:
        growing.unlink(missing_ok=True)


def _from_hub(name: str) -> Path:
    hub = import_module("huggingface_hub")
    repository = _HUB.get(name, f"Systran/faster-whisper-{name}")
    try:
        return Path(
            hub.snapshot_download(repository, allow_patterns=["*.json", "*.txt", "model.bin"])
        )
    except OSError as error:
        raise ModelFileError(name, "the hub did not answer; try again later.") from error
