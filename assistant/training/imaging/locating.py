"""Training of networks that first find the place: crops about the boxes, and maps of them.

Each step learns from two things: cuts about the boxes, shaken and of many sizes, are classified;
and of some of the whole pictures, every place is told inside or outside the box's ellipse. With
`context`, these are classified too: where in the head a tumour lies says a lot about its type.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from assistant.imaging.lite0 import Lite0
from assistant.imaging.locating import BLOCKS, cut, found, locator, places, shrunk
from assistant.training.checkpoint import Checkpoint
from assistant.training.imaging.augmentation import Dice, finished, placed
from assistant.training.imaging.network import Network
from assistant.training.imaging.run import Examples, Run

Box = tuple[float, float, float, float]  # middle across and down, width, height; shares
_READ_AT_ONCE = 32
_SMALLEST_CUT, _LARGEST_CUT = 0.18, 1.0
_INSIDE = 3.0  # weight of places inside, for they are few


class Locating(Network):
    """A Lite0 with a second, small head for places, and with `context` a third for the whole."""

    def __init__(self, trunk: nn.Module, labels: int, options: Mapping[str, Any]) -> None:
        super().__init__(trunk, labels, options)
        self.locate = locator()
        self.context: nn.Linear | None = None
        if options["locate"]["context"]:
            self.context = nn.Linear(self.head.in_features, labels)
            nn.init.normal_(self.context.weight, std=0.01)
            nn.init.zeros_(self.context.bias)

    def forward(  # type: ignore[override]
        self, pictures: Tensor, whole: Tensor | None = None
    ) -> Tensor | tuple[Tensor, ...]:
        """Return logits of cuts; with `whole` pictures, also log odds of their places.

        With `context`, the logits of the whole pictures come last. Where all are of one size
        they go through as one batch, so that normalisation sees in training what it will serve.
        """
        if whole is None:
            return super().forward(pictures)
        if self.context is None:
            logits = super().forward(pictures)
            whole = self.normalised(whole)
            with self._shortened(whole):
                odds = self.locate(self._upto(whole, BLOCKS))[:, 0].float()
            return logits, odds
        x = self.normalised(torch.cat([pictures, whole]))
        with self._shortened(x):
            x = self._upto(x, BLOCKS)
            odds = self.locate(x[len(pictures) :])[:, 0].float()
            features = self._above(x, BLOCKS).float().mean((2, 3))
        features = self.dropout(features)
        return self.head(features[: len(pictures)]), odds, self.context(features[len(pictures) :])


class LocatingRun(Run):
    """A run whose examples have boxes; `examples.pictures` are whole squares."""

    def __init__(
        self, network: Locating, examples: Examples, options: dict[str, Any],
        checkpoint: Checkpoint, boxes: Sequence[Box | None],
    ) -> None:  # fmt: skip
        """`boxes`: one a picture, or None."""
        super().__init__(network, examples, options, checkpoint)
        self.boxes = torch.tensor([one or (0.5, 0.5, 1.0, 1.0) for one in boxes])
        self.boxed = torch.tensor([one is not None for one in boxes])

    def step(self, group: Sequence[int]) -> Tensor:
        """Learn from this process's share of a batch: cuts, and some of the whole pictures."""
        self._seed_step()
        place = self.options["locate"]
        world, at = self.accelerator.num_processes, self.accelerator.process_index
        own = list(range(at, len(group), world)) or [0]
        cuts, targets = self._cuts(list(group), own)
        some = [i for i in own if i < place["pictures"]] or own[:1]
        whole, inside, counts = self._wholes(list(group), some)
        device = self.accelerator.device
        logits, odds, *context = self.network(cuts.to(device), whole.to(device))
        value = self._label_loss(logits, targets, group) / len(group)
        used = float(some[0] < place["pictures"])
        taught = min(len(group), place["pictures"])
        for said in context:
            truth = self._smoothed([group[i] for i in some])
            value = value + used * self._label_loss(said, truth, group) / taught
        losses = _place_loss(odds.float(), inside.to(device)) * used * counts.to(device)
        value = value + place["weight"] * losses.sum() / taught
        value = value * (at < len(group))
        self.optimizer.zero_grad()
        self.accelerator.backward(value * world)
        self.accelerator.clip_grad_norm_(self._parameters, 1.0)
        self.optimizer.step()
        self._follow()
        told: Tensor = value.detach()
        return told

    def _label_loss(self, logits: Tensor, targets: Tensor, group: Sequence[int]) -> Tensor:
        """Return the sum of the weighted losses of some pictures."""
        values = -(F.log_softmax(logits.float(), 1) * targets.to(logits.device)).sum(1)
        total: Tensor = (values * self._weighed(group, targets).to(logits.device)).sum()
        return total

    def _smoothed(self, rows: Sequence[int]) -> Tensor:
        """Return the soft labels of pictures that were not mixed."""
        smooth, labels = self.options["smoothing"], len(self.examples.labels)
        targets = F.one_hot(self.examples.truth[list(rows)], labels).float()
        softened: Tensor = targets * (1 - smooth) + smooth / labels
        return softened

    def _cuts(self, group: list[int], own: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return this share's cuts, mixed with others of the batch, and their soft labels."""
        options, labels = self.options, len(self.examples.labels)
        dice = Dice.thrown(options["seed"], 2 * self.story.step, len(group))
        pictures = self._cut(group, own, dice)
        targets = F.one_hot(self.examples.truth[[group[i] for i in own]], labels).float()
        if options["mixup"]:
            numbers = np.random.default_rng((options["seed"], self.story.step, 1))
            parts = numbers.beta(options["mixup"], options["mixup"], len(group))[list(own)]
            others = numbers.permutation(len(group))[list(own)].tolist()
            part = torch.tensor(parts, dtype=torch.float32)
            pictures = torch.lerp(self._cut(group, others, dice), pictures, part.view(-1, 1, 1, 1))
            other = F.one_hot(self.examples.truth[[group[i] for i in others]], labels).float()
            targets = torch.lerp(other, targets, part[:, None])
        smooth = options["smoothing"]
        return pictures, targets * (1 - smooth) + smooth / labels

    def _cut(self, group: Sequence[int], at: Sequence[int], dice: Dice) -> Tensor:
        """Return augmented cuts about the boxes: shaken, turned, stretched, of many sizes."""
        options, place, own = self.options, self.options["locate"], dice.of(at)
        rows = [group[i] for i in at]
        box, size, s = self.boxes[rows], options["resolution"], options["augment"]
        low, high = math.log(place["low"]), math.log(place["high"])
        side = box[:, 2:].amax(1) * torch.exp(low + own.numbers[:, 3] * (high - low))
        side = side.clamp(_SMALLEST_CUT, _LARGEST_CUT)
        angle = own.sign(0) * math.radians(s["rotate"])
        aspect = torch.exp(own.sign(4) * s["stretch"] / 2)
        mirror = torch.where(own.numbers[:, 5] < s["flip"], -1.0, 1.0)
        cosine, sine = angle.cos(), angle.sin()
        theta = torch.zeros(len(rows), 2, 3)
        theta[:, 0, 0], theta[:, 0, 1] = cosine * side * mirror * aspect, -sine * side
        theta[:, 1, 0], theta[:, 1, 1] = sine * side * mirror, cosine * side / aspect
        shake = place["jitter"] * side
        theta[:, 0, 2] = box[:, 0] * 2 - 1 + own.sign(7) * shake
        theta[:, 1, 2] = box[:, 1] * 2 - 1 + own.sign(8) * shake
        whole = self.examples.pictures[rows].float() / 255
        grid = F.affine_grid(theta, [len(rows), whole.shape[1], size, size], align_corners=False)
        x = F.grid_sample(whole, grid, padding_mode="zeros", align_corners=False)
        return finished(x, own, s, options["normalise"])

    def _wholes(self, group: Sequence[int], at: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return augmented whole pictures, how much of each place is inside, and what is boxed."""
        options, place = self.options, self.options["locate"]
        dice = Dice.thrown(options["seed"], 2 * self.story.step + 1, len(group)).of(at)
        rows = [group[i] for i in at]
        whole = self.examples.pictures[rows]
        channels, size = whole.shape[1], place["resolution"]
        masks = ellipses(self.boxes[rows], whole.shape[-1])
        both = placed(torch.cat([whole.float(), masks], 1), dice, options["augment"], size)
        x = finished(both[:, :channels], dice, options["augment"], options["normalise"])
        inside = F.adaptive_avg_pool2d(both[:, channels:], math.ceil(size / 16))[:, 0]
        return x, inside, self.boxed[rows].float()

    def logits(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Return what the network says of cuts about the places that it finds itself."""
        return self.looked(rows)[0]

    def looked(self, rows: Sequence[int]) -> tuple[NDArray[np.float64], Tensor, Tensor]:
        """Return logits, where it looked, shape (rows, 3), and how sure it was of that."""
        network, was_training = self.plain, self.plain.training
        network.eval()
        parts = []
        with torch.inference_mode():
            for at in range(0, len(rows), _READ_AT_ONCE):
                pictures = self.examples.pictures[list(rows[at : at + _READ_AT_ONCE])]
                whole = (pictures.float() / 255).to(self.accelerator.device)
                parts.append(looked(network, whole, self.options))
        network.train(was_training)
        logits, where, sure = (torch.cat(part).cpu() for part in zip(*parts, strict=True))
        return logits.double().numpy(), where, sure

    def hits(self, rows: Sequence[int], where: Tensor) -> NDArray[np.bool_]:
        """Return for which pictures the middle of what was found is inside the box."""
        box = self.boxes[list(rows)]
        off = (where[:, :2] - box[:, :2]).abs()
        return np.asarray((off < box[:, 2:] / 2).all(1).numpy())


def looked(network: Any, whole: Tensor, options: Mapping[str, Any]) -> tuple[Tensor, ...]:
    """Return logits, places and certainty of whole squares, levels 0 to 1, as serving does."""
    place = options["locate"]
    small = network.normalised(shrunk(whole, place["resolution"]))
    where, sure = found(places(network.trunk.inner, network.locate, small))
    cuts = cut(whole, where, place["times"], options["resolution"])
    logits = network(cuts)
    if options["mirror"]:
        logits = (logits + network(cuts.flip(-1))) / 2
    return logits, where, sure


def ellipses(boxes: Tensor, size: int) -> Tensor:
    """Return 255 inside the ellipse of each box, else 0, shape (n, 1, size, size)."""
    at = (torch.arange(size) + 0.5) / size
    half = (boxes[:, 2:] / 2).clamp(min=0.02)
    across = (at[None, None, :] - boxes[:, 0, None, None]) / half[:, 0, None, None]
    down = (at[None, :, None] - boxes[:, 1, None, None]) / half[:, 1, None, None]
    return ((across**2 + down**2 <= 1).float() * 255)[:, None]


def _place_loss(odds: Tensor, inside: Tensor) -> Tensor:
    """Return weighted log loss of the places, and the soft Dice loss, a picture."""
    weight = torch.tensor(_INSIDE, device=odds.device)
    losses = F.binary_cross_entropy_with_logits(odds, inside, pos_weight=weight, reduction="none")
    p = odds.sigmoid()
    overlap, total = (p * inside).sum((1, 2)), (p + inside).sum((1, 2))
    return losses.mean((1, 2)) + (1 - (2 * overlap + 1) / (total + 1)) / 6


def is_locating(trunk: nn.Module, options: Mapping[str, Any]) -> bool:
    """Whether the settings ask for it; a ValueError where the network cannot."""
    if not options.get("locate", {}).get("use", False):
        return False
    if not isinstance(trunk, Lite0) or trunk.features != 1280:
        raise ValueError("only lite0 can locate")
    if options["locate"]["context"] and options["locate"]["resolution"] != options["resolution"]:
        raise ValueError("with context, cuts and whole pictures are of one resolution")
    return True
