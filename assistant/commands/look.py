"""`anamnesis look IMAGE…`: what is seen in pictures, or why they are not judged."""

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands.common import Subparsers, settings
from assistant.errors import AssistantError, InvalidInputError

if TYPE_CHECKING:
    from assistant.imaging.looking import Looker
    from assistant.records.picture import Look, Picture


KINDS = "only_kinds"  # note: no finding, unless a doctor has found what it tells kinds of
_KINDS_SAID = "Only kinds are told apart: whether there is any of them, this model cannot tell."


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("look", help="say what is seen in pictures")
    command.add_argument(
        "image",
        metavar="IMAGE",
        nargs="+",
        type=Path,
        help="PNG, JPEG, WebP, HEIC, DICOM, or a zip of slices (the middle one is looked at)",
    )
    command.add_argument("--json", action="store_true", help="one JSON object a picture")
    command.add_argument(
        "--heatmaps", metavar="DIR", type=Path, help="write there where the model looked"
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what each picture shows; a bad file gets a line of its own, and status 2."""
    from assistant.imaging.looking import build_looker

    chosen, bad = settings(), 0
    looker, kinds = build_looker(chosen), _only_kinds(chosen.knowledge_dir)
    if args.heatmaps is not None:
        _make_folder(args.heatmaps)
    for number, file in enumerate(args.image, 1):
        try:
            shown = _look(looker, file, args.heatmaps, number, kinds)
        except AssistantError as error:
            bad += 1
            if args.json:
                print(json.dumps({"file": str(file), "error": str(error)}, ensure_ascii=False))
            else:
                print(f"{file}: {error}", file=sys.stderr)
            continue
        print(json.dumps(shown, ensure_ascii=False) if args.json else _in_words(shown))
    return 2 if bad else 0


def _only_kinds(folder: Path) -> frozenset[str]:
    """Return the tasks whose models only tell kinds of something apart."""
    from assistant.knowledge.loading import load_imaging
    from assistant.knowledge.schema import Compares

    tasks = load_imaging(folder).items()
    return frozenset(task for task, entry in tasks if entry.compares is Compares.LABELS)


def _look(
    looker: "Looker", file: Path, heatmaps: Path | None, number: int, kinds: frozenset[str]
) -> dict[str, Any]:
    """Return what the contract promises of one picture, and how long it took."""
    began = time.perf_counter()
    picture = _opened(file)
    looked = looker.look(picture, heat=heatmaps is not None)
    reading = looked.reading
    shown: dict[str, Any] = {
        "file": str(file),
        "modality": reading.modality.value,
        "modality_probability": round(reading.modality_probability, 4),
        "foreign": round(reading.foreign, 4),
        "refused": reading.refused,
        "findings": [
            {
                "label": finding.label,
                "probability": round(finding.probability, 4),
                "verdict": finding.verdict.value,
                "likelihood_ratio": round(finding.likelihood_ratio, 3),
            }
            for finding in reading.findings
        ],
        "model": reading.model,
        "notes": [*reading.notes, *([KINDS] if kinds & {f.task for f in reading.findings} else [])],
        "took_seconds": round(time.perf_counter() - began, 3),
    }
    if reading.refused is not None:
        shown["reason"] = _sentence(reading.refused)
    if heatmaps is not None and looked.heat is not None:
        shown["heatmap"] = str(_written(picture, looked, heatmaps, number, file))
    return shown


def _opened(file: Path) -> "Picture":
    from assistant.imaging.reading import Limits, read_picture

    limits = Limits()
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.most_bytes + 1)
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}.") from None
    return read_picture(data, file.name, limits)


def _sentence(refused: str) -> str:
    from assistant.imaging.reading import PictureError

    return str(PictureError(refused))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be made: {error.strerror}.") from None


def _written(picture: "Picture", looked: "Look", folder: Path, number: int, file: Path) -> Path:
    """Write the picture with its heatmap over it, reduced; return the path."""
    from assistant.imaging.copying import copies_of, overlaid

    stem = re.sub(r"[^\w-]+", "_", file.stem)[:60] or "picture"
    path = folder / f"{number:03d}-{stem}.webp"
    try:
        path.write_bytes(overlaid(copies_of(picture, looked)))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def _in_words(shown: dict[str, Any]) -> str:
    """Return a line for people."""
    kind = f"{shown['file']}: {shown['modality']} ({shown['modality_probability']:.0%})"
    if shown["refused"]:
        return f"{kind}; refused ({shown['refused']}): {shown['reason']}"
    found = ", ".join(
        f"{f['label']} {f['probability']:.0%} ({f['verdict']})" for f in shown["findings"]
    )
    said = f"{kind}; {found}. Evidence for a doctor, not a diagnosis."
    if KINDS in shown["notes"]:
        said = f"{said} {_KINDS_SAID}"
    return f"{said} Heatmap: {shown['heatmap']}" if "heatmap" in shown else said
