"""The modality gate: what kind of picture it is, and how unlike every kind it knows.

Features come from the frozen backbone, of a picture that was squeezed through one small size first:
the sets it learned from differ in resolution, and a gate that sees it would learn the sets.

- Which kind: multinomial logistic regression on unit features, its scores divided by a temperature.
- How foreign: a logistic layer over four signals that fail in different ways: Mahalanobis to the
  nearest kind (Lee et al., 2018), the energy of the scores (Liu et al., 2020), and cosine distance
  to the nearest known pictures of the kind that is said (Sun et al., 2022), in what the kinds are
  told apart by and in the grain of early maps. Each is measured against what is usual in that kind,
  and each kind has a border of its own: skin varies more than hands. At 0.5 and above the picture
  is refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from assistant.errors import ModelFileError
from assistant.imaging.lite0 import pretrained
from assistant.imaging.preparing import coarse, tensor
from assistant.imaging.running import running
from assistant.imaging.served import Served
from assistant.models import locate
from assistant.records.picture import Modality, Picture, Pixels
from assistant.settings import Settings

NAME, WEIGHTS, CONFIG = "imaging-gate", "gate.safetensors", "config.json"
SIGNALS = ("mahalanobis", "neighbours", "grain", "energy")
Features = NDArray[np.float32]  # shape (pictures, features): two unit vectors, one after the other
GRAIN = 336  # so many of the features are of early maps: the second vector
# name in the file -> what its first and second side count
_SHAPES = {
    "weight": ("kinds", "features"),
    "bias": ("kinds",),
    "mean": ("features",),  # of the features, before …
    "whitening": ("directions", "features"),  # … this makes each direction spread by 1 in a kind
    "centres": ("kinds", "directions"),
    "bank": ("known", "directions"),  # unit places of known pictures, in 16 bits
    "bank_kind": ("known",),  # the column of the kind of each
    "grain_mean": ("grain",),  # the same of the features of early maps
    "grain_whitening": ("grains", "grain"),
    "grain_bank": ("known", "grains"),
    "signal_mean": ("kinds", "signals"),  # what is usual in the kind that is said
    "signal_scale": ("kinds", "signals"),
    "foreign_weight": ("signals",),
    "foreign_bias": ("kinds",),  # the border of the kind that is said
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """`config.json` of the gate."""

    version: str
    kinds: tuple[str, ...]  # ids of `Modality`, in the order of the scores
    small: int = 64  # every picture is squeezed through so many pixels a side …
    size: int = 128  # … and shown to the network at this size
    temperature: float = 1.0
    neighbours: int = 3  # the distance to this nearest known picture counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What the gate thinks of one picture."""

    modality: Modality
    probability: float
    foreign: float


