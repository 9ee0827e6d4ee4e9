"""Compile `knowledge/` from YAML once, keep the result, and load it fast.

The compiled bundle is JSON named after a SHA-256 over the files' names and contents,
so an edited file is compiled again and an unchanged one never is.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from assistant.errors import KnowledgeError
from assistant.knowledge.schema import Bundle, ImagingTask

log = logging.getLogger(__name__)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_bundle(folder: Path, cache: Path | None = None) -> Bundle:
    """Return the checked entries of `folder`; compile them if no fresh bundle is in `cache`.

    Raises KnowledgeError when the folder is missing or an entry has the wrong shape.
    """
    files = knowledge_files(folder)
    if not files:
        raise KnowledgeError([f"no YAML files in {folder.name}/"])
    digest = digest_of(folder, files)
    kept = cache / f"knowledge-{digest[:16]}.json" if cache else None
    if kept and kept.is_file():
        try:
            return Bundle.model_validate_json(kept.read_bytes())
        except ValidationError:
            log.warning("compiled knowledge is damaged; compiling it again")
    bundle = compile_bundle(folder, digest)
    if kept:
        _write_atomically(kept, bundle.model_dump_json(exclude_defaults=True).encode())
    return bundle


def load_imaging(folder: Path) -> dict[str, ImagingTask]:
    """Return the tasks of picture models alone, for who needs no other medicine.

    Empty where `folder` has none; raises KnowledgeError where an entry has the wrong shape.
    """
    file, problems = folder / "imaging.yaml", list[str]()
    read = _read(file, problems) if file.is_file() else {}
    if problems:
        raise KnowledgeError(problems)
    try:
        return TypeAdapter(dict[str, ImagingTask]).validate_python(read)
    except ValidationError as error:
        raise KnowledgeError([f"imaging.yaml: {e['loc']}" for e in error.errors()]) from error


def knowledge_files(folder: Path) -> list[Path]:
    """Return every YAML file that belongs to the knowledge, in a fixed order."""
    return sorted(p for p in folder.rglob("*.yaml") if "models" not in p.relative_to(folder).parts)


def digest_of(folder: Path, files: list[Path]) -> str:
    """Return the SHA-256 over names and contents (and the schema itself)."""
    total = hashlib.sha256(Path(__file__).with_name("schema.py").read_bytes())
    for file in files:
        total.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def compile_bundle(folder: Path, digest: str = "") -> Bundle:
    """Read and check every file; raise KnowledgeError with each problem's place."""
    problems: list[str] = []
    raw: dict[str, Any] = {"digest": digest}
    for part in ("findings", "red_flags", "groups", "sources", "passages"):
        raw[part] = dict(_merged(folder / part, problems))
    raw["conditions"] = dict(_conditions(folder / "conditions", problems))
    for part in ("derived", "countries", "sections", "presentations"):
        raw[part] = _read(folder / f"{part}.yaml", problems)
    if (folder / "imaging.yaml").is_file():
        raw["imaging"] = _read(folder / "imaging.yaml", problems)
    if (folder / "ambiguous.yaml").is_file():
        raw["ambiguous"] = _read(folder / "ambiguous.yaml", problems)
    if problems:
        raise KnowledgeError(problems)
    try:
        return Bundle.model_validate(raw)
    except ValidationError as error:
        places = [f"{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise KnowledgeError(places) from error


def _merged(folder: Path, problems: list[str]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, str] = {}
    for file in sorted(folder.rglob("*.yaml")):
        for key, entry in (_read(file, problems) or {}).items():
            if key in seen:
                problems.append(f"{folder.name}/{file.name}: {key} is also in {seen[key]}")
                continue
            seen[key] = file.name
            yield key, entry


def _conditions(folder: Path, problems: list[str]) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for file in sorted(folder.rglob("*.yaml")):
        if file.stem in seen:
            problems.append(f"conditions: {file.stem} stands twice")
            continue
        seen.add(file.stem)
        entry = _read(file, problems)
        if isinstance(entry, dict):
            yield file.stem, {**entry, "system": file.parent.name}


def _read(file: Path, problems: list[str]) -> Any:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 (safe loader)
    except (OSError, yaml.YAMLError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1}" if where else ""
        problems.append(f"{file.name}{line}: {type(error).__name__}")
        return None


def _write_atomically(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    except OSError as error:  # a read-only or full disk costs time at the next start, no more
        log.warning("compiled knowledge could not be kept: %s", error.strerror)
