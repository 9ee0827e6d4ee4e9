"""The image models that ship: an adapter on Lite0, a linear head, and what its answers are worth.

What is served runs on onnxruntime (`served.py`); that changes no probability beyond rounding
(`tests/imaging/test_classifier.py`).
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from assistant.errors import ModelFileError
from assistant.imaging import ImageModel
from assistant.imaging.adapter import (
    ADAPTER,
    HEAD,
    load_adapter,
    load_attention,
    load_head,
    load_locator,
)
from assistant.imaging.attending import attended
from assistant.imaging.calibration import Calibration
from assistant.imaging.config import ModelConfig, read_config
from assistant.imaging.folding import Network
from assistant.imaging.heat import cam, odds_direction, spread, unpadded
from assistant.imaging.lite0 import base_weights
from assistant.imaging.locating import Locating, cut, found, places, shrunk
from assistant.imaging.preparing import BLACK, resized, standardised, tensor
from assistant.imaging.running import running
from assistant.imaging.served import Served
from assistant.imaging.tiny import NETWORKS
from assistant.models import locate
from assistant.records.picture import Heat, ImageFinding, Modality, Picture, Pixels
from assistant.settings import Settings

Probabilities = NDArray[np.float64]


class Shipped(ImageModel):
    """One task's model out of a folder with `config.json`, adapter and head."""

    def __init__(
        self,
        config: ModelConfig,
        network: Network,
        head: nn.Linear,
        *,
        id: str,
        threads: int = 2,
        attention: nn.Linear | None = None,
        locator: nn.Module | None = None,
    ) -> None:
        """`network` as it was trained.

        `attention` weighs places (`attending.py`); `locator` finds the one to look at
        (`locating.py`).
        """
        if (locator is None) != (config.locate is None):
            raise ModelFileError(id, "its head and its config.json do not fit.")
        if head.out_features != len(config.labels):
            raise ModelFileError(id, "its head and its labels do not fit.")
        self.config, self._id, self._threads = config, id, threads
        self._network, self._head = Served(network, threads), head.eval().requires_grad_(False)
        self._attention = None if attention is None else attention.eval().requires_grad_(False)
        self._locator = None if locator is None else locator.eval().requires_grad_(False)
        self._calibration = Calibration(config.temperature, config.shift)

    @property
    def id(self) -> str:
        """Name, and the first digits of the SHA-256 of its weights."""
        return self._id

    @property
    def task(self) -> str:
        """Id in knowledge/imaging.yaml."""
        return self.config.task

    @property
    def modality(self) -> Modality:
        """The only kind of picture that it may be shown."""
        return self.config.modality

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, in the order of the probabilities."""
        return tuple(label.id for label in self.config.labels)

    @property
    def unsteady(self) -> float:
        """How far a probability may move under slight changes."""
        return self.config.unsteady

    @property
    def mirrors(self) -> bool:
        """Whether it says the same of a picture and of its mirror image, whatever it shows."""
        return self.config.mirror

    def prepare(self, pixels: Pixels) -> Pixels:
        """Return the square that the network is shown, before its levels are standardised.

        A square that was prepared stays as it is: so its brightness can be changed for a test.
        """
        size = self.config.size if self.config.locate is None else self.config.locate.whole
        return resized(pixels, size, self.config.fit, self.config.grey)

    def probabilities(self, pictures: list[Pixels]) -> Probabilities:
        """Return calibrated probabilities, shape (pictures, labels), in the order of the labels."""
        with running(self._threads):
            scores, _ = self._scores(pictures)
        return self._calibration.probabilities(scores.numpy())

    def read(self, picture: Picture) -> tuple[ImageFinding, ...]:
        """Return every label with its calibrated probability, most probable first."""
        return self.findings(self.probabilities([picture.pixels])[0])

    def findings(self, probabilities: Probabilities) -> tuple[ImageFinding, ...]:
        """Return the findings that probabilities in the order of the labels amount to."""
        found = []
        for label, probability in zip(self.config.labels, probabilities.tolist(), strict=True):
            verdict = label.verdict(probability)
            found.append(
                ImageFinding(
                    task=self.task,
                    label=label.id,
                    probability=probability,
                    verdict=verdict,
                    likelihood_ratio=label.likelihood_ratios[verdict].value,
                    sensitivity=label.sensitivity.value,
                    specificity=label.specificity.value,
                )
            )
        return tuple(sorted(found, key=lambda finding: -finding.probability))

    def heat(self, picture: Picture, label: str) -> Heat | None:
        """Return where it looked for a label (CAM of its log odds)."""
        at = [known.id for known in self.config.labels].index(label)
        high, wide = picture.pixels.shape[:2]
        with running(self._threads):
            if self._locator is not None:
                return spread(self._places([picture.pixels])[1][0].sigmoid(), high, wide)
            scores, maps = self._scores([picture.pixels])
            moved = scores[0] / self.config.temperature
            if self.config.shift:
                moved = moved + torch.tensor(self.config.shift)
            direction = odds_direction(self._head.weight, moved, at, self.config.temperature)
            small = cam(maps.mean(0), direction)
            if self.config.fit == "pad":
                small = unpadded(small, high, wide)
            return spread(small, high, wide)

    def _scores(self, pictures: list[Pixels]) -> tuple[Tensor, Tensor]:
        """Return scores, shape (pictures, labels), and maps, mirrored ones turned back."""
        if self._locator is not None:
            return self._located(pictures)
        return self._seen(tensor(self._squares(pictures)))

    def _squares(self, pictures: list[Pixels]) -> list[Pixels]:
        squares = [self.prepare(pixels) for pixels in pictures]
        if self.config.normalise == "standard":
            squares = [standardised(square) for square in squares]
        return squares

    def _places(self, pictures: list[Pixels]) -> tuple[Tensor, Tensor]:
        """Return whole squares, as the network takes them, and the log odds of their places."""
        place, layers = self.config.locate, self._locator
        if place is None or layers is None:
            raise ModelFileError(self._id, "it cannot find places.")
        whole = tensor(self._squares(pictures))
        return whole, places(self._network.inner, layers, shrunk(whole, place.resolution))

    def _located(self, pictures: list[Pixels]) -> tuple[Tensor, Tensor]:
        """Return scores of the cuts about what was found; none speaks where nothing was."""
        place = self.config.locate or Locating()
        whole, odds = self._places(pictures)
        where, sure = found(odds)
        scores, maps = self._seen(cut(whole - BLACK, where, place.times, self.config.size) + BLACK)
        return scores * (sure >= place.least)[:, None], maps

    def _seen(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores and maps of what the network is shown."""
        if not self.config.mirror:
            maps = attended(self._network.maps(x), self._attention)
            return self._head(maps.mean((2, 3))), maps
        both = attended(self._network.maps(torch.cat([x, x.flip(3)])), self._attention)
        maps = (both[: len(x)] + both[len(x) :].flip(3)) / 2
        return self._head(maps.mean((2, 3))), maps


def load_shipped(folder: Path, data_dir: Path, *, id: str, threads: int = 2) -> Shipped:
    """Return the model in `folder`; ModelFileError where a file is missing or does not fit.

    `data_dir` is the data folder of the settings, where the backbone is kept.
    """
    config = read_config(folder)
    if config.network not in NETWORKS:
        raise ModelFileError(folder.name, f"there is no network called {config.network!r}.")
    network = NETWORKS[config.network]()
    base = base_weights(data_dir) if config.network == "lite0" else None
    load_adapter(network, base, folder / ADAPTER)
    head, attention = load_head(folder / HEAD), load_attention(folder / HEAD)
    return Shipped(
        config, network, head, id=id, threads=threads, attention=attention,
        locator=load_locator(folder / HEAD),
    )  # fmt: skip


def shipped(task: str, settings: Settings) -> Shipped:
    """Return the model of a task that ships in `knowledge/models`, its files verified."""
    model, folder = locate(f"imaging-{task}", settings.knowledge_dir / "models")
    read = load_shipped(folder, settings.data_dir, id=model.id, threads=settings.image_threads)
    if read.task != task:
        raise ModelFileError(model.name, f"it was trained for {read.task}.")
    return read
