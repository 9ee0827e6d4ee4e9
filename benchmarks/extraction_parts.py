"""What both benchmarks of extraction need: utterances, gold, sizes of networks, percentiles."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.evaluation.extraction_gold import GoldUtterance, read_gold
from assistant.extraction.bases import load_base
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.paths import shipped
from assistant.records.terms import Language

GOLD = Path(__file__).parents[1] / "tests" / "gold"


def gold_of(knowledge: Knowledge, data: Path) -> dict[Language, list[GoldUtterance]]:
    """Return the tuning half of each gold set that can be read here.

    The English one stands off; without the data folder it is left out, and that is printed.
    """
    found = {}
    for language, name in ((Language.ENGLISH, "gold_en"), (Language.CHINESE, "gold_zh")):
        if language is Language.ENGLISH and not data.is_dir():
            print(f"{data} is not here: no English gold")
            continue
        text = (GOLD / f"{name}.jsonl").read_text(encoding="utf-8")
        found[language] = read_gold(text, data, knowledge.findings, "tune")
    return found


def utterances_of(knowledge: Knowledge, language: Language, most: int) -> list[str]:
    """Return sentences of our own: examples of red flags, and in Chinese the gold set's texts too.

    They are taken at even steps, so that every part of the list is among them.
    """
    flags = knowledge.red_flags.values()
    found = [text for flag in flags for text in getattr(flag.examples, language.value)]
    if language is Language.CHINESE:
        lines = (GOLD / "gold_zh.jsonl").read_text(encoding="utf-8").splitlines()
        found = [row["text"] for row in map(json.loads, lines)] + found
    step = max(1, len(found) // most)
    return found[::step][:most]


def adapter_folder(network: str, models: Path) -> Path:
    """Return the folder of a shipped adapter."""
    return locate(network, models)[1]


def parameters_of(folder: Path, models: Path) -> tuple[int, int]:
    """Return the layers, and the parameters of those layers (not those of the word table)."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = load_base(config["base"], models).weights
    layers = {int(n.split(".")[2]) for n in weights if n.startswith("encoder.layer.")}
    kept = config.get("layers") or len(layers)
    inside = [
        v
        for n, v in weights.items()
        if n.startswith("encoder.layer.") and int(n.split(".")[2]) < kept
    ]
    return kept, sum(value.size for value in inside)


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile, linearly between values, to a hundredth."""
    return round(float(np.percentile(values, share)), 2)


def models_dir() -> Path:
    """Return `knowledge/models` as it ships."""
    return shipped("knowledge") / "models"
