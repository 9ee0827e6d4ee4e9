"""What ships of a training: adapter, head, config.json, figures and card."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.errors import InvalidInputError
from assistant.evaluation.imaging_metrics import Figures, figures, wilson
from assistant.imaging.adapter import (
    ADAPTER,
    HEAD,
    load_adapter,
    load_attention,
    load_head,
    save_adapter,
    save_head,
)
from assistant.imaging.calibration import Calibration
from assistant.imaging.config import ModelConfig, write_config
from assistant.imaging.lite0 import base_weights
from assistant.imaging.locating import Locating
from assistant.imaging.tiny import NETWORKS
from assistant.records.picture import Verdict
from assistant.training.imaging.calibration import (
    Decision,
    cross_fitted,
    decided,
    fitted,
    label_configs,
    verdicts,
)
from assistant.training.imaging.card import LICENCE, card
from assistant.training.imaging.locating import Locating as LocatingNetwork
from assistant.training.imaging.locating import looked
from assistant.training.imaging.network import Network
from assistant.training.imaging.run import softmax
from assistant.training.imaging.training import FINAL, Prepared, Stage, new_network
from assistant.training.manifest import update_manifest, write_json

_INTERVALS = ("accuracy", "balanced_accuracy", "auc", "ece", "brier")
_SAMPLE = 256  # pictures on which what ships is compared with what was trained
_MISSES = 15


@dataclass(frozen=True, slots=True)
class Held:
    """Predictions for pictures that the network had not learnt from."""

    rows: NDArray[np.int64]
    folds: NDArray[np.int64]
    truth: NDArray[np.int64]
    logits: NDArray[np.float64]
    sure: NDArray[np.float64] | None = None  # of the place that was looked at
    hits: NDArray[np.bool_] | None = None  # whether that is inside the box


def held_out(prepared: Prepared, done: Mapping[str, Stage]) -> Held:
    """Return the held-out predictions of all finished folds; InvalidInputError for none."""
    parts = {n: stage.tensors for n, stage in done.items() if n != FINAL}
    if not parts:
        raise InvalidInputError("No fold is trained yet: thresholds need held-out pictures.")
    rows = np.concatenate([p["rows"].numpy() for p in parts.values()])
    folds = np.concatenate(
        [np.full(len(p["rows"]), int(n.removeprefix("fold-"))) for n, p in parts.items()]
    )
    logits = np.concatenate([p["logits"].numpy() for p in parts.values()])
    truth = prepared.examples.truth.numpy()[rows]
    if any("sure" not in p for p in parts.values()):
        return Held(rows, folds, truth, logits)
    sure = np.concatenate([p["sure"].double().numpy() for p in parts.values()])
    hits = np.concatenate([p["hits"].numpy() for p in parts.values()])
    least = _least(sure, logits.argmax(1) == truth)
    return Held(rows, folds, truth, logits * (sure >= least)[:, None], sure, hits)


def _least(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return how sure of the place it must be to say anything; 0 where it is right throughout.

    Below it, at most a tenth of the pictures, and fewer than half of them called rightly.
    """
    tried = np.quantile(sure, np.linspace(0.02, 0.1, 9))
    bad = [float(t) for t in tried if right[sure < t].size and right[sure < t].mean() < 0.5]
    return max(bad, default=0.0)


def calibration_settings(prepared: Prepared) -> dict[str, Any]:
    """Return the settings of the calibration, and which label is the one that is found."""
    task = prepared.task
    at = task.labels.index(task.positive) if task.positive else len(task.labels) - 1
    return {**prepared.options["calibration"], "positive": at}