class Levels(Protocol):
    """The frozen backbone, in torch or as it is served."""

    def levels(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the maps of the blocks `EARLY` and of `MIDDLE`, and the last ones."""


def gate_features(network: Levels, pictures: Sequence[Pixels], config: GateConfig) -> Features:
    """Return features of pictures, shape (pictures, features); `network` is frozen.

    First a unit vector by which kinds are told apart: half of its length is of the last maps, which
    tell things apart, half of the mean and spread of those in the middle. Then a unit vector of
    `GRAIN` numbers, the mean and spread of early maps.
    """
    squares = [coarse(pixels, config.small, config.size) for pixels in pictures]
    with torch.inference_mode():
        (*early, middle), last = network.levels(tensor(squares))
        kind = _joined([last.mean((2, 3)), _spread(middle)])
        grain = _joined([_spread(maps) for maps in early])
    return np.asarray(torch.cat([kind, grain], 1).numpy(), dtype=np.float32)


def _spread(maps: Tensor) -> Tensor:
    """Return mean and standard deviation of each map, shape (pictures, 2 × channels)."""
    spread, mean = torch.std_mean(maps, (2, 3))
    return torch.cat([mean, spread], 1)


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """Return one unit vector a picture, in which each part has the same length."""
    found = torch.cat([F.normalize(part, eps=1e-6) for part in parts], 1)
    return found / float(len(parts) ** 0.5)


class GateWeights:
    """The numbers of a trained gate; everything after the features."""

    def __init__(self, config: GateConfig, held: Mapping[str, Tensor]) -> None:
        """Raises ValueError where a number is missing, or of the wrong shape."""
        self.config, self.held = config, {name: held[name].float() for name in _SHAPES}
        self.kinds = tuple(Modality(kind) for kind in config.kinds)
        _check(self.held, len(self.kinds))

    def scores(self, features: Features) -> NDArray[np.float64]:
        """Return a score for each kind, shape (pictures, kinds), before the temperature."""
        given = torch.from_numpy(features)[:, :-GRAIN]
        found = given @ self.held["weight"].T + self.held["bias"]
        return np.asarray(found.double().numpy())

    def signals(self, features: Features) -> NDArray[np.float64]:
        """Return what may be foreign, shape (pictures, 4), as `SIGNALS` names it."""
        given, held = torch.from_numpy(features), self.held
        places = (given[:, :-GRAIN] - held["mean"]) @ held["whitening"].T
        grains = (given[:, -GRAIN:] - held["grain_mean"]) @ held["grain_whitening"].T
        scores = torch.from_numpy(self.scores(features))
        found = (
            torch.cdist(places, held["centres"]).amin(1),
            self._away(places, held["bank"], scores.argmax(1)),
            self._away(grains, held["grain_bank"], scores.argmax(1)),
            -scores.logsumexp(1),
        )
        return np.stack([one.double().numpy() for one in found], axis=1)

    def _away(self, places: Tensor, bank: Tensor, said: Tensor) -> Tensor:
        """Return the cosine distance to near known pictures of the kind said, shape (pictures,)."""
        likeness = F.normalize(places) @ bank.T
        other = said[:, None] != self.held["bank_kind"][None]
        likeness = likeness.masked_fill(other, -1.0)
        at = min(self.config.neighbours, likeness.shape[1])
        return 1 - likeness.topk(at, dim=1).values[:, -1]

    def foreign(self, features: Features) -> NDArray[np.float64]:
        """Return how unlike everything known each picture is, shape (pictures,), 0 to 1."""
        return foreign_of(self.held, self.signals(features), self.scores(features).argmax(1))

    def sort(self, features: Features) -> list[Sort]:
        """Return the kind of each picture."""
        scores = torch.from_numpy(self.scores(features)) / self.config.temperature
        best = scores.softmax(1).max(1)
        return [
            Sort(modality=self.kinds[int(at)], probability=float(p), foreign=float(foreign))
            for p, at, foreign in zip(*best, self.foreign(features), strict=True)
        ]


def foreign_of(
    held: Mapping[str, Tensor], signals: NDArray[np.float64], said: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how foreign pictures are by their signals and the columns of the kinds said."""
    at = torch.from_numpy(said)
    usual, scale = held["signal_mean"][at], held["signal_scale"][at]
    unusual = (torch.from_numpy(signals) - usual) / scale
    weighed = unusual @ held["foreign_weight"].double() + held["foreign_bias"][at]
    return np.asarray(weighed.sigmoid().numpy())


class LinearGate:
    """The gate that ships: backbone, features, numbers."""

    def __init__(self, weights: GateWeights, network: Levels, threads: int = 2) -> None:
        """`network` is the frozen backbone."""
        self.weights, self._network, self._threads = weights, network, threads

    def sort(self, picture: Picture) -> Sort:
        """Return the kind of a picture; what its header declares is not looked at."""
        with running(self._threads):
            features = gate_features(self._network, [picture.pixels], self.weights.config)
            return self.weights.sort(features)[0]


def save_gate(weights: GateWeights, folder: Path) -> None:
    """Write a trained gate: numbers and `config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: value.contiguous() for name, value in weights.held.items()}
    for name in ("bank", "grain_bank"):
        kept[name] = kept[name].half()
    save_file(kept, folder / WEIGHTS)
    text = json.dumps(asdict(weights.config), indent=1) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")


def load_weights(folder: Path) -> GateWeights:
    """Return the numbers of a gate; ModelFileError where they are missing or do not fit."""
    try:
        held = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config = GateConfig(**held | {"kinds": tuple(held["kinds"])})
        return GateWeights(config, load((folder / WEIGHTS).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelFileError(NAME, f"it cannot be used ({type(error).__name__}).") from error


def shipped_gate(settings: Settings) -> LinearGate:
    """Return the gate that ships in `knowledge/models`, its files verified."""
    _, folder = locate(NAME, settings.knowledge_dir / "models")
    network = Served(pretrained(settings.data_dir), settings.image_threads)
    return LinearGate(load_weights(folder), network, settings.image_threads)


def _check(held: Mapping[str, Tensor], kinds: int) -> None:
    """Raise ValueError where the numbers do not fit each other."""
    sides = {"kinds": kinds, "signals": len(SIGNALS), "grain": GRAIN}
    for name, counted in _SHAPES.items():
        value = held[name]
        if value.ndim != len(counted) or not torch.isfinite(value).all():
            raise ValueError(f"{name} is not as it should be")
        for side, what in zip(value.shape, counted, strict=True):
            if sides.setdefault(what, side) != side:
                raise ValueError(f"{name} has {side} {what} instead of {sides[what]}")
