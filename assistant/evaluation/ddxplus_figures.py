"""Figures of DDXPlus: questions asked, ground-truth pathology accuracy, DDF1, evidence recall.

DDR, DDP and DDF1 compare the set of pathologies in the predicted differential with the set in the
true one; a pathology is in it where it has more than 1 % (Fansi Tchango et al., "Towards
trustworthy automatic diagnosis systems", NeurIPS 2022, section 5). Our belief is over many more
conditions than the 49 pathologies: for these three, and for GTPA, it is put onto the 49 and
normalised again. `open_gtpa_at_1` is without that: the truth must lead all our conditions.
"""

from collections.abc import Sequence
from statistics import mean, median

from assistant.evaluation.ddxplus_player import Played
from assistant.evaluation.figures import Figures
from assistant.evaluation.metrics import top_k_accuracy

IN_DIFFERENTIAL = 0.01  # share of belief above which a pathology counts as predicted


def projected(belief: dict[str, float], conditions: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """Return the belief in each pathology, summing to 1; its conditions add up.

    >>> projected({"a": 0.2, "b": 0.2, "c": 0.6}, {"P": ("a",), "Q": ("b",)})
    {'P': 0.5, 'Q': 0.5}
    """
    mass = {name: sum(belief.get(c, 0.0) for c in ids) for name, ids in conditions.items()}
    total = sum(mass.values())
    return {name: m / total for name, m in mass.items()} if total > 0 else mass


def overlap(predicted: frozenset[str], true: frozenset[str]) -> tuple[float, float, float]:
    """Return recall, precision and F1 of a predicted set against a true one.

    >>> overlap(frozenset("ab"), frozenset("bcd"))
    (0.3333333333333333, 0.5, 0.4)
    """
    both = len(predicted & true)
    recall = both / len(true) if true else 0.0
    precision = both / len(predicted) if predicted else 0.0
    f1 = 2 * recall * precision / (recall + precision) if both else 0.0
    return recall, precision, f1


def rank_of(pathology: str, mass: dict[str, float]) -> int | None:
    """Return the place of a pathology; those with the very same belief share the better place."""
    own = mass[pathology]
    return 1 + sum(m > own for m in mass.values()) if own > 0 else None


def open_rank(played: Played, conditions: dict[str, tuple[str, ...]]) -> int | None:
    """Return the place of the truth among all our conditions."""
    own = max((played.belief.get(c, 0.0) for c in conditions[played.patient.pathology]), default=0)
    return 1 + sum(b > own for b in played.belief.values()) if own > 0 else None


def figures_of(played: Sequence[Played], conditions: dict[str, tuple[str, ...]]) -> Figures:
    """Return every figure over the patients played; ValueError on none."""
    figures = Figures()
    masses = [projected(p.belief, conditions) for p in played]
    ranks = [rank_of(p.patient.pathology, m) for p, m in zip(played, masses, strict=True)]
    figures.add("questions_mean", mean(p.questions for p in played))
    figures.add("questions_median", median(p.questions for p in played))
    figures.add("questions_not_in_data_mean", mean(p.unknown for p in played))
    for k in (1, 3, 5):
        figures.add_share(f"gtpa_at_{k}", top_k_accuracy(ranks, k))
    openly = [open_rank(p, conditions) for p in played]
    for k in (1, 5):
        figures.add_share(f"open_gtpa_at_{k}", top_k_accuracy(openly, k))
    overlaps = [_overlap(p, m) for p, m in zip(played, masses, strict=True)]
    for place, name in enumerate(("ddr", "ddp", "ddf1")):
        figures.add(name, mean(o[place] for o in overlaps))
    figures.add("evidence_recall", mean(p.elicited / p.evidences for p in played if p.evidences))
    return figures


def _overlap(played: Played, mass: dict[str, float]) -> tuple[float, float, float]:
    predicted = frozenset(name for name, m in mass.items() if m > IN_DIFFERENTIAL)
    true = frozenset(n for n, p in played.patient.differential if p > IN_DIFFERENTIAL)
    return overlap(predicted, true)


def misses_table(played: Sequence[Played], conditions: dict[str, tuple[str, ...]]) -> str:
    """Return, for each pathology, how often it led, and what led in its place."""
    by_pathology: dict[str, list[Played]] = {}
    for one in played:
        by_pathology.setdefault(one.patient.pathology, []).append(one)
    lines = [f"{'pathology':<42}{'n':>4}{'first':>7}  led instead"]
    for pathology in sorted(by_pathology):
        group = by_pathology[pathology]
        leaders = [_leader(p, conditions) for p in group]
        others = sorted({name for name in leaders if name != pathology}, key=leaders.count)
        instead = ", ".join(f"{o} {leaders.count(o)}" for o in reversed(others[-3:]))
        lines.append(f"{pathology:<42}{len(group):>4}{leaders.count(pathology):>7}  {instead}")
    return "\n".join(lines)


def _leader(played: Played, conditions: dict[str, tuple[str, ...]]) -> str:
    mass = projected(played.belief, conditions)
    best = max(mass, key=lambda name: (mass[name], name == played.patient.pathology))
    return best if mass[best] > 0 else "nothing"
