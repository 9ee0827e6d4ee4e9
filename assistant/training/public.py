"""Public sentences that teach: annotated utterances of dialogues, and the sentences of NegEx.

None of their words are kept in this project: annotations stand off, with the hash of the utterance
(docs/annotating.md). The sets and their licences are listed in the model card.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from assistant.errors import InvalidInputError
from assistant.training.samples import Labelled, Sample, Teaches

NEGEX = "utterances/negex_dev.jsonl"
_POLARITY: Final = {"Affirmed": "present", "Negated": "absent"}


def read_annotated(file: Path, data: Path) -> list[Sample]:
    """Return the annotated utterances of `file`, their text read from the folder `data`.

    Where two findings share words, the first one stands for them. Raises InvalidInputError where a
    source is missing or its text is not what was annotated.
    """
    lines: dict[str, list[str]] = {}
    samples = []
    for number, row in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        entry = json.loads(row)
        text = _text(entry, data, lines)
        if hashlib.sha256(text.encode()).hexdigest()[:16] != entry["sha256"]:
            raise InvalidInputError(f"{file.name}, row {number}: its source has changed.")
        mentions = sorted(
            (Labelled(a, b, c.split("|")[0], s, e, t) for a, b, c, s, e, t in entry["mentions"]),
            key=lambda m: (m.start, m.end),
        )
        samples.append(Sample(text, _apart(mentions)))
    return samples


def _text(entry: dict[str, Any], data: Path, lines: dict[str, list[str]]) -> str:
    source = data / entry["file"]
    if entry["file"] not in lines:
        if not source.is_file():
            raise InvalidInputError(f"{entry['file']} is not in the data folder (--data).")
        whole = source.read_text(encoding="utf-8", errors="replace")
        lines[entry["file"]] = [whole] if entry["line"] is None else whole.splitlines()
    held, number = lines[entry["file"]], entry["line"] or 0
    if number >= len(held):
        return ""  # its hash will not be the annotated one
    field = held[number] if entry["line"] is None else json.loads(held[number])[entry["field"]]
    return str(field[entry["start"] : entry["end"]])


def _apart(mentions: list[Labelled]) -> tuple[Labelled, ...]:
    """Return the mentions without those that overlap an earlier one: a piece has one answer."""
    kept: list[Labelled] = []
    for mention in mentions:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return tuple(kept)


def read_negex(data: Path) -> list[Sample]:
    """Return the sentences whose concept stands in them; they teach what is said of it only."""
    file = data / NEGEX
    if not file.is_file():
        raise InvalidInputError(f"{NEGEX} is not in the data folder (--data).")
    samples = []
    for row in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(row)
        text, concept = " ".join(entry["sentence"].split()), " ".join(entry["concept"].split())
        at = text.lower().find(concept.lower())
        if at < 0:
            continue
        mention = Labelled(
            at, at + len(concept), "unlisted", _POLARITY[entry["polarity"]],
            "patient" if entry["experiencer"] == "Patient" else "relative",
            "past" if entry["temporality"] == "Historical" else "now",
        )  # fmt: skip
        natural = text.lower() if text.isupper() else _lowered(text, at, at + len(concept))
        samples.append(Sample(natural, (mention,), teaches=Teaches.STATUS))
    return samples


def _lowered(text: str, start: int, end: int) -> str:
    """Return the text with the concept, which is in capitals there, in small letters."""
    return text[:start] + text[start:end].lower() + text[end:]
