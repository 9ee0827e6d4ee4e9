"""One training run of a classifier of pictures: balanced batches, moving mean, plain scores."""

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from assistant.errors import InvalidInputError
from assistant.evaluation.imaging_metrics import Figures, figures
from assistant.training.checkpoint import Checkpoint
from assistant.training.imaging.augmentation import Dice, finished, placed, plain
from assistant.training.imaging.network import Network, groups
from assistant.training.stepping import Stepping, share

_EMA = "ema."
_READ_AT_ONCE = 64


class Examples:
    """All pictures of a set in memory, with the number of each one's label."""

    def __init__(
        self, pictures: Tensor, truth: Sequence[int], labels: Sequence[str],
        masks: Tensor | None = None,
    ) -> None:  # fmt: skip
        """`pictures`: 8 bits, shape (n, 1 or 3, side, side).

        `masks`: 8 bits, shape (n, 1, side, side), 255 inside what an expert boxed; all 0: no box.
        """
        self.pictures, self.masks = pictures, masks
        self.truth = torch.tensor(list(truth))
        self.labels = tuple(labels)

    def weights(self, rows: Sequence[int], power: float) -> Tensor:
        """Return a weight for each label, mean 1 over `rows`: its share to the power of -`power`.

        0 weighs all pictures alike, 1 all labels.
        """
        counts = torch.bincount(self.truth[list(rows)], minlength=len(self.labels)).double()
        weights = torch.where(counts > 0, counts.clamp(min=1) ** -power, 0.0)
        return weights * counts.sum() / (weights * counts).sum()


class Watched:
    """What the curve tells of an evaluation."""

    def __init__(self, found: Figures | None, watch: str, step: int) -> None:
        """`found`: None where nothing is watched, and later weights count as better."""
        self._found, self._watch, self._step = found, watch, step

    @property
    def overall(self) -> float:
        """The figure that the settings name."""
        return float(self._step) if self._found is None else self._found.value(self._watch)

    def rounded(self) -> dict[str, float]:
        """Return the main figures."""
        if self._found is None:
            return {}
        names = ("accuracy", "balanced_accuracy", "auc", "likelihood")
        return {name: round(self._found.value(name), 4) for name in names}


