"""One training run of the network that reads: batches of texts, their loss, their scores."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from assistant.training.checkpoint import Checkpoint
from assistant.training.labels import Batch, Labels, collated, counts
from assistant.training.network import Network, loss
from assistant.training.stepping import Stepping
from assistant.training.tagging_scores import Scores, score


class Run(Stepping[Labels]):
    """The network, its optimizer and the order of its batches."""

    def __init__(
        self, network: Network, options: dict[str, Any], checkpoint: Checkpoint, padding: int
    ) -> None:
        """`padding`: the piece that fills up short texts."""
        trained = {n: p for n, p in network.named_parameters() if p.requires_grad}
        adapter = [p for n, p in trained.items() if ".lora_" in n]
        heads = [p for n, p in trained.items() if ".lora_" not in n]
        groups = [
            {"params": adapter, "part": 1.0},
            {"params": heads, "part": options["heads_rate"]},
        ]
        super().__init__(network, groups, options, checkpoint)
        self.padding = padding

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
        self._seed_step()
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
