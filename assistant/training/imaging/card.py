"""The card of an image model, filled in from what was measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import yaml

from assistant.imaging.config import ModelConfig
from assistant.records.picture import Verdict
from assistant.training.imaging.sources import Task

_HERE = Path(__file__).parent
_WORDS: Mapping[str, Any] = yaml.safe_load((_HERE / "card.yaml").read_text(encoding="utf-8"))
LICENCE: Mapping[str, str] = _WORDS["licence"]


def card(task: Task, config: ModelConfig, metrics: Mapping[str, Any]) -> str:
    """Return the card's Markdown for the content of a `metrics.json`."""
    options, found = metrics["settings"], metrics["figures"]
    template = Template((_HERE / "card.md").read_text(encoding="utf-8"))
    words = _WORDS["tasks"][task.id]
    compared, sure = metrics["shipped_against_trained"], metrics["verdicts"]
    return template.substitute(
        title=task.title,
        use=_sentence(words["use"]),
        not_for=_sentence(words["not_for"]),
        limits="\n".join(f"- {line}" for line in words["limits"]),
        data=task.source,
        licence=_WORDS["terms"]["noncommercial" if task.noncommercial else "open"],
        checks="\n".join(f"| {name} | {count} |" for name, count in metrics["checks"].items()),
        folds=len(metrics["by_fold"]),
        n=metrics["n"],
        figures="\n".join(
            f"| {name.replace('_', ' ')} | {_range(value)} |" for name, value in found.items()
        ),
        ece_before=f"{metrics['ece_before']:.3f}",
        place=_place(metrics["place_found"]),
        by_fold="\n".join(
            f"| {fold} | {row['n']} | {row['accuracy']:.3f} | {row['balanced_accuracy']:.3f} |"
            f" {row['auc']:.3f} |"
            for fold, row in metrics["by_fold"].items()
        ),
        by_label="\n".join(
            f"| {label} | {row['n']} | {_range(row['sensitivity'])} |"
            f" {_range(row['specificity'])} |"
            for label, row in metrics["by_label"].items()
        ),
        confusion=_confusion(task.labels, metrics["confusion"]),
        worth=_worth(config),
        abstained=_percent(sure["abstained"]),
        rest=_percent(sure["accuracy_of_the_rest"]),
        misses="\n".join(
            f"| {miss['file']} | {miss['true']} | {miss['said']} | {miss['probability']:.2f} |"
            for miss in metrics["misses"]
        ),
        network=config.network,
        size=config.size,
        frozen=options["frozen"],
        epochs=options["epochs"],
        seed=options["seed"],
        date=metrics["date"],
        minutes=round(sum(metrics["seconds"].values()) / 60),
        temperature=f"{config.temperature:.2f}",
        prior=options["calibration"]["prior"],
        compared=f"{compared['mean_difference']:.4f} on average and"
        f" {compared['largest_difference']:.3f} at most over {compared['n']} pictures;"
        f" {compared['other_decisions']} are called otherwise",
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _range(value: Sequence[float]) -> str:
    return f"{value[0]:.3f} ({value[1]:.3f}–{value[2]:.3f})"


def _place(found: Sequence[float] | None) -> str:
    """Return how often the heatmap's place is right; nothing for a model that looks for none."""
    if found is None:
        return ""
    return (
        f"\nThe middle of the place that it finds, which is also the heatmap's, lies inside the box"
        f" of labels.csv in {_percent(found)} of the held-out pictures.\n"
    )


def _percent(value: Sequence[float]) -> str:
    return f"{value[0]:.1%} ({value[1]:.1%}–{value[2]:.1%})"


def _confusion(labels: Sequence[str], table: Sequence[Sequence[int]]) -> str:
    head = [f"| true \\ said | {' | '.join(labels)} |", "|---" * (len(labels) + 1) + "|"]
    rows = [f"| {n} | {' | '.join(map(str, row))} |" for n, row in zip(labels, table, strict=True)]
    return "\n".join(head + rows)


def _worth(config: ModelConfig) -> str:
    rows = []
    for label in config.labels:
        low, high = label.band
        ratios = label.likelihood_ratios
        cells = " | ".join(
            f"{ratios[v].value:.3g} ({ratios[v].interval[0]:.2g}–{ratios[v].interval[1]:.2g};"
            f" n {ratios[v].n})"
            for v in (Verdict.LIKELY, Verdict.UNSURE, Verdict.UNLIKELY)
        )
        rows.append(f"| {label.id} | {low:.2f}–{label.threshold:.2f}–{high:.2f} | {cells} |")
    return "\n".join(rows)
