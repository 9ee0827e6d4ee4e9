"""Fitting the numbers of the gate on features: kinds, distances, and what counts as foreign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from assistant.imaging.gate import SIGNALS, GateConfig, GateWeights

Features = NDArray[np.float32]
_DIRECTIONS = 192  # of the features, kept by the whitening
_SHRINK = 0.1  # of the spread of each direction, towards the mean one
_PENALTY = 3e-4  # of the squared weights
_BANK = 90  # known pictures kept of each source and kind
_ROUNDS = 120


@dataclass(frozen=True, slots=True)
class Known:
    """Features of pictures with their kinds and sources."""

    features: Features
    kinds: NDArray[np.str_]
    sources: NDArray[np.str_]

    def part(self, rows: NDArray[np.bool_]) -> "Known":
        """Return some of them."""
        return Known(self.features[rows], self.kinds[rows], self.sources[rows])


def fitted(known: Known, config: GateConfig, seed: int) -> dict[str, Tensor]:
    """Return the numbers of a gate on `known`, without those that judge what is foreign.

    The whitening is of the spread inside the kinds (Lee et al. 2018), on its main directions.
    """
    x = torch.from_numpy(known.features).double()
    names = [kind for kind in config.kinds if (known.kinds == kind).any()]
    y = torch.from_numpy(np.array([names.index(kind) for kind in known.kinds]))
    mean = x.mean(0)
    centres = torch.stack([x[y == at].mean(0) for at in range(len(names))])
    inside = x - centres[y]
    _, spread, directions = torch.linalg.svd(_few(inside, seed), full_matrices=False)
    count = min(_DIRECTIONS, len(spread))
    variance = spread[:count].square() / len(_few(inside, seed))
    variance = variance * (1 - _SHRINK) + variance.mean() * _SHRINK
    whitening = directions[:count] / variance.sqrt()[:, None]
    places = (x - mean) @ whitening.T
    weight, bias = _logistic(places, y, len(names), known)
    return {
        "weight": (weight @ whitening).float(),
        "bias": (bias - weight @ (whitening @ mean)).float(),
        "mean": mean.float(),
        "whitening": whitening.float(),
        "centres": ((centres - mean) @ whitening.T).float(),
        "bank": torch.from_numpy(known.features[_bank_rows(known, seed)]),
        "signal_mean": torch.zeros(len(SIGNALS)),
        "signal_scale": torch.ones(len(SIGNALS)),
        "foreign_weight": torch.zeros(len(SIGNALS)),
        "foreign_bias": torch.zeros(1),
    }


def _few(x: Tensor, seed: int) -> Tensor:
    """Return at most 4000 rows, enough for the spread."""
    if len(x) <= 4000:
        return x
    return x[torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:4000]]


def _logistic(places: Tensor, y: Tensor, kinds: int, known: Known) -> tuple[Tensor, Tensor]:
    """Return weights and biases of a multinomial logistic regression; sources weigh alike.

    Each kind counts the same, and within a kind each source.
    """
    scale = places.std()
    x = places / scale
    pairs = np.char.add(np.char.add(known.kinds.astype(str), "|"), known.sources.astype(str))
    _, at, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    w = torch.from_numpy(1.0 / counts[at])
    for kind in range(kinds):
        w[y == kind] /= w[y == kind].sum()
    weight = torch.zeros(kinds, x.shape[1], dtype=torch.double, requires_grad=True)
    bias = torch.zeros(kinds, dtype=torch.double, requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        values = F.cross_entropy(x @ weight.T + bias, y, reduction="none")
        value = (values * w).sum() / w.sum() + _PENALTY * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    return weight.detach() / scale, bias.detach()


def _bank_rows(known: Known, seed: int) -> NDArray[np.int64]:
    """Return some pictures of each source and kind."""
    dice, rows = np.random.default_rng(seed), []
    for kind in np.unique(known.kinds):
        for source in np.unique(known.sources[known.kinds == kind]):
            own = np.flatnonzero((known.kinds == kind) & (known.sources == source))
            rows.append(dice.permutation(own)[:_BANK])
    return np.sort(np.concatenate(rows))


def with_foreign(
    held: Mapping[str, Tensor], known: Features, foreign: Features, most: float
) -> dict[str, Tensor]:
    """Return the numbers with a logistic layer over the distances, and its bias.

    `known` and `foreign` are signals, shape (n, 3). At 0.5 a share of `most` of the known, or less,
    is refused.
    """
    both = torch.from_numpy(np.concatenate([known, foreign])).double()
    middle, scale = both.mean(0), both.std(0).clamp(min=1e-6)
    x = (both - middle) / scale
    y = torch.cat([torch.zeros(len(known)), torch.ones(len(foreign))]).double()
    w = torch.where(y > 0, 1 / max(1, len(foreign)), 1 / len(known))
    weight = torch.zeros(x.shape[1], dtype=torch.double, requires_grad=True)
    bias = torch.zeros(1, dtype=torch.double, requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        values = F.binary_cross_entropy_with_logits(x @ weight + bias, y, reduction="none")
        value = (values * w).sum() / 2 + 1e-3 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    scores = (x[: len(known)] @ weight).detach()
    edge = torch.quantile(scores, 1 - most)
    return {
        **held,
        "signal_mean": middle.float(),
        "signal_scale": scale.float(),
        "foreign_weight": weight.detach().float(),
        "foreign_bias": -edge.float().reshape(1),
    }


def temperature(scores: NDArray[np.float64], kinds: NDArray[np.int64]) -> float:
    """Return the temperature of least log loss on held-out pictures."""
    tried = np.exp(np.linspace(-2, 3, 101))
    x, y = torch.from_numpy(scores), torch.from_numpy(kinds)
    losses = [float(F.cross_entropy(x / t, y)) for t in tried]
    return float(tried[int(np.argmin(losses))])


def gate(held: Mapping[str, Tensor], config: GateConfig, known: Known) -> GateWeights:
    """Return a gate of the kinds that `known` has."""
    kinds = tuple(kind for kind in config.kinds if (known.kinds == kind).any())
    changed = GateConfig(
        version=config.version, kinds=kinds, small=config.small, size=config.size,
        temperature=config.temperature, neighbours=config.neighbours,
    )  # fmt: skip
    return GateWeights(changed, held)


def folds_of(known: Known, count: int) -> NDArray[np.int64]:
    """Return a fold for each picture: runs of neighbours, for those may be of one person."""
    folds = np.zeros(len(known.kinds), dtype=np.int64)
    for pair in sorted(set(zip(known.kinds.tolist(), known.sources.tolist(), strict=True))):
        own = np.flatnonzero((known.kinds == pair[0]) & (known.sources == pair[1]))
        folds[own] = np.arange(len(own)) * count // len(own)
    return folds


def said(weights: GateWeights, features: Features) -> tuple[Sequence[str], NDArray[np.float64]]:
    """Return the kind of each picture, and how foreign it is."""
    sorts = weights.sort(features)
    return [one.modality.value for one in sorts], np.array([one.foreign for one in sorts])
