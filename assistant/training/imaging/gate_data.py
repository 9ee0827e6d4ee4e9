"""What the gate is trained on: features of pictures as they are, changed, and spoilt.

The backbone is frozen, so each set is looked at once: its features are kept in `training/gate/` in
the data folder, and are taken from there while set, limit, seed and code of the features agree.
"""

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.imaging.gate import Features, GateConfig, gate_features
from assistant.imaging.lite0 import WEIGHTS_SHA256, Lite0
from assistant.records.picture import Modality, Pixels
from assistant.training.imaging.gate_changes import changed, spoilt
from assistant.training.imaging.kinds import FOREIGN, Named, kind_of
from assistant.training.imaging.negatives import non_medical, other_medical

DRAWN = "drawn"
PLAIN, CHANGED, SPOILT = "plain", "changed", "spoilt"
_VERSION = 4  # another one where the changes, the drawings or the features differ
_AT_ONCE = 32
_SPOILT = 0.25  # pictures of nothing, for each real one


@dataclass(frozen=True, slots=True)
class Rows:
    """Features of pictures with their kinds, sources and states.

    `origins` counts the picture of the source that a row was made of; `made_of` names the kinds of
    all pictures that went into it, with a space between them.
    """

    features: Features
    kinds: NDArray[np.str_]
    sources: NDArray[np.str_]
    states: NDArray[np.str_]
    origins: NDArray[np.int64]
    made_of: NDArray[np.str_]

    def of(self, kinds: Iterable[str]) -> NDArray[np.bool_]:
        """Return which rows are of these kinds, or have a picture of one in them."""
        asked = set(kinds)
        told = zip(self.kinds.tolist(), self.made_of.tolist(), strict=True)
        return np.array([not asked.isdisjoint((kind, *made.split())) for kind, made in told])

    def part(self, rows: NDArray[np.bool_]) -> "Rows":
        """Return some of them."""
        return Rows(*(getattr(self, name)[rows] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: Iterable["Rows"]) -> "Rows":
        """Return all rows of all parts."""
        held = list(parts)
        return cls(*(np.concatenate([getattr(p, n) for p in held]) for n in cls.__slots__))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which pictures are looked at."""

    limit: int  # of each kind of each set
    drawn: int  # drawings of what is not medical
    seed: int
    data_dir: Path


def rows_of(text: str, wanted: Wanted, network: Lite0, progress: Callable[[int], None]) -> Rows:
    """Return the rows of one set, `PATH` or `KIND=PATH`; of "foreign" ones as they are alone."""
    one = Named.parsed(text)
    status = one.pictures.path.stat()
    stamp = f"{text}|{status.st_size}|{int(status.st_mtime)}|{wanted.limit}|{wanted.seed}"
    return _kept(
        wanted, stamp, lambda: _looked_at(_of_set(one, wanted), one.name, network, progress)
    )


def drawn_rows(wanted: Wanted, network: Lite0, progress: Callable[[int], None]) -> Rows:
    """Return the rows of the drawings."""
    stamp = f"{DRAWN}|{wanted.drawn}|{wanted.seed}"
    return _kept(wanted, stamp, lambda: _looked_at(_of_drawings(wanted), DRAWN, network, progress))


Shown = tuple[Pixels, str, str, int, str]  # picture, kind, state, origin, what it was made of


def _of_set(one: Named, wanted: Wanted) -> Iterator[Shown]:
    """Yield each picture as it is and changed, and some spoilt."""
    before: tuple[str, Pixels] | None = None
    for at, (kind, picture) in enumerate(_limited(one, wanted.limit)):
        dice = np.random.default_rng((wanted.seed, at))
        yield picture, kind, PLAIN, at, kind
        if kind == FOREIGN:
            continue
        yield changed(picture, kind, dice), kind, CHANGED, at, kind
        if before is not None and dice.random() < _SPOILT:
            made = spoilt(picture, before[1], dice)
            yield made, Modality.OTHER_MEDICAL.value, SPOILT, at, f"{kind} {before[0]}"
        before = kind, picture


def _of_drawings(wanted: Wanted) -> Iterator[Shown]:
    others = other_medical(wanted.drawn // 2, wanted.seed)
    plain = non_medical(wanted.drawn, wanted.seed)
    named = [(p, Modality.NOT_MEDICAL.value) for p in plain]
    named += [(p, Modality.OTHER_MEDICAL.value) for p in others]
    for at, (picture, kind) in enumerate(named):
        dice = np.random.default_rng((wanted.seed, at))
        yield picture, kind, PLAIN, at, kind
        yield changed(picture, kind, dice), kind, CHANGED, at, kind


def _limited(one: Named, limit: int) -> Iterator[tuple[str, Pixels]]:
    """Yield kinds and pictures, at most `limit` of each kind, evenly spaced."""
    named = [one.kind or str(kind_of(item)) for item in one.items]
    counts, seen = Counter(named), Counter[str]()
    chosen = []
    for item, kind in zip(one.items, named, strict=True):
        at, count = seen[kind], counts[kind]
        seen[kind] += 1
        if count <= limit or at * limit // count != (at + 1) * limit // count:
            chosen.append(item)
    for kind, picture in replace(one, items=tuple(chosen)).read():
        if picture is not None:
            yield kind, picture.pixels


def _looked_at(
    shown: Iterator[Shown], source: str, network: Lite0, progress: Callable[[int], None]
) -> Rows:
    """Return the rows of pictures, looked at a few at a time."""
    shape = GateConfig(version="", kinds=())
    waiting: list[Pixels] = []
    found: list[Features] = []
    told: list[tuple[str, str, int, str]] = []
    for picture, kind, state, origin, made_of in shown:
        waiting.append(picture)
        told.append((kind, state, origin, made_of))
        if len(waiting) == _AT_ONCE:
            found.append(gate_features(network, waiting, shape))
            waiting = []
            progress(_AT_ONCE)
    if waiting:
        found.append(gate_features(network, waiting, shape))
    kinds, states, origins, parts = (np.array(column) for column in zip(*told, strict=True))
    sources = np.array([source] * len(told))
    return Rows(np.concatenate(found), kinds, sources, states, origins, parts)


def _kept(wanted: Wanted, stamp: str, make: Callable[[], Rows]) -> Rows:
    """Return rows from the data folder, or make them and keep them there."""
    whole = f"{stamp}|{_VERSION}|{WEIGHTS_SHA256}"
    name = hashlib.sha256(whole.encode()).hexdigest()[:20]
    file = wanted.data_dir / "training" / "gate" / f"{name}.npz"
    if file.is_file():
        with np.load(file, allow_pickle=False) as held:
            return Rows(*(held[name] for name in Rows.__slots__))
    rows = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        written = Path(folder) / file.name
        np.savez(written, **{name: getattr(rows, name) for name in Rows.__slots__})
        os.replace(written, file)
    return rows
