"""An image classifier of timm: a folder with its `config.json` and `model.safetensors`.

The configuration is the one that timm writes for the hub: `architecture`, `num_classes`,
`label_names`, `pretrained_cfg` (size, mean, deviation, crop, interpolation).
"""

import re
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from assistant.errors import ModelFileError
from assistant.imaging.backends.checkpoints import TORCHVISION_MISFIT, Checkpoint, find
from assistant.imaging.backends.choosing import choice_of
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.scoring import Scores, task_of
from assistant.imaging.backends.squares import colour_square
from assistant.records.picture import Picture
from assistant.settings import Settings

try:
    import timm
except RuntimeError as error:  # torchvision misses its operators
    raise ModelFileError("timm", TORCHVISION_MISFIT) from error

_NAME = re.compile(r"[a-z0-9_]{1,80}")  # never "hf-hub:…", which would fetch
_MOST_SIDE = 1024  # pixels


class Timm(ForeignModel):
    """A timm classifier whose labels an operator has named as ours."""

    def __init__(self, *, task: str, settings: Settings) -> None:
        """Raises ModelFileError, or InvalidInputError where labels do not match."""
        choice, asked = choice_of(task, settings, meaningless=("prompts",)), task_of(task)
        found = find(choice, settings)
        self._outputs = _labels(found)
        self._naming = choice.naming
        self._naming.check(asked, self._outputs, found.name)
        self._exclusive = choice.scores != "sigmoid"
        self._network = _network(found, len(self._outputs))
        self._looks = _looks(found)
        super().__init__(f"timm {found.identity}", asked, choice)

    def scores(self, picture: Picture) -> Scores:
        """Return its probabilities, by name."""
        looks = self._looks
        square = colour_square(picture, looks["size"], looks["crop"], looks["interpolation"])
        pixels = (square - looks["mean"]) / looks["std"]
        with torch.inference_mode():
            logits = self._network(pixels[None])[0]
            told = logits.softmax(0) if self._exclusive else logits.sigmoid()
        outputs = dict(zip(self._outputs, told.tolist(), strict=True))
        return self._naming.scores(outputs, exclusive=self._exclusive)


def _labels(found: Checkpoint) -> tuple[str, ...]:
    own = found.config.get("pretrained_cfg")
    inner = own if isinstance(own, dict) else {}
    names = found.config.get("label_names") or inner.get("label_names")
    if not isinstance(names, list) or len(set(map(str, names))) != len(names):
        raise ModelFileError(
            found.name, "config.json needs `label_names`, each once: labels go by name here."
        )
    return tuple(map(str, names))


def _network(found: Checkpoint, outputs: int) -> Any:
    architecture = str(found.config.get("architecture", ""))
    if not _NAME.fullmatch(architecture) or not timm.is_model(architecture):
        raise ModelFileError(found.name, "timm knows no `architecture` of the name in config.json.")
    arguments = found.config.get("model_args") or {}
    try:
        network = timm.create_model(
            architecture, pretrained=False, num_classes=outputs, **arguments
        )
        weights = {k: v for file in found.weights for k, v in load_file(file).items()}
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, SafetensorError) as error:
        raise ModelFileError(found.name, "its weights are of another network.") from error
    return network.eval()


def _looks(found: Checkpoint) -> dict[str, Any]:
    """Return how it wants to be shown a picture."""
    told = found.config.get("pretrained_cfg") or found.config
    try:
        size = tuple(int(n) for n in told["input_size"][1:])
        mean, std = (
            torch.tensor(told[k], dtype=torch.float32).view(3, 1, 1) for k in ("mean", "std")
        )
        crop = float(told.get("crop_pct", 0.875))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelFileError(
            found.name, "config.json needs `pretrained_cfg` with input_size, mean and std."
        ) from error
    if len(size) != 2 or not all(16 <= side <= _MOST_SIDE for side in size) or not 0 < crop <= 1:
        raise ModelFileError(found.name, f"its input must have 16 to {_MOST_SIDE} pixels a side.")
    interpolation = str(told.get("interpolation", "bicubic"))
    return {"size": size, "mean": mean, "std": std, "crop": crop, "interpolation": interpolation}
