"""The model card, filled in from what was measured."""

from pathlib import Path
from string import Template
from typing import Any

_ROWS = {
    "seen": "seen phrases and templates",
    "new_phrases": "held-out phrases",
    "new_templates": "held-out templates",
    "new_both": "held-out phrases and templates",
}
_COLUMNS = ("mention_f1", "assertion_accuracy", "experiencer_accuracy", "time_accuracy")


def card(metrics: dict[str, Any]) -> str:
    """Return the card's Markdown for the content of a `metrics.json`."""
    settings, scores = metrics["settings"], metrics["scores"]
    rows = [
        f"| {label} | " + " | ".join(f"{scores[name][c]:.3f}" for c in _COLUMNS) + " |"
        for name, label in _ROWS.items()
    ]
    template = Path(__file__).with_name("card_en.md").read_text(encoding="utf-8")
    return Template(template).substitute(
        base=metrics["base"],
        rank=settings["rank"],
        pieces=settings["pieces"],
        sentences=settings["sentences"],
        seed=settings["seed"],
        minutes=metrics["minutes"],
        knowledge=metrics["knowledge"][:12],
        held_out=f"{settings['held_out_phrases']:.0%}",
        table="\n".join(rows),
    )
