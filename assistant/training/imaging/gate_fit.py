"""Fitting the numbers of the gate on features: kinds, distances, and what counts as foreign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from assistant.imaging.gate import GRAIN, SIGNALS, GateConfig, GateWeights
from assistant.training.imaging.gate_data import SPOILT, Rows

Signals = NDArray[np.float64]  # as `SIGNALS` names them, shape (pictures, signals)
_DIRECTIONS = 192  # of the features, kept by the whitening
# … and drawn by lot first. In the main directions of all 1504 known pictures vary and foreign ones
# do as well; those in which only foreign ones vary are in every lot.
_LOT = 512
_SHRINK = 0.1  # of the spread of each direction, towards the mean one
_PENALTY = 3e-4  # of the squared weights
_BANK = 400  # known pictures kept of each source and kind
_ROUNDS = 80
_FEWEST = 20  # pictures of a kind whose own usual distances are trusted


@dataclass(frozen=True, slots=True)
class Judged:
    """What a gate made of pictures that it had not learnt from."""

    scores: NDArray[np.float64]  # by column of the kinds; of a kind that it does not know: -inf
    signals: Signals

    @property
    def said(self) -> NDArray[np.int64]:
        """The column of the first kind."""
        return np.asarray(self.scores.argmax(1))

    def probability(self, temperature: float) -> NDArray[np.float64]:
        """Return the probability of the first kind."""
        scores = torch.from_numpy(self.scores) / temperature
        return np.asarray(scores.softmax(1).amax(1).numpy())


def fitted(known: Rows, kinds: tuple[str, ...], seed: int) -> dict[str, Tensor]:
    """Return the numbers of a gate on `known`, without those that judge what is foreign."""
    x = torch.from_numpy(known.features)
    names = [kind for kind in kinds if (known.kinds == kind).any()]
    y = torch.from_numpy(np.array([names.index(kind) for kind in known.kinds]))
    kept = torch.from_numpy(_bank_rows(known, seed))
    mean, whitening, centres = _whitened(x[:, :-GRAIN], y, len(names), seed)
    places = (x[:, :-GRAIN] - mean) @ whitening.T
    grain_mean, grain_whitening, _ = _whitened(x[:, -GRAIN:], y, len(names), seed)
    grains = (x[kept, -GRAIN:] - grain_mean) @ grain_whitening.T
    weight, bias = _logistic(places, y, len(names), known)
    return {
        "weight": weight @ whitening,
        "bias": bias - weight @ (whitening @ mean),
        "mean": mean,
        "whitening": whitening,
        "centres": centres,
        "bank": F.normalize(places[kept]),
        "bank_kind": y[kept].float(),
        "grain_mean": grain_mean,
        "grain_whitening": grain_whitening,
        "grain_bank": F.normalize(grains),
        "signal_mean": torch.zeros(len(names), len(SIGNALS)),
        "signal_scale": torch.ones(len(names), len(SIGNALS)),
        "foreign_weight": torch.zeros(len(SIGNALS)),
        "foreign_bias": torch.zeros(len(names)),
    }


def _whitened(x: Tensor, y: Tensor, kinds: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mean, the whitening and the whitened centres of the kinds.

    The whitening is of the spread inside the kinds (Lee et al. 2018), on its main directions among
    some that are drawn by lot.
    """
    mean = x.mean(0)
    centres = torch.stack([x[y == at].mean(0) for at in range(kinds)])
    inside, lot = x - centres[y], torch.eye(x.shape[1])
    if x.shape[1] > _LOT:
        dice = torch.Generator().manual_seed(seed)
        lot = torch.linalg.qr(torch.randn(x.shape[1], _LOT, generator=dice))[0]
    drawn = inside @ lot
    variance, directions = torch.linalg.eigh(drawn.T @ drawn / len(drawn))
    variance = variance[-_DIRECTIONS:].clamp(min=0)
    variance = variance * (1 - _SHRINK) + variance.mean() * _SHRINK
    whitening = (lot @ directions[:, -_DIRECTIONS:]).T / variance.sqrt()[:, None]
    return mean, whitening, (centres - mean) @ whitening.T


