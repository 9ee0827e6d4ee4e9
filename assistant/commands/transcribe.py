"""`anamnesis transcribe AUDIO…`: what is said in recordings."""

import argparse
import json
import sys
import time
from pathlib import Path

from assistant.commands.common import Subparsers, settings
from assistant.errors import AssistantError, InvalidInputError


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("transcribe", help="turn recordings into words")
    command.add_argument("audio", metavar="AUDIO", nargs="+", type=Path)
    command.add_argument("--language", choices=("en", "zh"), help="default: it is detected")
    command.add_argument("--traditional", action="store_true", help="traditional characters")
    command.add_argument("--json", action="store_true", help="one JSON object a recording")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what each recording says; a bad one gets a line of its own, and status 2."""
    from assistant.knowledge import Knowledge
    from assistant.records.terms import Language
    from assistant.speech.ears import Ears

    chosen = settings()
    ears = Ears(Knowledge.load(chosen.knowledge_dir, chosen.data_dir), chosen)
    language, bad = Language(args.language) if args.language else None, 0
    for file in args.audio:
        began = time.perf_counter()
        try:
            recording = ears.decode(read_recording(file, chosen.max_recording_bytes))
            heard = ears.hear(recording, language=language, traditional=args.traditional)
        except AssistantError as error:
            bad += 1
            if args.json:
                print(json.dumps({"file": str(file), "error": str(error)}, ensure_ascii=False))
            else:
                print(f"{file}: {error}", file=sys.stderr)
            continue
        if not args.json:
            print(f"{file}: {heard.text}")
            continue
        shown = {
            "file": str(file),
            "text": heard.text,
            "language": heard.language.value,
            "seconds": round(heard.seconds, 3),
            "speech_seconds": round(heard.speech_seconds, 3),
            "confidence": round(heard.confidence, 3),
            "words": [
                {"text": w.text, "probability": round(w.probability, 3)} for w in heard.words
            ],
            "refused": list(heard.refused),
            "took_seconds": round(time.perf_counter() - began, 3),
        }
        print(json.dumps(shown, ensure_ascii=False))
    return 2 if bad else 0


def read_recording(file: Path, most: int) -> bytes:
    """Return a file's bytes, one more than `most` at most; InvalidInputError where it cannot be."""
    try:
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}.") from None
