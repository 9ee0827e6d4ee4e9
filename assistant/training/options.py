"""The settings of a training run: a file's own over those that ship, every key checked."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from assistant.errors import InvalidInputError

SHIPPED = {
    language: Path(__file__).with_name(f"extraction_{language}.yaml") for language in ("en", "zh")
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LISTS = {"languages": set(SHIPPED), "targets": None}
_MAY_BE_ZERO = {
    "warmup", "weight_decay", "dropout", "seed", "patience",
    "frozen", "mixup", "ema", "smoothing", "drop_path", "power", "loss_power", "watch_share",
}  # fmt: skip
_SHARES = {
    "held_out_phrases",
    "dropout",
    "warmup",
    "ema",
    "smoothing",
    "drop_path",
    "watch_share",
}  # fmt: skip - below 1


def read_options(language: str, file: Path | None = None) -> dict[str, Any]:
    """Return the settings of a language, with those that `file` (YAML) sets differently.

    Raises InvalidInputError, naming the key, where `file` is not a mapping, has a key that no
    run knows, or a value of another kind.
    """
    return merged_options(SHIPPED[language], file)


def merged_options(shipped: Path, file: Path | None = None) -> dict[str, Any]:
    """Return the settings of a file that ships, with what `file` sets differently; raises alike."""
    options: dict[str, Any] = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    if file is None:
        return options
    try:
        own = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InvalidInputError(f"{file} is not YAML. {shipped.name} shows how.") from None
    if not isinstance(own, dict):
        raise InvalidInputError(f"{file} must be a mapping of settings, such as `batch: 128`.")
    return _merged(options, own, "")


def _merged(known: Mapping[str, Any], own: Mapping[str, Any], inside: str) -> dict[str, Any]:
    unknown = [f"{inside}{key}" for key in own if key not in known]
    if unknown:
        raise InvalidInputError(
            f"Unknown setting(s) {', '.join(unknown)}; known are {', '.join(known)}."
        )
    return dict(known) | {key: _checked(key, known[key], own[key], inside) for key in own}


def _checked(key: str, known: Any, value: Any, inside: str) -> Any:
    """Return a value that is of the known one's kind; raises InvalidInputError otherwise."""
    name = f"{inside}{key}"
    if isinstance(known, dict):
        if not isinstance(value, dict):
            raise InvalidInputError(f"{name} must be a mapping with keys of {', '.join(known)}.")
        return _merged(known, value, f"{name}.")
    if isinstance(known, bool):
        if not isinstance(value, bool):
            raise InvalidInputError(f"{name} must be true or false.")
        return value
    if isinstance(known, list):
        return _list(name, value)
    if isinstance(known, str):
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise InvalidInputError(f"{name} must be a name of letters, digits, '-', '_' and '.'.")
        return value
    if key == "layers" and value is None:
        return value
    whole = isinstance(known, int | None) and key != "minutes"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise InvalidInputError(f"{name} must be a {'whole ' if whole else ''}number.")
    if value < 0 or (value == 0 and key not in _MAY_BE_ZERO and not inside):
        raise InvalidInputError(f"{name} must be more than 0.")
    if key in _SHARES and value >= 1:
        raise InvalidInputError(f"{name} must be less than 1.")
    return value


def _list(name: str, value: Any) -> list[str]:
    allowed = _LISTS[name]
    good = isinstance(value, list) and value and all(isinstance(v, str) for v in value)
    if not good or (allowed is not None and not set(value) <= allowed):
        some = f" of {', '.join(sorted(allowed))}" if allowed else ""
        raise InvalidInputError(f"{name} must be a list of words{some}.")
    return list(value)