def _logistic(places: Tensor, y: Tensor, kinds: int, known: Rows) -> tuple[Tensor, Tensor]:
    """Return weights and biases of a multinomial logistic regression.

    Each kind counts the same, and within a kind each source.
    """
    scale = places.std()
    x = places / scale
    pairs = np.char.add(np.char.add(known.kinds.astype(str), "|"), known.sources.astype(str))
    _, at, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    w = torch.from_numpy(1.0 / counts[at]).float()
    for kind in range(kinds):
        w[y == kind] /= w[y == kind].sum()
    weight = torch.zeros(kinds, x.shape[1], requires_grad=True)
    bias = torch.zeros(kinds, requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        values = F.cross_entropy(x @ weight.T + bias, y, reduction="none")
        value = (values * w).sum() / w.sum() + _PENALTY * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    return weight.detach() / scale, bias.detach()


def _bank_rows(known: Rows, seed: int) -> NDArray[np.int64]:
    """Return some pictures of each source and kind; none that were spoilt."""
    dice, rows = np.random.default_rng(seed), []
    for kind in np.unique(known.kinds):
        for source in np.unique(known.sources[known.kinds == kind]):
            own = (known.kinds == kind) & (known.sources == source) & (known.states != SPOILT)
            rows.append(dice.permutation(np.flatnonzero(own))[:_BANK])
    return np.sort(np.concatenate(rows))


def judged(learnt: Rows, asked: Rows, config: GateConfig, seed: int) -> Judged:
    """Return what a gate that learnt from some rows says of others."""
    held = fitted(learnt, config.kinds, seed)
    kinds = tuple(kind for kind in config.kinds if (learnt.kinds == kind).any())
    weights = GateWeights(replace(config, kinds=kinds), held)
    scores = np.full((len(asked.kinds), len(config.kinds)), -np.inf)
    scores[:, [config.kinds.index(kind) for kind in kinds]] = weights.scores(asked.features)
    return Judged(scores, weights.signals(asked.features))


def usual(known: Judged, right: NDArray[np.bool_]) -> dict[str, Tensor]:
    """Return middle and spread of the signals of each kind, of pictures rightly called so."""
    kinds = known.scores.shape[1]
    rows = [known.signals[right & (known.said == at)] for at in range(kinds)]
    rows = [own if len(own) >= _FEWEST else known.signals for own in rows]
    middle, scale = (np.stack([f(own, 0) for own in rows]) for f in (np.mean, np.std))
    return {
        "signal_mean": torch.from_numpy(middle).float(),
        "signal_scale": torch.from_numpy(np.maximum(scale, 1e-6)).float(),
    }


def layer(
    held: Mapping[str, Tensor], known: Judged, foreign: Judged, groups: NDArray[np.str_]
) -> dict[str, Tensor]:
    """Return the weights over the signals; none is negative, and each of `groups` counts alike.

    `held` has what is usual; `groups` says of what kind each foreign picture is.
    """
    parts = [_unusual(held, one) for one in (known, foreign)]
    x = torch.cat(parts).clamp(-8, 30)
    y = torch.cat([torch.zeros(len(parts[0])), torch.ones(len(parts[1]))])
    _, at, counts = np.unique(groups, return_inverse=True, return_counts=True)
    own = torch.from_numpy(1.0 / counts[at] / len(counts)).float()
    w = torch.cat([torch.full((len(parts[0]),), 1 / len(parts[0])), own])
    raw = torch.zeros(x.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    search = torch.optim.LBFGS([raw, bias], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        weight = F.softplus(raw)
        values = F.binary_cross_entropy_with_logits(x @ weight + bias, y, reduction="none")
        value = (values * w).sum() / 2 + 1e-3 * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    search.step(loss)  # type: ignore[no-untyped-call]
    return {"foreign_weight": F.softplus(raw).detach()}


def border(held: Mapping[str, Tensor], known: Judged, most: Sequence[float]) -> dict[str, Tensor]:
    """Return the biases: of known pictures that are called a kind, a share of `most` is refused.

    `most` has a share for each column of the kinds. A kind that few are called has the border that
    refuses its share of all.
    """
    values = (_unusual(held, known) @ held["foreign_weight"]).numpy()
    edges = []
    for at, share in enumerate(most):
        own = values[known.said == at]
        edges.append(np.quantile(own if len(own) >= _FEWEST else values, 1 - share))
    return {"foreign_bias": torch.tensor(edges).float().neg() - 1e-4}


def _unusual(held: Mapping[str, Tensor], one: Judged) -> Tensor:
    at = torch.from_numpy(one.said)
    signals = torch.from_numpy(one.signals).float()
    return (signals - held["signal_mean"][at]) / held["signal_scale"][at]


def temperature(scores: NDArray[np.float64], kinds: NDArray[np.int64]) -> float:
    """Return the temperature of least log loss on held-out pictures."""
    tried = np.exp(np.linspace(-2, 3, 101))
    x, y = torch.from_numpy(scores), torch.from_numpy(kinds)
    losses = [float(F.cross_entropy(x / t, y)) for t in tried]
    return float(tried[int(np.argmin(losses))])


def folds_of(known: Rows, count: int) -> NDArray[np.int64]:
    """Return a fold for each row: runs of neighbouring files, for those may be of one person.

    All that was made of a picture is in its fold.
    """
    folds = np.zeros(len(known.kinds), dtype=np.int64)
    spoilt = known.states == SPOILT
    for source in np.unique(known.sources):
        here = known.sources == source
        for kind in np.unique(known.kinds[here & ~spoilt]):
            own = here & (known.kinds == kind) & ~spoilt
            _, place = np.unique(known.origins[own], return_inverse=True)
            folds[own] = place * count // (place.max() + 1)
        fold = dict(zip(known.origins[here & ~spoilt].tolist(), folds[here & ~spoilt], strict=True))
        made = here & spoilt
        folds[made] = [fold[origin] for origin in known.origins[made].tolist()]
    return folds
