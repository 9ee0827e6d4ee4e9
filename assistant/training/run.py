"""One training run: steps over global batches that any number of processes share."""

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor

from assistant.training.checkpoint import Checkpoint, restored
from assistant.training.labels import Batch, Labels, collated, counts
from assistant.training.network import Network, loss
from assistant.training.tagging_scores import Scores, score


@dataclass(slots=True)
class Story:
    """How far a run is."""

    step: int = 0
    best: float = -1.0
    worse: int = 0  # evaluations since the best one
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


class Run:
    """The network, its optimizer and the order of its batches."""

    def __init__(
        self, network: Network, options: dict[str, Any], checkpoint: Checkpoint, padding: int
    ) -> None:
        """`padding`: the piece that fills up short texts. bf16 is used where there is a GPU."""
        gpu = torch.cuda.is_available()
        self.accelerator = Accelerator(mixed_precision="bf16" if gpu else "no", cpu=not gpu)
        self.options, self.padding = options, padding
        self._checkpoint = checkpoint
        trained = {n: p for n, p in network.named_parameters() if p.requires_grad}
        self._parameters = list(trained.values())
        adapter = [p for n, p in trained.items() if ".lora_" in n]
        heads = [p for n, p in trained.items() if ".lora_" not in n]
        optimizer = torch.optim.AdamW(
            [{"params": adapter, "part": 1.0}, {"params": heads, "part": options["heads_rate"]}],
            lr=options["learning_rate"],
            weight_decay=options["weight_decay"],
        )
        self.network, self.optimizer = self.accelerator.prepare(network, optimizer)
        self.best: dict[str, Tensor] = {}
        self.story = Story()

    @property
    def plain(self) -> Network:
        """The network without what distributes it."""
        network: Network = self.accelerator.unwrap_model(self.network)
        return network

    def batches(self, rows: Sequence[Labels], epoch: int) -> Iterator[list[Labels]]:
        """Yield the global batches of an epoch: rows of like length, in an order of the seed."""
        dice = random.Random(f"{self.options['seed']}-{epoch}")  # noqa: S311
        size = self.options["batch"]
        lengths = [len(row.ids) + dice.random() * 6 for row in rows]
        order = sorted(range(len(rows)), key=lengths.__getitem__)
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        dice.shuffle(groups)
        for group in groups:
            yield [rows[i] for i in group]

    def step(self, group: Sequence[Labels]) -> Tensor:
        """Learn from one global batch, of which this process reads its share.

        Returns the loss of that share; the shares of all processes add up to the batch's.
        """
        accelerator, world = self.accelerator, self.accelerator.num_processes
        # A seed of its own for each step: a run that goes on drops out what it would have.
        torch.manual_seed(
            self.options["seed"] * 1_000_003 + self.story.step + accelerator.process_index * 7_919
        )
        taught = counts(group)
        own = group[accelerator.process_index :: world]
        batch = self._on_device(own or group[:1])
        # Gradients are averaged over the processes; times their number, they are summed.
        value = loss(self.network(batch), batch, self.options["weights"], taught) * bool(own)
        self.optimizer.zero_grad()
        accelerator.backward(value * world)
        accelerator.clip_grad_norm_(self._parameters, 1.0)
        self.optimizer.step()
        return value.detach()

    def _on_device(self, rows: Sequence[Labels]) -> Batch:
        return collated(rows, self.padding).to(self.accelerator.device)

    def train(self, rows: Sequence[Labels], watched: Sequence[Labels]) -> list[dict[str, float]]:
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
            self._set_rate(share(story.step, steps, options["warmup"]))
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

    def _ahead(self, rows: Sequence[Labels]) -> Iterator[list[Labels]]:
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

    def _watch(self, watched: Sequence[Labels], mean: float) -> None:
        """Score what is watched, keep the best weights, and write a checkpoint."""
        story, scores = self.story, self.scores(watched)
        row = {"step": story.step, "loss": round(mean, 4), **scores.rounded()}
        story.curve.append(row)
        if self.accelerator.is_main_process:
            print(f"\n{json.dumps(row)}", file=sys.stderr, flush=True)
        overall = broadcast_object_list([scores.overall])[0]  # all stop where the first one does
        if overall > story.best:
            story.best, story.worse, self.best = overall, 0, self.state()
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

    def _set_rate(self, part: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.options["learning_rate"] * part * group["part"]

    def state(self) -> dict[str, Tensor]:
        """Return a copy of what is trained."""
        trained = {n for n, p in self.plain.named_parameters() if p.requires_grad}
        state = self.plain.state_dict()
        return {n: state[n].detach().cpu().clone() for n in sorted(trained)}

    def load(self, state: dict[str, Tensor]) -> None:
        """Put back what `state` returned; what is frozen stays."""
        unknown = self.plain.load_state_dict(state, strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"not of this network: {', '.join(unknown)}")

    def scores(self, rows: Sequence[Labels]) -> Scores:
        """Return how well the network, as it is now, reads `rows`."""
        return score(self._answers(rows))

    def _answers(
        self, rows: Sequence[Labels]
    ) -> Iterator[tuple[dict[str, Tensor], dict[str, Tensor]]]:
        network, was_training = self.plain, self.plain.training
        network.eval()
        with torch.inference_mode(), self.accelerator.autocast():
            for i in range(0, len(rows), 128):
                batch = self._on_device(rows[i : i + 128])
                logits, cosines = network(batch)
                given = {n: v.argmax(-1).cpu() for n, v in logits.items()}
                true = {n: v.cpu() for n, v in batch.heads.items()}
                known = batch.concepts >= 0
                given["link"] = cosines[known].argmax(-1).cpu()
                true["link"] = batch.concepts[known].cpu()
                yield given, true
        network.train(was_training)


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
