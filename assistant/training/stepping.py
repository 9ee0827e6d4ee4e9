"""How any network of ours is trained: steps, watching, keeping the best, going on after a kill.

What is learnt from, and how, is said by the classes that build on this one.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn

from assistant.training.checkpoint import Checkpoint, restored

Row = TypeVar("Row")


class Scored(Protocol):
    """How well a network does on what is watched."""

    @property
    def overall(self) -> float:
        """The one figure by which the best weights are chosen; more is better."""

    def rounded(self) -> dict[str, float]:
        """Return all figures, for the curve."""


@dataclass(slots=True)
class Story:
    """How far a run is."""

    step: int = 0
    best: float = -1.0
    worse: int = 0  # evaluations since the best one
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


class Stepping(Generic[Row]):
    """A network, its optimizer, and how far it is; `batches`, `step` and `scores` are to be added.

    Any number of processes share the global batches.
    """

    def __init__(
        self,
        network: nn.Module,
        groups: list[dict[str, Any]],
        options: dict[str, Any],
        checkpoint: Checkpoint,
    ) -> None:
        """`groups`: parameters with the `part` of the learning rate that is theirs.

        bf16 is used where there is a GPU.
        """
        gpu = torch.cuda.is_available()
        self.accelerator = Accelerator(mixed_precision="bf16" if gpu else "no", cpu=not gpu)
        self.options = options
        self._checkpoint = checkpoint
        self._parameters = [p for group in groups for p in group["params"]]
        optimizer = torch.optim.AdamW(
            groups, lr=options["learning_rate"], weight_decay=options["weight_decay"]
        )
        self.network, self.optimizer = self.accelerator.prepare(network, optimizer)
        self.best: dict[str, Tensor] = {}
        self.story = Story()

    @property
    def plain(self) -> nn.Module:
        """The network without what distributes it."""
        network: nn.Module = self.accelerator.unwrap_model(self.network)
        return network

    def batches(self, rows: Sequence[Row], epoch: int) -> Iterator[list[Row]]:
        """Yield the global batches of an epoch, in an order of the seed."""
        raise NotImplementedError

    def step(self, group: Sequence[Row]) -> Tensor:
        """Learn from this process's share of a global batch; return the loss of that share."""
        raise NotImplementedError

    def scores(self, rows: Sequence[Row]) -> Scored:
        """Return how well the network, as it is now, does on `rows`."""
        raise NotImplementedError

    def _seed_step(self) -> None:
        """Give each step a seed of its own: a run that goes on drops out what it would have."""
        torch.manual_seed(
            self.options["seed"] * 1_000_003
            + self.story.step
            + self.accelerator.process_index * 7_919
        )

    def train(self, rows: Sequence[Row], watched: Sequence[Row]) -> list[dict[str, float]]:
        """Train until the watched score no longer rises or the time is over; return the curve."""
        self._resume()
        options, story = self.options, self.story
        steps = options["epochs"] * -(-len(rows) // options["batch"])
        begun, before = time.monotonic(), story.seconds
        total = since = 0.0
        self.network.train()
        for group in self._ahead(rows):
            if self._is_over():
                break
            self._set_rate(self._share(story.step, steps))
            mean = self.step(group)
            story.step += 1
            story.seconds = before + time.monotonic() - begun
            value, late = self._agreed(mean)
            total, since = total + value, since + 1
            if self.accelerator.is_main_process:
                _progress(story, steps, total / since)
            if late or story.step == steps or story.step % options["evaluate_every"] == 0:
                self._watch(watched, total / since)
                total = since = 0.0
            if late:
                break
        return story.curve

    def _ahead(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """Yield the batches of all epochs that are not learnt yet."""
        an_epoch = -(-len(rows) // self.options["batch"])
        first = self.story.step
        for epoch in range(first // an_epoch, self.options["epochs"]):
            yield from list(self.batches(rows, epoch))[max(0, first - epoch * an_epoch) :]

    def _is_over(self) -> bool:
        """Whether the score has not risen for too long; so too where a run of old goes on."""
        return self.story.worse > int(self.options["patience"])

    def _agreed(self, value: Tensor) -> tuple[float, bool]:
        """Return the loss over all processes, and whether any of them finds that time is up.

        Each has a clock of its own; were one to stop alone, the others would wait for ever.
        """
        late = self.story.seconds > self.options["minutes"] * 60
        both = torch.stack([value.float(), value.new_tensor(float(late), dtype=torch.float32)])
        total, stop = self.accelerator.reduce(both, "sum").tolist()
        return total, stop > 0

    def _watch(self, watched: Sequence[Row], mean: float) -> None:
        """Score what is watched, keep the best weights, and write a checkpoint."""
        story, scores = self.story, self.scores(watched)
        row = {"step": story.step, "loss": round(mean, 4), **scores.rounded()}
        story.curve.append(row)
        if self.accelerator.is_main_process:
            print(f"\n{json.dumps(row)}", file=sys.stderr, flush=True)
        overall = broadcast_object_list([scores.overall])[0]  # all stop where the first one does
        if overall > story.best:
            story.best, story.worse, self.best = overall, 0, self.kept()
        else:
            story.worse += 1
        if self.accelerator.is_main_process:
            told = {name: getattr(story, name) for name in story.__slots__}
            self._checkpoint.write(self.state(), self.best, self.optimizer, told)
        self.accelerator.wait_for_everyone()

    def _resume(self) -> None:
        kept = self._checkpoint.read()
        if kept is None:
            return
        now, self.best, state, told = kept
        self.load(now)
        restored(self.optimizer, state)
        self.story = Story(**told)

    def _share(self, step: int, steps: int) -> float:
        """Return the share of the learning rate at a step."""
        return share(step, steps, self.options["warmup"])

    def _set_rate(self, part: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.options["learning_rate"] * part * group["part"]

    def state(self) -> dict[str, Tensor]:
        """Return a copy of what is trained."""
        trained = {n for n, p in self.plain.named_parameters() if p.requires_grad}
        state = self.plain.state_dict()
        return {n: state[n].detach().cpu().clone() for n in sorted(trained)}

    def kept(self) -> dict[str, Tensor]:
        """Return a copy of what is kept as the best; what `state` returns unless said otherwise."""
        return self.state()

    def load(self, state: dict[str, Tensor]) -> None:
        """Put back what `state` returned; what is frozen stays."""
        unknown = self.plain.load_state_dict(state, strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"not of this network: {', '.join(unknown)}")


def share(step: int, steps: int, warmup: float) -> float:
    """Return the share of the learning rate at a step: up, then down in a line."""
    rising = (step + 1) / max(1.0, steps * warmup)
    return min(rising, max(0.02, 1 - step / steps))


def _progress(story: Story, steps: int, mean: float) -> None:
    """Draw the bar on the terminal's error stream."""
    if story.step % 10 and story.step != steps:
        return
    full = int(30 * story.step / steps)
    pace = story.seconds / story.step
    left = pace * (steps - story.step) / 60
    print(
        f"\r[{'#' * full}{'.' * (30 - full)}] {story.step}/{steps} loss {mean:.3f} "
        f"{pace:.2f} s/step {left:.0f} min left",
        end="", file=sys.stderr, flush=True,
    )  # fmt: skip
