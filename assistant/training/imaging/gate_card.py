"""The card of the modality gate, filled in from what was measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any


def card(metrics: Mapping[str, Any]) -> str:
    """Return the card's Markdown for the content of the gate's `metrics.json`."""
    template = Template(Path(__file__).with_name("gate_card.md").read_text(encoding="utf-8"))
    inside = metrics["in_source"]
    return template.substitute(
        n=metrics["n"],
        date=metrics["date"],
        seed=metrics["seed"],
        sets=", ".join(f"`{name}`" for name in metrics["sets"]),
        accuracy=_percent(inside["accuracy"]),
        false_refusal=_percent(inside["false_refusal"]),
        by_kind="\n".join(
            f"| {kind} | {row['n']} | {_percent(row['right'])} | {_percent(row['refused'])} |"
            for kind, row in inside["by_kind"].items()
        ),
        across="\n".join(
            f"| {row['kind']} | {row['source']} | {row['n']} | {_percent(row['right'])} |"
            f" {_percent(row['refused'])} |"
            for row in metrics["across_sources"]
        )
        or "| - | | | | |",
        unknown=_percent(metrics["unknown_kinds_refused"]),
        foreign="\n".join(
            f"| {name} | {row['n']} | {_percent(row['refused'])} |"
            for name, row in metrics["foreign"].items()
        )
        or "| none given | | |",
    )


def _percent(value: Sequence[float]) -> str:
    return f"{value[0]:.1%} ({value[1]:.1%}–{value[2]:.1%})"
