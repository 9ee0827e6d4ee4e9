"""TorchXRayVision's DenseNet: 18 findings of chest X-rays (Cohen et al., MIDL 2022).

The library loads its published weights as pickles, which is never done here: a folder holds them
as `model.safetensors`, converted once elsewhere, and a `config.json` with either `weights` (a name
that the library knows) or `labels`, `op_threshs` and, for another shape, `architecture`.
"""

import warnings
from collections.abc import Sequence
from math import isnan, nan
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from assistant.errors import ModelFileError
from assistant.imaging.backends.checkpoints import TORCHVISION_MISFIT, Checkpoint, find
from assistant.imaging.backends.choosing import choice_of
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.scoring import Scores, task_of
from assistant.imaging.backends.squares import grey_square, uncropped
from assistant.records.picture import Heat, Picture
from assistant.settings import Settings

try:
    with warnings.catch_warnings():  # the library silences all warnings of the whole process
        from torchxrayvision.models import DenseNet, model_urls
except RuntimeError as error:  # torchvision misses its operators
    raise ModelFileError("torchxrayvision", TORCHVISION_MISFIT) from error

_RANGE = 1024.0  # its pixels lie in [-1024, 1024]
_OP = "op_threshs"
_SHAPES = {"growth_rate", "block_config", "num_init_features", "bn_size"}


class TorchXRayVision(ForeignModel):
    """Chest X-ray findings by name, as probabilities after the library's operating points."""

    def __init__(self, *, task: str, settings: Settings) -> None:
        """Raises ModelFileError, or InvalidInputError where labels do not match."""
        choice, asked = choice_of(task, settings, meaningless=("prompts", "scores")), task_of(task)
        found = find(choice, settings)
        self._labels, thresholds = _outputs(found)
        self._naming = choice.naming
        usable = [k for k, t in zip(self._labels, thresholds, strict=True) if k and not isnan(t)]
        self._naming.check(asked, tuple(usable), found.name)
        self._network = _network(found, thresholds)
        self._side = int(found.config.get("input_resolution", 224))
        identity = f"torchxrayvision {found.identity}"
        super().__init__(identity, asked, choice)

    def scores(self, picture: Picture) -> Scores:
        """Return its probabilities; 0.5 is the library's operating point, not an even chance."""
        with torch.inference_mode():
            row = self._network(self._pixels(picture))[0].tolist()
        outputs = dict(zip(self._labels, row, strict=True))
        return self._naming.scores(outputs, exclusive=False)

    def heat(self, picture: Picture, label: str) -> Heat | None:
        """Return the class activation map (Zhou et al., CVPR 2016) of a label; none for `rest`."""
        rows = [self._labels.index(k) for k, ours in self._naming.labels.items() if ours == label]
        if not rows:
            return None
        with torch.inference_mode():
            maps = torch.relu(self._network.features(self._pixels(picture)))[0]
            weights = self._network.classifier.weight[rows].amax(0)
            return uncropped(torch.einsum("c,chw->hw", weights, maps), picture)

    def _pixels(self, picture: Picture) -> Tensor:
        return (2 * (grey_square(picture, self._side) / 255) - 1) * _RANGE


def _outputs(found: Checkpoint) -> tuple[list[str], list[float]]:
    """Return the names of its outputs, in their order, and their operating points."""
    config = found.config
    named = config.get("weights")
    if named is not None and named not in model_urls:
        raise ModelFileError(found.name, "the library knows no weights of the name in config.json.")
    known: dict[str, Any] = model_urls[named] if named is not None else config
    labels: Any = known.get("labels")
    points: Any = known.get(_OP)
    if not _strings(labels, points):
        raise ModelFileError(
            found.name, "config.json needs `weights`, or `labels` and as many `op_threshs`."
        )
    told = [name for name in labels if name]
    if len(told) != len(set(told)):
        raise ModelFileError(found.name, "a label stands twice in config.json.")
    try:
        return list(labels), [nan if point is None else float(point) for point in points]
    except (TypeError, ValueError) as error:
        raise ModelFileError(found.name, "an operating point is not a number.") from error


def _strings(labels: object, points: object) -> bool:
    if not isinstance(labels, list) or not isinstance(points, list):
        return False
    return len(points) == len(labels) and all(isinstance(one, str) for one in labels)


def _network(found: Checkpoint, thresholds: Sequence[float]) -> Any:
    shape = found.config.get("architecture", {})
    if not isinstance(shape, dict) or set(shape) - _SHAPES:
        raise ModelFileError(found.name, f"`architecture` may hold {', '.join(sorted(_SHAPES))}.")
    try:
        network = DenseNet(
            num_classes=len(thresholds), op_threshs=torch.tensor(thresholds), **shape
        )
        weights = {k: v for f in found.weights for k, v in load_file(f).items() if k != _OP}
        weights[_OP] = torch.tensor(thresholds)
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, SafetensorError) as error:
        raise ModelFileError(found.name, "its weights are of another network.") from error
    return network.eval()
