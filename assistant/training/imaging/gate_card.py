"""The card of the modality gate, filled in from what was measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any


def card(metrics: Mapping[str, Any]) -> str:
    """Return the card's Markdown for the content of the gate's `metrics.json`."""
    template = Template(Path(__file__).with_name("gate_card.md").read_text(encoding="utf-8"))
    plain, changed = metrics["in_source"]["plain"], metrics["in_source"]["changed"]
    unknown, rows = metrics["unknown"], metrics["rows"]
    return template.substitute(
        n=metrics["n"],
        changed_n=rows["changed"],
        spoilt_n=rows["spoilt"],
        date=metrics["date"],
        seed=metrics["seed"],
        limit=metrics["limit"],
        drawn=metrics["drawn"],
        most=f"{metrics['most_refused']:.1%}",
        most_ct=f"{metrics['most_chest_ct']:.1%}",
        most_unread=f"{metrics['most_unread']:.1%}",
        data=" ".join(metrics["sets"]),
        sets=", ".join(f"`{name}`" for name in metrics["sets"]),
        accuracy=_percent(plain["accuracy"]),
        false_refusal=_percent(plain["false_refusal"]),
        medical=_percent(plain["accuracy_medical"]),
        read_refusal=_percent(plain["false_refusal_read"]),
        ct=_percent(plain["ct_called_xray"]),
        changed_accuracy=_percent(changed["accuracy"]),
        changed_refusal=_percent(changed["false_refusal"]),
        changed_read=_percent(changed["false_refusal_read"]),
        by_kind=_lines(plain["by_kind"], ("right", "refused")),
        across="\n".join(
            f"| {row['kind']} | {row['source']} | {row['n']} | {_percent(row['right'])} |"
            f" {_percent(row['refused'])} | {_percent(row['wrong_model'])} |"
            for row in metrics["across_sources"]
        )
        or "| - | | | | | |",
        unknown=_percent(unknown["refused"]),
        spared=_percent(unknown["shown_to_no_model"]),
        unknown_by_kind="\n".join(
            f"| {name} | {row['n']} | {_percent(row['refused'])} |"
            f" {_percent(row['shown_to_no_model'])} | {_counts(row['shown_as'])} |"
            for name, row in unknown["by_kind"].items()
        ),
        foreign=_lines(metrics["foreign"], ("refused", "shown_to_no_model"))
        or "| none given | | | |",
    )


def _lines(rows: Mapping[str, Any], columns: Sequence[str]) -> str:
    return "\n".join(
        f"| {name} | {row['n']} | " + " | ".join(_percent(row[column]) for column in columns) + " |"
        for name, row in rows.items()
    )


def _counts(told: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in told.items()) or "-"


def _percent(value: Sequence[float]) -> str:
    return f"{value[0]:.1%} ({value[1]:.1%}–{value[2]:.1%})"