def export(prepared: Prepared, done: Mapping[str, Stage], models: Path, data_dir: Path) -> Path:
    """Write the model's folder and its line in the manifest; return the folder."""
    task, options = prepared.task, prepared.options
    held = held_out(prepared, done)
    settings = calibration_settings(prepared)
    probabilities, chosen = cross_fitted(held.logits, held.truth, held.folds, settings)
    found = figures(probabilities, held.truth, task.labels, chosen)
    scaling = fitted(held.logits, held.truth, settings)
    decision = decided(scaling.probabilities(held.logits), held.truth, settings)
    folder = models / ("noncommercial" if task.noncommercial else "") / f"imaging-{task.id}"
    folder.mkdir(parents=True, exist_ok=True)
    network = new_network(prepared, data_dir)
    network.load_state_dict(done[FINAL].tensors)
    _write_weights(network, options, folder, data_dir)
    config = ModelConfig(
        task=task.id,
        modality=task.modality,
        version=time.strftime("%Y-%m-%d"),
        labels=label_configs(probabilities, held.truth, task.labels, decision, settings),
        network=options["network"],
        size=options["resolution"],
        fit=options["fit"],
        grey=options["grey"],
        normalise=options["normalise"],
        mirror=options["mirror"],
        locate=_locating(options, held),
        temperature=round(scaling.temperature, 6),
        shift=scaling.shift,
        trained_on={"data": task.source, "seed": str(options["seed"])},
    )
    write_config(config, folder)
    metrics = {
        "task": task.id,
        "date": time.strftime("%Y-%m-%d"),
        "checks": prepared.checks,
        **_figures(prepared, held, found),
        "verdicts": _verdicts(config, probabilities, held),
        "decision": dict(zip(task.labels, decision.divisors, strict=True)),
        "shipped_against_trained": _compared(
            prepared, network, folder, data_dir, scaling, decision
        ),
        "misses": _misses(prepared, held, probabilities, chosen),
        "curves": {name: stage.told["curve"] for name, stage in done.items()},
        "seconds": {name: stage.told["seconds"] for name, stage in done.items()},
        "settings": options,
    }
    write_json(folder / "metrics.json", metrics)
    (folder / "README.md").write_text(card(task, config, metrics), encoding="utf-8")
    if task.noncommercial:
        (folder / "LICENSE").write_text(LICENCE[task.id], encoding="utf-8")
    update_manifest(models, folder)
    return folder


def _locating(options: Mapping[str, Any], held: Held) -> Locating | None:
    """Return how the place is found, as serving does it."""
    place = options.get("locate", {})
    if held.sure is None or not place.get("use"):
        return None
    silent = held.sure[(held.logits == 0).all(1)]
    return Locating(
        whole=place["whole"],
        resolution=place["resolution"],
        times=place["times"],
        least=float(np.nextafter(silent.max(), 1)) if len(silent) else 0.0,
    )


def _write_weights(
    network: Network, options: Mapping[str, Any], folder: Path, data_dir: Path
) -> None:
    base = base_weights(data_dir) if options["network"] == "lite0" else None
    locate = network.locate if isinstance(network, LocatingNetwork) else None
    save_adapter(network.trunk, base, folder / ADAPTER)
    save_head(network.head, folder / HEAD, network.attention, locate)
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)  # safetensors writes for the owner alone


def _figures(prepared: Prepared, held: Held, found: Figures) -> dict[str, Any]:
    """Return all figures over the held-out pictures, of all folds and of each."""
    groups = [prepared.sides.groups[row] for row in held.rows]
    labels = prepared.task.labels
    by_fold = {str(fold): _row(found, held.folds == fold, labels) for fold in np.unique(held.folds)}
    sources = np.array(prepared.sources)[held.rows]
    by_source = {
        str(source): _row(found, sources == source, labels) for source in np.unique(sources)
    }
    intervals = {name: _told(found.interval(name, groups)) for name in _INTERVALS}
    by_label = {
        label: {
            "n": int((held.truth == at).sum()),
            "sensitivity": _told(found.sensitivity(at)),
            "specificity": _told(found.specificity(at)),
        }
        for at, label in enumerate(labels)
    }
    return {
        "n": len(held.truth),
        "figures": intervals,
        "ece_before": round(
            figures(softmax(held.logits), held.truth, labels).value("ece"), 4
        ),
        "place_found": None if held.hits is None else _told(
            wilson(int(held.hits.sum()), len(held.hits))
        ),
        "by_fold": by_fold,
        "by_source": by_source,
        "by_label": by_label,
        "confusion": found.confusion().tolist(),
    }  # fmt: skip


