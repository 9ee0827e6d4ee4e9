"""From outcomes to figures with their intervals, tables, and one line of JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.evaluation.metrics import (
    Share,
    expected_calibration_error,
    reliability,
    top_k_accuracy,
    wilson,
)
from assistant.evaluation.running import DEPTH, Outcome
from assistant.evaluation.triage_metrics import (
    Care,
    emergency_recall,
    inclination_to_overtriage,
    over_triage,
    safety_of_advice,
    self_care_recall,
    triage_accuracy,
    under_triage,
)


@dataclass(slots=True)
class Figures:
    """Named figures; a share also has its 95 % interval and what it is a share of."""

    values: dict[str, float] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)

    def add_share(self, name: str, share: Share | None) -> None:
        """Add a share; one over no cases is left out, since it says nothing."""
        if share is not None:
            self.values[name] = round(share.value, 4)
            self.shares[name] = share

    def add(self, name: str, value: float) -> None:
        """Add a figure that is not a share."""
        self.values[name] = round(value, 4)

    def as_json(self) -> dict[str, object]:
        """Return the figures and the intervals as JSON holds them."""
        intervals = {k: [round(s.low, 4), round(s.high, 4)] for k, s in self.shares.items()}
        return {"figures": self.values, "ci95": intervals}

    def table(self) -> str:
        """Return the figures as lines: name, value, interval, count."""
        return "\n".join(self._line(name) for name in self.values)

    def _line(self, name: str) -> str:
        share = self.shares.get(name)
        if share is None:
            return f"{name:<34}{self.values[name]:>9.3f}"
        interval = f"[{share.low:.1%}, {share.high:.1%}]"
        return f"{name:<34}{share.value:>9.1%}  {interval:<18} {share.hits}/{share.n}"


def figures_of(outcomes: Sequence[Outcome]) -> Figures:
    """Return every figure that the cases have a truth for."""
    figures = Figures()
    _diagnosis([o for o in outcomes if o.gold.diagnosis or o.gold.icd10], figures)
    _candidates([o for o in outcomes if o.candidate is not None], figures)
    _triage([o for o in outcomes if o.gold.care is not None], figures)
    if outcomes:
        figures.add_share("errors", wilson(sum(bool(o.error) for o in outcomes), len(outcomes)))
        degraded = sum(bool(o.missing) for o in outcomes)
        figures.add_share("cases_with_a_failed_part", wilson(degraded, len(outcomes)))
        seconds = sorted(o.seconds for o in outcomes)
        figures.add("seconds_median", seconds[len(seconds) // 2])
        figures.add("seconds_p95", seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))])
    return figures


def _diagnosis(outcomes: Sequence[Outcome], figures: Figures) -> None:
    if not outcomes:
        return
    ranks = [o.rank for o in outcomes]
    for k in (1, 3, 5, DEPTH):
        figures.add_share(f"top_{k}_accuracy", top_k_accuracy(ranks, k))
    known = [o.rank for o in outcomes if o.known]
    figures.add_share("known_conditions", wilson(len(known), len(outcomes)))
    if known:
        figures.add_share("top_1_of_known", top_k_accuracy(known, 1))
        figures.add_share("top_3_of_known", top_k_accuracy(known, 3))
    sure = [(o.top[0][1], o.rank == 1) for o in outcomes if o.top]
    if sure:
        beliefs, correct = zip(*sure, strict=True)
        figures.add("calibration_error", expected_calibration_error(beliefs, correct))


def reliability_table(outcomes: Sequence[Outcome]) -> str:
    """Return the reliability diagram of the first condition, a bar for each tenth of belief."""
    sure = [(o.top[0][1], o.rank == 1) for o in outcomes if o.top and o.gold.diagnosis]
    if not sure:
        return ""
    beliefs, correct = zip(*sure, strict=True)
    lines = [f"{'belief':<10}{'cases':>6}{'mean':>8}{'right':>8}"]
    for low, n, mean, right in reliability(beliefs, correct):
        bar = "#" * round(20 * right)
        lines.append(
            f"{low:.0%}–{low + 0.1:.0%}".ljust(10) + f"{n:>6}{mean:>8.0%}{right:>8.0%}  {bar}"
        )
    return "\n".join(lines)


def _candidates(outcomes: Sequence[Outcome], figures: Figures) -> None:
    if outcomes:
        right = sum(bool(o.candidate) for o in outcomes)
        figures.add_share("candidate_accuracy", wilson(right, len(outcomes)))
        figures.add_share("candidate_ties", wilson(sum(o.tied for o in outcomes), len(outcomes)))
        whole = [o for o in outcomes if o.candidates_known]
        figures.add_share("candidates_all_known", wilson(len(whole), len(outcomes)))
        if whole:
            right = sum(bool(o.candidate) for o in whole)
            figures.add_share("candidate_accuracy_of_known", wilson(right, len(whole)))


def _triage(outcomes: Sequence[Outcome], figures: Figures) -> None:
    """A row in error got no advice: it counts as the least urgent one."""
    if not outcomes:
        return
    advised = [o.care if o.care is not None else Care.SELF_CARE for o in outcomes]
    reference = [o.gold.care for o in outcomes if o.gold.care is not None]
    for measure in (
        triage_accuracy,
        under_triage,
        over_triage,
        safety_of_advice,
        emergency_recall,
        self_care_recall,
        inclination_to_overtriage,
    ):
        figures.add_share(measure.__name__, measure(advised, reference))


def confusion_table(outcomes: Iterable[Outcome]) -> str:
    """Return counts of reference (rows) against advice (columns); "" without references."""
    pairs = [(o.gold.care, o.care or Care.SELF_CARE) for o in outcomes if o.gold.care is not None]
    if not pairs:
        return ""
    order = sorted(Care, reverse=True)
    head = f"{'reference / advised':<22}" + "".join(f"{care.name.lower():>12}" for care in order)
    rows = [
        f"{needed.name.lower():<22}" + "".join(f"{pairs.count((needed, g)):>12}" for g in order)
        for needed in order
    ]
    return "\n".join([head, *rows])


def misses_table(outcomes: Iterable[Outcome], most: int, names: Mapping[str, str]) -> str:
    """Return the cases whose truth is not first, or whose urgency is wrong, at most `most`."""
    lines = [_miss(o, names) for o in outcomes if _is_miss(o)]
    more = [f"… and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join(lines[:most] + more)


def _is_miss(outcome: Outcome) -> bool:
    named = bool(outcome.gold.diagnosis or outcome.gold.icd10)
    wrong_care = outcome.gold.care is not None and outcome.care != outcome.gold.care
    return bool(outcome.error) or (named and outcome.rank != 1) or wrong_care


def _miss(outcome: Outcome, names: Mapping[str, str]) -> str:
    gold = outcome.gold
    if outcome.error:
        return f"{gold.id:<16} error: {outcome.error}"
    parts = [f"{gold.id:<16}"]
    if gold.diagnosis or gold.icd10:
        place = str(outcome.rank) if outcome.rank else "-" if outcome.known else "unknown"
        parts.append(f"rank {place:<8} {(gold.diagnosis or gold.icd10)[0]}")
    if gold.care is not None and outcome.care is not None:
        said = f"{gold.care.name.lower()} → {outcome.care.name.lower()}"
        parts.append(f"{said} ({', '.join(outcome.reasons[:2])})")
    parts.append("| " + ", ".join(f"{names.get(c, c)} {p:.0%}" for c, p in outcome.top))
    return "  ".join(parts)
