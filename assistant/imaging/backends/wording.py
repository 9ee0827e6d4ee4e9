"""The sentences that a foreign model is given, out of `prompts/`."""

from pathlib import Path

import yaml

from assistant.errors import KnowledgeError
from assistant.imaging.backends.scoring import Task

PROMPTS = "zero_shot.yaml"
Lines = dict[str, dict[str, str]]


def lines_of(folder: Path, name: str) -> Lines:
    """Return the lines of a file of `prompts/`, each in English and Chinese."""
    try:
        lines: Lines = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise KnowledgeError([f"prompts/{name} cannot be read"]) from error
    return lines


def sentences(folder: Path, task: Task, language: str) -> list[list[str]]:
    """Return the sentences for each label of a task, in the order of its labels."""
    lines = lines_of(folder, PROMPTS)
    found = []
    for label in task.labels:
        start = f"{task.id}.{label}."
        some = [words[language] for line, words in lines.items() if line.startswith(start)]
        if not some:
            raise KnowledgeError([f"prompts/{PROMPTS}: no sentence for {start}…"])
        found.append(some)
    return found
