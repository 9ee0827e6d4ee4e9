"""A run's state on disk, so that a killed run goes on where it was; no pickle."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim import Optimizer

from assistant.errors import InvalidInputError


class Checkpoint:
    """One file: weights, the optimizer's averages, and the story so far as JSON."""

    def __init__(self, file: Path, digest: str, *, anew: bool = False) -> None:
        """`digest` names settings, knowledge and data: another run's file is not taken up.

        `anew`: an earlier file of the same run is not read either; the next write replaces it.
        """
        self.file, self.digest, self._anew = file, digest, anew

    def write(
        self, weights: dict[str, Tensor], best: dict[str, Tensor], optimizer: Optimizer,
        story: dict[str, Any],
    ) -> None:  # fmt: skip
        """Replace the file at once, so that a kill leaves the old one or the new one."""
        tensors = {f"now.{name}": value for name, value in weights.items()}
        tensors |= {f"best.{name}": value for name, value in best.items()}
        for index, kept in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{key}": value for key, value in kept.items()}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        told = {"digest": self.digest, "story": json.dumps(story)}
        save_file({n: t.detach().cpu().contiguous() for n, t in tensors.items()}, new, told)
        os.replace(new, self.file)

    def read(self) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[int, Any], Any] | None:
        """Return weights, best weights, the optimizer's state and the story; None: begin anew.

        Raises InvalidInputError where the file is damaged.
        """
        if self._anew or not self.file.is_file():
            return None
        try:
            return self._read()
        except SafetensorError:
            raise InvalidInputError(
                f"The checkpoint {self.file} is damaged: --anew begins without it."
            ) from None

    def _read(self) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[int, Any], Any] | None:
        now: dict[str, Tensor] = {}
        best: dict[str, Tensor] = {}
        state: dict[int, Any] = {}
        with safe_open(self.file, framework="pt") as stored:
            told = stored.metadata() or {}
            if told.get("digest") != self.digest:
                return None
            for key in stored.keys():  # noqa: SIM118 - not a dict
                kind, _, name = key.partition(".")
                if kind == "optimizer":
                    index, _, part = name.partition(".")
                    state.setdefault(int(index), {})[part] = stored.get_tensor(key)
                else:
                    (now if kind == "now" else best)[name] = stored.get_tensor(key)
        return now, best, state, json.loads(told["story"])

    def remove(self) -> None:
        """Forget the run: it is over."""
        self.file.unlink(missing_ok=True)


def restored(optimizer: Optimizer, state: dict[int, Any]) -> None:
    """Put the averages of a checkpoint back into an optimizer of the same parameters."""
    whole = optimizer.state_dict()
    whole["state"] = {
        index: {k: v if torch.is_tensor(v) else torch.tensor(v) for k, v in kept.items()}
        for index, kept in state.items()
    }
    optimizer.load_state_dict(whole)
