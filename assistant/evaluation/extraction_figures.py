"""The figures of `evaluate extraction`: mentions, concepts, assertion, experiencer and time."""

from collections.abc import Mapping, Sequence

import numpy as np

from assistant.evaluation.bootstrap import (
    Array,
    Estimate,
    Figure,
    Sums,
    estimates,
    f1,
    macro_f1,
    mean,
    micro_f1,
    precision,
    ratio,
    recall,
)
from assistant.evaluation.extraction_matching import CLASSES, END_TO_END
from assistant.evaluation.metrics import wilson


def figures_of(counts: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """Return every figure of the utterances' `counts` with its bootstrap interval."""
    speakers = {n.split("@")[1].split(".")[0] for c in counts for n in c if "@" in n}
    figures = {**_mentions(), **_concepts(), **_said()}
    figures |= {f"mention_f1_{who}": f1(f"mention@{who}") for who in sorted(speakers)}
    found = estimates(counts, figures)
    flips, pairs = (int(sum(c.get(n, 0) for c in counts)) for n in ("flipped", "flipped.n"))
    if pairs and "flipped_polarity" in found:  # no resample knows of a rare error not yet met
        bound = wilson(flips, pairs)
        found["flipped_polarity_wilson"] = Estimate(
            found["flipped_polarity"].value, round(bound.low, 4), round(bound.high, 4)
        )
    return found


def totals(counts: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """Return how many mentions there are, of which class, how many were heard and matched."""
    names = {"mentions": "mention.gold", "heard": "mention.ours", "matched": "mention.hit"}
    names |= {"flipped": "flipped"}
    names |= {name: f"{name}{END_TO_END}.gold" for each in CLASSES.values() for name in each}
    return {name: int(sum(c.get(key, 0) for c in counts)) for name, key in names.items()}


def _mentions() -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name, key in (("mention", "mention"), ("mention_exact", "exact")):
        figures |= {
            f"{name}_precision": precision(key),
            f"{name}_recall": recall(key),
            f"{name}_f1": f1(key),
        }
    figures["mention_macro_f1"] = lambda sums: ratio(sums["utterance.f1"], sums["utterance.n"])
    figures["mention_listed_recall"] = recall("listed")
    return figures


def _concepts() -> dict[str, Figure]:
    return {
        "concept_accuracy": lambda sums: ratio(sums["concept.right"], sums["concept.n"]),
        "concept_near_accuracy": lambda sums: ratio(sums["concept.near"], sums["concept.n"]),
        "concept_listed_accuracy": lambda sums: ratio(
            sums["concept_listed.right"], sums["concept_listed.n"]
        ),
        "concept_macro_accuracy": _macro_concepts,
    }


def _macro_concepts(sums: Sums) -> Array:
    """Return the mean over concepts of the share that was named rightly."""
    every = sums.starting("concept_n:")
    if not every:
        return np.full(len(sums["concept.n"]), np.nan)
    return mean([ratio(sums[f"concept_right:{c}"], sums[f"concept_n:{c}"]) for c in every])


def _said() -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for ending in ("", END_TO_END):
        for attribute, classes in CLASSES.items():
            names = [f"{name}{ending}" for name in classes]
            # of people and times only the rarer class: the other one is nearly always right
            shown = classes if attribute == "assertion" else classes[1:]
            figures |= {f"{name}_f1{ending}": f1(f"{name}{ending}") for name in shown}
            figures[f"{attribute}_micro_f1{ending}"] = micro_f1(names)
            figures[f"{attribute}_macro_f1{ending}"] = macro_f1(names)
    figures["absent_precision"] = precision("absent")
    figures["absent_recall"] = recall("absent")
    figures["flipped_polarity"] = lambda sums: ratio(sums["flipped"], sums["flipped.n"])
    return figures
