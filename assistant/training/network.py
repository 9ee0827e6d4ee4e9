"""The network in training: a frozen BERT with low-rank adapters, token heads, linking vectors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel
from transformers.utils import logging as transformers_logging

from assistant.extraction.heads import HEADS, LINK_WIDTH
from assistant.training.labels import IGNORED, NO_FINDING, Batch

transformers_logging.set_verbosity_error()  # its load report is about a layer that nobody uses
transformers_logging.disable_progress_bar()
SCALE = 20.0  # of cosines before the softmax over findings


class TokenHeads(nn.Module):
    """One linear layer a question, on top of the encoder's last states."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({n: nn.Linear(width, len(v)) for n, v in HEADS.items()})

    def forward(self, states: Tensor) -> dict[str, Tensor]:
        """Return logits for each head, shape (batch, pieces, answers)."""
        return {name: head(states) for name, head in self.heads.items()}


class Network(nn.Module):
    """All tasks on one encoder."""

    def __init__(self, base: Path, options: Mapping[str, Any], findings: int) -> None:
        """`base`: folder of the encoder's weights; `findings`: how many there are to link to.

        What is new is drawn at random: seed torch first.
        """
        super().__init__()
        encoder = BertModel.from_pretrained(
            str(base),
            add_pooling_layer=False,
            local_files_only=True,
            use_safetensors=True,  # nothing is unpickled
            hidden_dropout_prob=options["dropout"],
            attention_probs_dropout_prob=options["dropout"],
            dtype=torch.float32,
        )
        if options.get("layers"):
            encoder.encoder.layer = encoder.encoder.layer[: options["layers"]]
        width = encoder.config.hidden_size
        lora = LoraConfig(
            r=options["rank"],
            lora_alpha=options["alpha"],
            lora_dropout=options["dropout"],
            target_modules=list(options["targets"]),
        )
        self.encoder = get_peft_model(encoder, lora)
        self.heads = TokenHeads(width)
        self.link = nn.Linear(width, LINK_WIDTH, bias=False)
        self.findings = nn.Parameter(functional.normalize(torch.randn(findings, LINK_WIDTH), dim=1))

    def forward(self, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
        """Return the logits of each head, and cosines of (mentions, findings)."""
        states = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        vectors = functional.normalize(self.link(pooled(states, batch)), dim=1)
        return self.heads(states), vectors @ functional.normalize(self.findings, dim=1).T

    def vectors(self, batch: Batch) -> Tensor:
        """Return the linking vectors of the mentions, shape (mentions, LINK_WIDTH)."""
        states = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        return functional.normalize(self.link(pooled(states, batch)), dim=1)


def pooled(states: Tensor, batch: Batch) -> Tensor:
    """Return the mean state over the pieces of each mention, shape (mentions, width)."""
    inside = batch.mention_of >= 0
    count = batch.concepts.shape[0]
    sums = torch.zeros(count, states.shape[-1], dtype=states.dtype, device=states.device)
    sums = sums.index_add(0, batch.mention_of[inside], states[inside])
    pieces = torch.bincount(batch.mention_of[inside], minlength=count).clamp(min=1)
    return sums / pieces[:, None].to(states.dtype)


def loss(
    answers: tuple[dict[str, Tensor], Tensor],
    batch: Batch,
    weights: Mapping[str, float],
    taught: Mapping[str, int],
) -> Tensor:
    """Return the weighted cross-entropies, each summed and divided by what is `taught` in all.

    With the counts of the whole global batch, the losses of its parts add up to that of the whole,
    however many processes share it. A complaint without a finding is pushed away from all of them
    (even shares as target, Hendrycks 2019: outlier exposure).
    """
    logits, cosines = answers
    total = cosines.new_zeros(())
    for name, true in batch.heads.items():
        values = functional.cross_entropy(
            logits[name].flatten(0, 1).float(), true.flatten(),
            ignore_index=IGNORED, reduction="sum",
        )  # fmt: skip
        total = total + weights[name] * values / max(taught[name], 1)
    scores = (cosines.float() * SCALE).log_softmax(1)
    linked, outside = batch.concepts >= 0, batch.concepts == NO_FINDING
    values = -scores[linked].gather(1, batch.concepts[linked][:, None]).sum()
    values = values - 0.2 * scores[outside].mean(1).sum()
    return total + weights["link"] * values / max(taught["link"], 1)
