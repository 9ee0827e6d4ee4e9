"""Figures of the modality gate: known pictures of known kinds, and foreign ones to refuse."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.evaluation.imaging_metrics import wilson
from assistant.imaging import TASKS, Gate
from assistant.imaging.looking import Looker, Refusal
from assistant.records.picture import Modality
from assistant.training.imaging.kinds import FOREIGN, Named

_JUDGED = frozenset(TASKS.values())  # kinds that a classifier reads
_UNKNOWN = {Refusal.BLANK, Refusal.NOT_MEDICAL, Refusal.FOREIGN, Refusal.FAILED}


@dataclass(frozen=True, slots=True)
class Sorted:
    """What the gate made of one picture of a set."""

    source: str
    kind: str  # the true one, or "foreign"
    said: Modality
    refused: bool  # as not known at all

    @property
    def right(self) -> bool:
        """Whether the kind is right, refused or not."""
        return self.said == self.kind

    @property
    def judged(self) -> bool:
        """Whether a classifier would be shown it."""
        return not self.refused and self.said in _JUDGED


def sort_all(
    gate: Gate, sets: Sequence[Named], progress: Callable[[int], None] = lambda done: None
) -> list[Sorted]:
    """Sort every readable picture, as the program does."""
    looker = Looker(lambda: gate, {})
    found = []
    for one in sets:
        for kind, picture in one.read():
            if picture is None:
                continue
            reading = looker.look(picture, heat=False).reading
            refused = reading.refused in _UNKNOWN
            found.append(Sorted(one.name, kind, reading.modality, refused))
            progress(len(found))
    return found


def figures_of(found: Sequence[Sorted]) -> dict[str, Any]:
    """Return accuracy in source, refusal of the foreign and false refusal, with 95 % intervals.

    `refusal`: foreign pictures that no classifier is shown, because they are refused or called a
    kind that none reads; `refused_as_foreign`: only those refused as unknown or not medical.
    `false_refusal`: known pictures of medical kinds that are refused.
    """
    known = [one for one in found if one.kind != FOREIGN]
    medical = [one for one in known if one.kind != Modality.NOT_MEDICAL]
    foreign = [one for one in found if one.kind == FOREIGN]
    line: dict[str, Any] = {"n": len(known), "n_foreign": len(foreign)}
    if known:
        line["accuracy"] = _share([one.right for one in known])
        line["false_refusal"] = _share([one.refused for one in medical])
    if foreign:
        line["refusal"] = _share([not one.judged for one in foreign])
        line["refused_as_foreign"] = _share([one.refused for one in foreign])
    by_kind: dict[str, list[Sorted]] = defaultdict(list)
    for one in found:
        by_kind[f"{one.source}:{one.kind}"].append(one)
    line["by_kind"] = {
        name: {
            "n": len(rows),
            "right": sum(one.right for one in rows),
            "refused": sum(one.refused for one in rows),
            "judged": sum(one.judged for one in rows),
            "said": dict(Counter(one.said.value for one in rows).most_common(4)),
        }
        for name, rows in sorted(by_kind.items())
    }
    return line


def _share(values: Sequence[bool]) -> list[float]:
    estimate = wilson(sum(values), len(values))
    return [estimate.value, estimate.low, estimate.high]
