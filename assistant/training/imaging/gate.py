"""Training of the modality gate, and the figures on its card: in source, across sources, foreign.

What is foreign is learnt from kinds that a gate did not know (each kind in turn), and from drawings
and spoilt pictures that it did not know either. No figure is of pictures that its gate learnt from,
and none of its border is set on the pictures that it is measured on.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.evaluation.imaging_metrics import wilson
from assistant.imaging import TASKS
from assistant.imaging.folding import folded
from assistant.imaging.gate import NAME, GateConfig, GateWeights, foreign_of, save_gate
from assistant.imaging.lite0 import pretrained
from assistant.records.picture import Modality
from assistant.training.imaging.gate_card import card
from assistant.training.imaging.gate_data import (
    CHANGED,
    PLAIN,
    SPOILT,
    Rows,
    Wanted,
    drawn_rows,
    rows_of,
)
from assistant.training.imaging.gate_fit import (
    Judged,
    border,
    fitted,
    folds_of,
    judged,
    layer,
    temperature,
    usual,
)
from assistant.training.imaging.kinds import FOREIGN, kinds
from assistant.training.manifest import update_manifest, write_json

Bits = NDArray[np.bool_]
_FOLDS = 3
_NOTHING = (Modality.NOT_MEDICAL.value, Modality.OTHER_MEDICAL.value)
_JUDGED = frozenset(kind.value for kind in TASKS.values())  # kinds that a classifier reads
_DOUBTFUL, _FOREIGN = 0.5, 0.5  # as the program refuses (`looking.py`)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTraining:
    """What a training of the gate needs."""

    data: tuple[str, ...]  # PATH, KIND=PATH or foreign=PATH (for the figures alone)
    models: Path
    data_dir: Path
    limit: int = 400  # pictures of each kind of each set
    drawn: int = 600  # drawings of what is not medical
    seed: int = 7
    threads: int = 2
    # shares of known held-out pictures that may be called foreign, by the kind that is said:
    most_refused: float = 0.015  # of a kind that a classifier reads
    most_chest_ct: float = 0.06  # other slices look like it; its model is a demonstration
    most_unread: float = 0.003  # of a kind that none reads: a wrong name does less

    def most(self, kind: str) -> float:
        """Return the share for one kind."""
        if kind == Modality.CHEST_CT:
            return self.most_chest_ct
        return self.most_refused if kind in _JUDGED else self.most_unread


@dataclass(frozen=True, slots=True)
class _Unknown:
    """What gates said of pictures of kinds that they did not know."""

    judged: Judged
    groups: NDArray[np.str_]  # the kind that was left out


def train_gate(config: GateTraining, progress: Callable[[int], None] = lambda done: None) -> Path:
    """Train the gate, write `knowledge/models/imaging-gate` and its figures; return the folder."""
    torch.set_num_threads(config.threads)
    begun = time.monotonic()
    known, foreign = _looked_at(config, progress)
    shape = GateConfig(version=time.strftime("%Y-%m-%d"), kinds=kinds(known.kinds.tolist()))
    folds = folds_of(known, _FOLDS)
    held = _held_out(known, folds, shape, config.seed)
    at = np.array([shape.kinds.index(kind) for kind in known.kinds])
    shape = replace(shape, temperature=round(temperature(held.scores, at), 4))
    unknown = _unknown(known, shape, config.seed)
    most = [config.most(kind) for kind in shape.kinds]
    judge = _judge(held, known, unknown, shape, most)
    weights = GateWeights(shape, {**fitted(known, shape.kinds, config.seed), **judge})
    folder = config.models / NAME
    save_gate(weights, folder)
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)
    metrics = {
        "date": shape.version,
        "n": int((known.states == PLAIN).sum()),
        "rows": {state: int((known.states == state).sum()) for state in (PLAIN, CHANGED, SPOILT)},
        "in_source": _in_source(known, folds, held, unknown, shape, most),
        "unknown": _unknown_figures(known, held, unknown, shape, most),
        "across_sources": _across(known, shape, judge, config.seed),
        "foreign": {name: _foreign(weights, part) for name, part in foreign.items()},
        "most_refused": config.most_refused,
        "most_chest_ct": config.most_chest_ct,
        "most_unread": config.most_unread,
        "limit": config.limit,
        "drawn": config.drawn,
        "seed": config.seed,
        "seconds": round(time.monotonic() - begun),
        "sets": [
            Path(text.rpartition("=")[2]).name
            for text in config.data
            if not text.startswith(f"{FOREIGN}=")
        ],
    }
    write_json(folder / "metrics.json", metrics)
    (folder / "README.md").write_text(card(metrics), encoding="utf-8")
    update_manifest(config.models, folder)
    return folder


def _looked_at(
    config: GateTraining, progress: Callable[[int], None]
) -> tuple[Rows, dict[str, Rows]]:
    """Return the rows of all known pictures, and of each foreign set."""
    network = folded(pretrained(config.data_dir))
    wanted = Wanted(
        limit=config.limit, drawn=config.drawn, seed=config.seed, data_dir=config.data_dir
    )
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        progress(done)

    known, foreign = [drawn_rows(wanted, network, told)], {}
    for text in config.data:
        rows = rows_of(text, wanted, network, told)
        if (rows.kinds == FOREIGN).all():
            foreign[str(rows.sources[0])] = rows
        else:
            known.append(rows)
    return Rows.joined(known), foreign


def _held_out(known: Rows, folds: NDArray[np.int64], shape: GateConfig, seed: int) -> Judged:
    """Return what gates say of the pictures that they did not know."""
    parts = [
        judged(known.part(folds != fold), known.part(folds == fold), shape, seed)
        for fold in range(_FOLDS)
    ]
    order = np.argsort(np.concatenate([np.flatnonzero(folds == at) for at in range(_FOLDS)]))
    return _some(_joined(parts), order)


def _unknown(known: Rows, shape: GateConfig, seed: int) -> _Unknown:
    """Return what gates say of kinds that they did not know; pictures of nothing count as one."""
    names = [kind for kind in shape.kinds if kind not in _NOTHING]
    groups: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = [
        ((name,), name, (PLAIN,)) for name in names
    ]
    groups.append((_NOTHING, "nothing known", (PLAIN, SPOILT)))
    parts, told = [], []
    for out_kinds, name, states in groups:
        out = known.of(out_kinds)  # with what was made of them
        asked = np.isin(known.kinds, out_kinds) & np.isin(known.states, states)
        parts.append(judged(known.part(~out), known.part(asked), shape, seed))
        told += [name] * int(asked.sum())
    return _Unknown(_joined(parts), np.array(told))


def _judge(
    held: Judged, known: Rows, unknown: _Unknown, shape: GateConfig, most: Sequence[float]
) -> dict[str, Tensor]:
    """Return the last layer, from known medical pictures and unknown ones."""
    said = np.array(shape.kinds)[held.said]
    medical = ~np.isin(known.kinds, _NOTHING)
    numbers = usual(held, said == known.kinds)
    inside = _some(held, np.flatnonzero(medical & (said == known.kinds)))
    numbers |= layer(numbers, inside, unknown.judged, unknown.groups)
    plain = _some(held, np.flatnonzero(medical & (known.states == PLAIN)))
    return numbers | border(numbers, plain, most)


def _refused(judge: dict[str, Tensor], one: Judged, said: NDArray[np.str_], warmth: float) -> Bits:
    """Return which pictures the program refuses as foreign, not medical, or of no sure kind."""
    far = foreign_of(judge, one.signals, one.said) >= _FOREIGN
    doubted = one.probability(warmth) < _DOUBTFUL
    return np.asarray(far | doubted | (said == Modality.NOT_MEDICAL.value))


def _in_source(
    known: Rows, folds: NDArray[np.int64], held: Judged, unknown: _Unknown,
    shape: GateConfig, most: Sequence[float],
) -> dict[str, Any]:  # fmt: skip
    """Return the figures of held-out pictures; the border of each fold is that of the others."""
    refused = np.zeros(len(folds), dtype=bool)
    said = np.array(shape.kinds)[held.said]
    for fold in range(_FOLDS):
        here, there = folds == fold, folds != fold
        other = _some(held, np.flatnonzero(there))
        judge = _judge(other, known.part(there), unknown, shape, most)
        own = _some(held, np.flatnonzero(here))
        refused[here] = _refused(judge, own, said[here], shape.temperature)
    medical = ~np.isin(known.kinds, _NOTHING)
    read, right = np.isin(known.kinds, list(_JUDGED)), said == known.kinds
    found = {}
    for state in (PLAIN, CHANGED):
        rows = known.states == state
        confused = (known.kinds == "chest_ct") & rows
        found[state] = {
            "accuracy": _share(right[rows]),
            "accuracy_medical": _share(right[rows & medical]),
            "false_refusal": _share(refused[rows & medical]),
            "false_refusal_read": _share(refused[rows & read]),
            "ct_called_xray": _share(said[confused] == "chest_xray"),
            "by_kind": {
                name: _row(known.kinds == name, rows, right, refused) for name in shape.kinds
            },
        }
    return found


def _row(kind: Bits, rows: Bits, right: Bits, refused: Bits) -> dict[str, Any]:
    own = kind & rows
    return {"n": int(own.sum()), "right": _share(right[own]), "refused": _share(refused[own])}


def _unknown_figures(
    known: Rows, held: Judged, unknown: _Unknown, shape: GateConfig, most: Sequence[float]
) -> dict[str, Any]:
    """Return, for each kind left out, what a gate and a border say that never saw it."""
    said = np.array(shape.kinds)[unknown.judged.said]
    rows, all_refused, all_spared = {}, [], []
    for name in np.unique(unknown.groups):
        own, rest = unknown.groups == name, unknown.groups != name
        others = _Unknown(_some(unknown.judged, np.flatnonzero(rest)), unknown.groups[rest])
        inside = known.kinds != name
        judge = _judge(_some(held, np.flatnonzero(inside)), known.part(inside), others, shape, most)
        asked = _some(unknown.judged, np.flatnonzero(own))
        refused = _refused(judge, asked, said[own], shape.temperature)
        spared = refused | ~np.isin(said[own], list(_JUDGED))
        most_said, counts = np.unique(said[own][~spared], return_counts=True)
        rows[str(name)] = {
            "n": int(own.sum()),
            "refused": _share(refused),
            "shown_to_no_model": _share(spared),
            "shown_as": {str(k): int(c) for k, c in zip(most_said, counts, strict=True)},
        }
        all_refused.append(refused)
        all_spared.append(spared)
    return {
        "by_kind": rows,
        "refused": _share(np.concatenate(all_refused)),
        "shown_to_no_model": _share(np.concatenate(all_spared)),
    }


def _across(
    known: Rows, shape: GateConfig, judge: dict[str, Tensor], seed: int
) -> list[dict[str, Any]]:
    """Return, for each kind of two sources, what a gate that knows one says of the other."""
    rows = []
    for kind in shape.kinds:
        sources = np.unique(known.sources[known.kinds == kind])
        for source in sources if len(sources) > 1 and kind not in _NOTHING else ():
            out = (known.kinds == kind) & (known.sources == source)
            asked = known.part(out & (known.states == PLAIN))
            made = known.of([kind]) & (known.sources == source)
            found = judged(known.part(~made), asked, shape, seed)
            said = np.array(shape.kinds)[found.said]
            refused = _refused(judge, found, said, shape.temperature)
            wrong = ~refused & (said != kind) & np.isin(said, list(_JUDGED))
            rows.append(
                {
                    "kind": kind,
                    "source": str(source),
                    "n": len(said),
                    "right": _share(said == kind),
                    "refused": _share(refused),
                    "wrong_model": _share(wrong),
                }
            )
    return rows


def _foreign(weights: GateWeights, part: Rows) -> dict[str, Any]:
    sorts = weights.sort(part.features)
    refused = np.array([
        s.foreign >= _FOREIGN or s.probability < _DOUBTFUL
        or s.modality is Modality.NOT_MEDICAL for s in sorts
    ])  # fmt: skip
    spared = refused | np.array([s.modality.value not in _JUDGED for s in sorts])
    return {"n": len(sorts), "refused": _share(refused), "shown_to_no_model": _share(spared)}


def _some(one: Judged, rows: NDArray[np.int64]) -> Judged:
    return Judged(one.scores[rows], one.signals[rows])


def _joined(parts: list[Judged]) -> Judged:
    return Judged(
        np.concatenate([p.scores for p in parts]), np.concatenate([p.signals for p in parts])
    )


def _share(values: Bits) -> list[float]:
    estimate = wilson(int(values.sum()), len(values))
    return [estimate.value, estimate.low, estimate.high]
