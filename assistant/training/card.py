"""The model card, filled in from what was measured."""

from pathlib import Path
from string import Template
from typing import Any

_COLUMNS = {
    "mention F1": "mention_f1",
    "assertion": "assertion_accuracy",
    "assertion F1": "assertion_f1",
    "experiencer": "experiencer_accuracy",
    "time": "time_accuracy",
    "attribute F1": "attribute_f1",
    "finding": "link_accuracy",
}
_TESTS = {
    "written": "written utterances, held out",
    "new_phrases": "grammar, held-out phrases",
    "new_templates": "grammar, held-out templates",
    "phrases": "held-out phrases alone",
}


def card(metrics: dict[str, Any]) -> str:
    """Return the card's Markdown for the content of a `metrics.json`."""
    settings = metrics["settings"]
    template = Path(__file__).with_name(f"card_{settings['languages'][-1]}.md")
    return Template(template.read_text(encoding="utf-8")).substitute(
        base=metrics["base"],
        rank=settings["rank"],
        pieces=settings["pieces"],
        epochs=settings["epochs"],
        samples=_samples(metrics["samples"]),
        seed=settings["seed"],
        minutes=metrics["minutes"],
        device=metrics["device"],
        date=metrics["date"],
        knowledge=metrics["knowledge"][:12],
        held_out=f"{settings['held_out_phrases']:.0%}",
        table=_table(metrics["scores"]),
    )


def _samples(counted: dict[str, int]) -> str:
    rows = [f"| {source} | {number} |" for source, number in counted.items()]
    return "\n".join(["| source | samples an epoch |", "|---|---|", *rows])


def _table(scores: dict[str, dict[str, float]]) -> str:
    head = [f"| sentences | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    rows = []
    for name, found in scores.items():
        kind, _, language = name.rpartition("-")
        cells = " | ".join(_cell(kind, column, found[column]) for column in _COLUMNS.values())
        rows.append(f"| {_TESTS[kind]} ({language}) | {cells} |")
    return "\n".join([*head, *rows])


def _cell(kind: str, column: str, value: float) -> str:
    """Return a figure; phrases alone say nothing but which finding they mean."""
    return f"{value:.3f}" if kind != "phrases" or column == "link_accuracy" else ""