class Run(Stepping[int]):
    """The network, its optimizer, and the moving mean of its weights; rows are numbers."""

    def __init__(
        self, network: Network, examples: Examples, options: dict[str, Any], checkpoint: Checkpoint
    ) -> None:
        """Raises InvalidInputError for batch statistics in several processes without a GPU."""
        several = int(os.environ.get("WORLD_SIZE", "1")) > 1
        if several and options["batch_norm"] == "batch":
            if not torch.cuda.is_available():
                raise InvalidInputError(
                    "Several processes on a CPU cannot share the statistics of a batch:"
                    " set batch_norm: frozen."
                )
            network = torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        super().__init__(network, groups(network, options), options, checkpoint)
        self.examples = examples
        self._learnt: Sequence[int] = ()
        self._mean = {n: v.clone() for n, v in self._moving().items()} if options["ema"] else {}

    def train(self, rows: Sequence[int], watched: Sequence[int]) -> list[dict[str, float]]:
        """Train on `rows`, an evaluation an epoch; return the curve."""
        self._learnt = rows
        self.options = self.options | {
            "evaluate_every": -(-len(rows) // self.options["batch"]),
            "patience": self.options["patience"] if watched else self.options["epochs"],
        }
        return super().train(rows, watched)

    def batches(self, rows: Sequence[int], epoch: int) -> Iterator[list[int]]:
        """Yield the batches of an epoch: rare labels are drawn more often, as `power` says."""
        dice = np.random.default_rng((self.options["seed"], epoch))
        drawn = _drawn(self.examples, rows, self.options["power"], dice)
        size = self.options["batch"]
        for at in range(0, len(drawn), size):
            yield drawn[at : at + size]

    def step(self, group: Sequence[int]) -> Tensor:
        """Learn from this process's share of a batch; the shares' losses add up to the batch's."""
        self._seed_step()
        world, at = self.accelerator.num_processes, self.accelerator.process_index
        own = list(range(at, len(group), world)) or [0]
        pictures, targets, masks = self._changed(group, own)
        weights = self._weighed(group, targets)
        device, labels = self.accelerator.device, len(self.examples.labels)
        said = self.network(pictures.to(device)).float()
        logs = F.log_softmax(said[:, :labels], 1)
        values = -(logs * targets.to(device)).sum(1) * weights.to(device)
        if said.shape[1] > labels:
            values = values + self.options["box_loss"] * _box_loss(said[:, labels:], masks)
        value = values.sum() / len(group) * (at < len(group))
        self.optimizer.zero_grad()
        self.accelerator.backward(value * world)
        self.accelerator.clip_grad_norm_(self._parameters, 1.0)
        self.optimizer.step()
        self._follow()
        told: Tensor = value.detach()
        return told

    def _changed(
        self, group: Sequence[int], own: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return this share's pictures, augmented (mixed first), their soft labels, and masks."""
        options, rows = self.options, list(group)
        dice = Dice.thrown(options["seed"], self.story.step, len(rows)).of(own)
        labels = len(self.examples.labels)
        pictures = self.examples.pictures[[rows[i] for i in own]]
        targets = F.one_hot(self.examples.truth[[rows[i] for i in own]], labels).float()
        if options["mixup"]:
            numbers = np.random.default_rng((options["seed"], self.story.step, 1))
            parts = numbers.beta(options["mixup"], options["mixup"], len(rows))
            part = torch.tensor(parts[list(own)], dtype=torch.float32)
            others = [rows[i] for i in numbers.permutation(len(rows))[list(own)]]
            mixed = torch.lerp(
                self.examples.pictures[others].float(), pictures.float(), part.view(-1, 1, 1, 1)
            )
            pictures = mixed
            other = F.one_hot(self.examples.truth[others], labels).float()
            targets = torch.lerp(other, targets, part[:, None])
        smooth = options["smoothing"]
        targets = targets * (1 - smooth) + smooth / labels
        channels = pictures.shape[1]
        if options["attention"] and self.examples.masks is not None:
            own_masks = self.examples.masks[[rows[i] for i in own]]
            pictures = torch.cat([pictures.float(), own_masks.float()], 1)
        x = placed(pictures, dice, options["augment"], options["resolution"])
        changed = finished(x[:, :channels], dice, options["augment"], options["normalise"])
        return changed, targets, x[:, channels:] if x.shape[1] > channels else None

    def _weighed(self, group: Sequence[int], targets: Tensor) -> Tensor:
        power = self.options["loss_power"]
        if not power:
            return torch.ones(len(targets))
        weights = self.examples.weights(self._learnt or group, power).float()
        return (targets * weights).sum(1)

    def _share(self, step: int, steps: int) -> float:
        """Return the share of the learning rate: up in a line, then down as a cosine."""
        warmup = self.options["warmup"]
        if self.options["schedule"] == "line":
            return share(step, steps, warmup)
        rising = (step + 1) / max(1.0, steps * warmup)
        part = max(0.0, step / steps - warmup) / max(1e-9, 1 - warmup)
        return float(min(rising, max(0.01, 0.5 + 0.5 * math.cos(math.pi * part))))

    def _moving(self) -> dict[str, Tensor]:
        """Return what training moves: trained parameters, and statistics that are not frozen."""
        plain_one = self.plain
        trained = {n for n, p in plain_one.named_parameters() if p.requires_grad}
        names = {n.rpartition(".")[0] for n in trained}
        return {
            name: value
            for name, value in plain_one.state_dict().items()
            if name in trained or (name.rpartition(".")[0] in names and value.is_floating_point())
        }

    def _follow(self) -> None:
        """Move the mean a little towards the weights; faster in the first steps."""
        step = self.story.step + 1
        keep = min(self.options["ema"], step / (step + 9))
        if not self._mean:
            return
        now = self._moving()
        with torch.no_grad():
            torch._foreach_lerp_(
                [self._mean[name] for name in now], [v.detach() for v in now.values()], 1 - keep
            )

    def state(self) -> dict[str, Tensor]:
        """Return a copy of what training moves, and of its moving mean."""
        moving = {n: v.detach().cpu().clone() for n, v in self._moving().items()}
        return moving | {_EMA + n: v.detach().cpu().clone() for n, v in self._mean.items()}

    def kept(self) -> dict[str, Tensor]:
        """Return the weights that are used: the moving mean, where there is one."""
        return {n: v.detach().cpu().clone() for n, v in (self._mean or self._moving()).items()}

    def load(self, state: dict[str, Tensor]) -> None:
        """Put back what `state` or `kept` returned."""
        for name, value in state.items():
            if name.startswith(_EMA):
                self._mean[name.removeprefix(_EMA)] = value.to(self.accelerator.device)
        super().load({n: v for n, v in state.items() if not n.startswith(_EMA)})

    def scores(self, rows: Sequence[int]) -> Watched:
        """Return how well the weights that would be kept do on `rows`."""
        watch, found = self.options["watch"], None
        if rows:
            now = {n: v.detach().clone() for n, v in self._moving().items()}
            super().load(self.kept())
            logits = self.logits(rows)
            super().load(now)
            truth = self.examples.truth[list(rows)].numpy()
            found = figures(softmax(logits), truth, self.examples.labels)
        return Watched(found, watch, self.story.step)

    def logits(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Return what the network, as it is now, says of pictures, shape (rows, labels)."""
        network, was_training = self.plain, self.plain.training
        network.eval()
        parts = []
        with torch.inference_mode():
            for at in range(0, len(rows), _READ_AT_ONCE):
                pictures = self.examples.pictures[list(rows[at : at + _READ_AT_ONCE])]
                x = plain(pictures, self.options["resolution"]).to(self.accelerator.device)
                said = network(x).float()
                if self.options["mirror"]:
                    said = (said + network(x.flip(-1)).float()) / 2
                parts.append(said.cpu())
        network.train(was_training)
        return torch.cat(parts).double().numpy()


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities, rows adding up to 1."""
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    result: NDArray[np.float64] = shifted / shifted.sum(1, keepdims=True)
    return result


def _box_loss(places: Tensor, masks: Tensor | None) -> Tensor:
    """Return how badly the places inside the boxes are told from those outside, a picture.

    A place counts as inside by most of what it covers and a little by how much; pictures without
    a box teach nothing.
    """
    if masks is None:
        return places.sum(1) * 0
    masks = masks.to(places.device)
    side = math.isqrt(places.shape[1])
    inside = 0.8 * F.adaptive_max_pool2d(masks, side) + 0.2 * F.adaptive_avg_pool2d(masks, side)
    values = F.binary_cross_entropy_with_logits(
        places, inside.flatten(1).clamp(0, 1), reduction="none"
    )
    return values.mean(1) * (masks.amax((1, 2, 3)) > 0.5)


def _drawn(
    examples: Examples, rows: Sequence[int], power: float, dice: np.random.Generator
) -> list[int]:
    """Return as many rows as there are, in a new order; of rare labels more than there are.

    Each label gives its share of an epoch, every picture of it as often as any other or once more.
    """
    table = np.array(list(rows))
    if not power:
        return [int(row) for row in dice.permutation(table)]
    truth = examples.truth[table].numpy()
    weights = examples.weights(rows, power).numpy()
    chosen: list[int] = []
    for label in range(len(examples.labels)):
        own = table[truth == label]
        wanted = round(float(weights[label]) * len(own))
        for at in range(0, wanted, max(1, len(own))):
            chosen += [int(row) for row in dice.permutation(own)[: wanted - at]]
    chosen += [int(row) for row in dice.choice(table, max(0, len(table) - len(chosen)))]
    return [chosen[i] for i in dice.permutation(len(chosen))[: len(table)]]
