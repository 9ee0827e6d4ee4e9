"""Samples as numbers: word pieces, and the right answer of each head for each piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from assistant.extraction.heads import HEADS, STATUS
from assistant.training.samples import Sample, Teaches

IGNORED = -100
_ORDER = {name: i for i, name in enumerate(HEADS)}
_MENTION, _ATTRIBUTE = _ORDER["mention"], _ORDER["attribute"]
NO_FINDING = -1  # a complaint that the knowledge has no finding for


@dataclass(frozen=True, slots=True)
class Labels:
    """One sample as one number a piece."""

    ids: NDArray[np.int64]  # (pieces,)
    heads: NDArray[np.int64]  # (heads, pieces): answers in the order of HEADS, or IGNORED
    mention_of: NDArray[np.int64]  # (pieces,): which mention a piece belongs to, -1 none
    concepts: NDArray[np.int64]  # (mentions,): finding of each, NO_FINDING or IGNORED


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples of like length in tensors; shapes (samples, pieces) but for `concepts`."""

    ids: Tensor
    mask: Tensor
    heads: dict[str, Tensor]
    mention_of: Tensor  # number of the mention in the batch, -1 none
    concepts: Tensor  # (mentions,)

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        heads = {name: value.to(device) for name, value in self.heads.items()}
        return Batch(
            self.ids.to(device), self.mask.to(device), heads,
            self.mention_of.to(device), self.concepts.to(device),
        )  # fmt: skip


def labelled(
    samples: Sequence[Sample], tokenizer: Tokenizer, pieces: int, numbers: Mapping[str, int]
) -> list[Labels]:
    """Return the samples as numbers, cut at `pieces`; `numbers` gives each finding's own.

    A mention whose finding has no number ("unlisted") teaches no link.
    """
    tokenizer.enable_truncation(pieces)
    tokenizer.no_padding()
    encoded = tokenizer.encode_batch([sample.text for sample in samples])
    return [
        _labels(sample, code.ids, code.offsets, numbers)
        for sample, code in zip(samples, encoded, strict=True)
    ]


def _labels(
    sample: Sample, ids: list[int], offsets: list[tuple[int, int]], numbers: Mapping[str, int]
) -> Labels:
    heads = np.full((len(HEADS), len(ids)), IGNORED)
    mention_of = np.full(len(ids), -1)
    whole = sample.teaches is Teaches.ALL
    there = [start != end for start, end in offsets]
    if whole:
        heads[_MENTION, there] = heads[_ATTRIBUTE, there] = 0
    for k, mention in enumerate(sample.mentions):
        pieces = _pieces(offsets, mention.start, mention.end)
        mention_of[pieces] = k
        if whole:
            heads[_MENTION, pieces] = 2
            heads[_MENTION, pieces[:1]] = 1
        if sample.teaches is not Teaches.LINK:
            for name in STATUS:
                heads[_ORDER[name], pieces] = HEADS[name].index(getattr(mention, name))
    if whole:
        for told in sample.attributes:
            pieces = _pieces(offsets, told.start, told.end)
            heads[_ATTRIBUTE, pieces] = HEADS["attribute"].index(told.kind)
    concepts = np.array([_number(m.concept, numbers) for m in sample.mentions], dtype=np.int64)
    return Labels(np.array(ids), heads, mention_of, concepts)


def _pieces(offsets: Sequence[tuple[int, int]], first: int, last: int) -> list[int]:
    """Return the pieces in a stretch.

    A longer piece whose first character alone lies in it is not: mostly that is the space before
    the next word.
    """
    return [i for i, (start, end) in enumerate(offsets) if _inside(start, end, first, last)]


def _inside(start: int, end: int, first: int, last: int) -> bool:
    if start >= last or end <= first or start == end:
        return False
    return end - start == 1 or start + 1 < last or first == start


def _number(concept: str, numbers: Mapping[str, int]) -> int:
    if concept == "none":
        return NO_FINDING
    return numbers.get(concept, IGNORED)


def counts(rows: Sequence[Labels]) -> dict[str, int]:
    """Return how many answers the rows teach, by head, and of "link"."""
    taught = sum((row.heads != IGNORED).sum(axis=1) for row in rows)
    linked = sum(int((row.concepts != IGNORED).sum()) for row in rows)
    return {**{name: int(n) for name, n in zip(HEADS, taught, strict=True)}, "link": linked}


def collated(rows: Sequence[Labels], padding: int) -> Batch:
    """Return rows as one batch."""
    longest = max(len(row.ids) for row in rows)
    ids = np.full((len(rows), longest), padding)
    mask = np.zeros_like(ids)
    heads = np.full((len(HEADS), len(rows), longest), IGNORED)
    mention_of = np.full((len(rows), longest), -1)
    before = 0
    for i, row in enumerate(rows):
        size = len(row.ids)
        ids[i, :size] = row.ids
        mask[i, :size] = 1
        heads[:, i, :size] = row.heads
        mention_of[i, :size] = np.where(row.mention_of >= 0, row.mention_of + before, -1)
        before += len(row.concepts)
    concepts = np.concatenate([row.concepts for row in rows])
    return Batch(
        torch.from_numpy(ids), torch.from_numpy(mask),
        {name: torch.from_numpy(values) for name, values in zip(HEADS, heads, strict=True)},
        torch.from_numpy(mention_of), torch.from_numpy(concepts),
    )  # fmt: skip
