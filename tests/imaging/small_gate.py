"""A small gate for tests, from a few features (`anamnesis train gate` makes the real one).

A part is held out for the distances, the temperature and the border of the foreign: a picture that
the gate has learned lies at distance 0 of itself.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from assistant.imaging.calibration import fit
from assistant.imaging.gate import GRAIN, SIGNALS, Features, GateConfig, GateWeights

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """How the gate is fitted."""

    bank: int = 900  # known pictures that are kept as features, the same number of each kind
    directions: int = 64  # principal directions in which Mahalanobis distances are taken
    strength: float = 30.0  # inverse of the regularisation of the kinds
    held_out: float = 0.3  # share of the known pictures
    false_refusal: float = 0.02  # share of held-out known pictures that may be called foreign
    shrinkage: float = 0.1  # of the covariance within a kind, towards a round one
    seed: int = 0


def fit_gate(
    features: Features,
    kinds: Rows,
    foreign: Features,
    config: GateConfig,
    options: GateOptions | None = None,
    *,
    held_out: NDArray[np.bool_] | None = None,
) -> GateWeights:
    """Return a gate that knows `features`, and has seen that `foreign` is something else.

    `kinds` are columns of `config.kinds`, shape (pictures,); every kind needs at least two
    pictures. `held_out` says which pictures are held out, where pictures of one source must stay
    together; else they are drawn by the seed.
    """
    chosen = options or GateOptions()
    dice = np.random.default_rng(chosen.seed)
    held = _drawn(kinds, chosen.held_out, dice) if held_out is None else held_out
    seen = ~held
    if set(kinds[seen]) != set(range(len(config.kinds))) or not len(foreign) or not held.any():
        raise ValueError("every kind needs pictures, and so do the held-out and the foreign ones")
    kind, grain = features[seen, :-GRAIN], features[seen, -GRAIN:]
    kept = _bank(kinds[seen], chosen.bank, dice)
    numbers = _kinds(kind, kinds[seen], chosen)
    numbers |= _places(kind, kinds[seen], len(config.kinds), chosen)
    numbers["bank"] = _near(numbers, kind[kept])
    grains = _places(grain, kinds[seen], len(config.kinds), chosen)
    numbers |= {"grain_mean": grains["mean"], "grain_whitening": grains["whitening"]}
    numbers |= {"grain_bank": _near(grains, grain[kept]), "bank_kind": _tensor(kinds[seen][kept])}
    numbers |= _blank(len(config.kinds))
    gate = GateWeights(config, numbers)
    border = _border(gate.signals(features[held]), gate.signals(foreign), chosen)
    for name in ("signal_mean", "signal_scale"):  # alike for all kinds: there are few pictures
        border[name] = border[name].repeat(len(config.kinds), 1)
    border["foreign_bias"] = border["foreign_bias"].repeat(len(config.kinds))
    numbers |= border
    found = fit(gate.scores(features[held]), kinds[held])
    return GateWeights(replace(config, temperature=found.temperature), numbers)


def _near(numbers: dict[str, Tensor], kept: Features) -> Tensor:
    """Return unit places of known pictures, in 16 bits."""
    places = (torch.from_numpy(kept) - numbers["mean"]) @ numbers["whitening"].T
    return torch.nn.functional.normalize(places).half()


def _drawn(kinds: Rows, share: float, dice: np.random.Generator) -> NDArray[np.bool_]:
    """Return which pictures are held out: of each kind its share, one at least."""
    held = np.zeros(len(kinds), dtype=bool)
    for kind in np.unique(kinds):
        rows = dice.permutation(np.flatnonzero(kinds == kind))
        held[rows[: max(1, round(share * len(rows)))]] = True
    return held


def _kinds(features: Features, kinds: Rows, options: GateOptions) -> dict[str, Tensor]:
    """Return the logistic regression over the kinds, each of them counting alike."""
    model = LogisticRegression(C=options.strength, max_iter=2000, class_weight="balanced")
    model.fit(features, kinds)
    weight, bias = model.coef_, model.intercept_
    if len(weight) == 1:  # of two kinds only the second is given
        weight, bias = np.vstack([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return {"weight": _tensor(weight), "bias": _tensor(bias)}


def _places(features: Features, kinds: Rows, count: int, options: GateOptions) -> dict[str, Tensor]:
    """Return what turns features into places whose distances are Mahalanobis distances."""
    mean = features.mean(axis=0)
    centred = (features - mean).astype(np.float64)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[: options.directions]
    placed = centred @ axes.T
    centres = np.stack([placed[kinds == kind].mean(axis=0) for kind in range(count)])
    within = placed - centres[kinds]
    covariance = within.T @ within / len(within)
    level = np.trace(covariance) / len(covariance)
    covariance = (1 - options.shrinkage) * covariance
    covariance += options.shrinkage * level * np.eye(len(covariance))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    return {
        "mean": _tensor(mean),
        "whitening": _tensor(whitening @ axes),
        "centres": _tensor(centres @ whitening.T),
    }


def _bank(kinds: Rows, most: int, dice: np.random.Generator) -> Rows:
    """Return rows to keep, as many of each kind as there is room for."""
    each = max(1, most // len(np.unique(kinds)))
    kept = [dice.permutation(np.flatnonzero(kinds == k))[:each] for k in np.unique(kinds)]
    return np.sort(np.concatenate(kept))


def _blank(kinds: int) -> dict[str, Tensor]:
    """Return the last layer before it is known."""
    return {
        "signal_mean": torch.zeros(kinds, len(SIGNALS)),
        "signal_scale": torch.ones(kinds, len(SIGNALS)),
        "foreign_weight": torch.zeros(len(SIGNALS)),
        "foreign_bias": torch.zeros(kinds),
    }


def _border(
    known: NDArray[np.float64], foreign: NDArray[np.float64], options: GateOptions
) -> dict[str, Tensor]:
    """Return the layer over the distances; no weight is negative: far is never a good sign."""
    mean, scale = known.mean(axis=0), known.std(axis=0) + 1e-6
    # Clipped as in the real training: one signal that is a hundred times as far is not all.
    signals = np.clip((np.vstack([known, foreign]) - mean) / scale, -8, 30)
    truth = np.repeat([0, 1], [len(known), len(foreign)])
    model = LogisticRegression(C=1.0, max_iter=2000, class_weight="balanced").fit(signals, truth)
    weight = np.clip(model.coef_[0], 1e-3, None)
    scores = (known - mean) / scale @ weight
    border = np.quantile(scores, 1 - options.false_refusal)
    # So few are held out that the next picture may lie a little further: towards the foreign ones.
    far = float(np.median(signals[len(known) :] @ weight))
    border = border + 0.2 * max(0.0, far - border)
    return {
        "signal_mean": _tensor(mean),
        "signal_scale": _tensor(scale),
        "foreign_weight": _tensor(weight),
        "foreign_bias": _tensor(np.array([-border - 1e-3])),
    }


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