def _row(found: Figures, own: NDArray[np.bool_], labels: tuple[str, ...]) -> dict[str, float]:
    """Return the main figures of a part of the pictures."""
    one = figures(found.probabilities[own], found.truth[own], labels, found.chosen[own])
    names = ("accuracy", "balanced_accuracy", "auc")
    return {"n": int(own.sum())} | {name: round(one.value(name), 4) for name in names}


def _told(estimate: Any) -> list[float]:
    return [estimate.value, estimate.low, estimate.high]


def _verdicts(
    config: ModelConfig, probabilities: NDArray[np.float64], held: Held
) -> dict[str, Any]:
    """Return how often no label is called likely, and how right the likely ones are."""
    said = np.array([
        [v == Verdict.LIKELY for v in verdicts(probabilities[:, at], *label.band)]
        for at, label in enumerate(config.labels)
    ]).T  # fmt: skip
    sure = np.asarray(said.any(1), dtype=np.bool_)
    best = np.where(said, probabilities, -1).argmax(1)
    right = np.equal(best[sure], held.truth[sure])
    return {
        "abstained": _told(wilson(int((~sure).sum()), len(sure))),
        "accuracy_of_the_rest": _told(wilson(int(right.sum()), len(right))),
    }


def _compared(
    prepared: Prepared, network: Network, folder: Path, data_dir: Path,
    scaling: Calibration, decision: Decision,
) -> dict[str, Any]:  # fmt: skip
    """Return how far the 8-bit weights that ship move the probabilities of the trained ones."""
    options = prepared.options
    trunk = NETWORKS[options["network"]]()
    base = base_weights(data_dir) if options["network"] == "lite0" else None
    load_adapter(trunk, base, folder / ADAPTER)
    rows = np.flatnonzero(prepared.sides.folds >= 0)
    rows = rows[:: max(1, len(rows) // _SAMPLE)]
    trained = scaling.probabilities(_logits(network, prepared, rows))
    ours = network.trunk, network.head, network.attention
    network.trunk, network.head = trunk, load_head(folder / HEAD)
    network.attention = load_attention(folder / HEAD)
    ships = scaling.probabilities(_logits(network, prepared, rows))
    network.trunk, network.head, network.attention = ours
    return {
        "n": len(rows),
        "mean_difference": round(float(np.abs(trained - ships).mean()), 5),
        "largest_difference": round(float(np.abs(trained - ships).max()), 5),
        "other_decisions": int((decision(trained) != decision(ships)).sum()),
    }


def _logits(network: Network, prepared: Prepared, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return logits in 32 bits."""
    network.eval()
    parts = []
    with torch.inference_mode():
        for at in range(0, len(rows), 32):
            pictures = prepared.examples.pictures[rows[at : at + 32].tolist()]
            x = pictures.float() / 255
            if isinstance(network, LocatingNetwork):
                parts.append(looked(network, x, prepared.options)[0])
            else:
                parts.append(network(x))
    return torch.cat(parts).double().numpy()


def _misses(
    prepared: Prepared, held: Held, probabilities: NDArray[np.float64], chosen: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Return the wrong answers that it was surest of: names of files, never the pictures."""
    labels = prepared.task.labels
    wrong = np.flatnonzero(chosen != held.truth)
    sure = probabilities[wrong, chosen[wrong]]
    return [
        {
            "file": prepared.items[int(held.rows[at])].name,
            "true": labels[held.truth[at]],
            "said": labels[chosen[at]],
            "probability": round(float(probabilities[at, chosen[at]]), 3),
        }
        for at in wrong[np.argsort(-sure)][:_MISSES]
    ]
