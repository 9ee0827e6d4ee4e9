"""The network that tags mentions in English: MiniLM with a LoRA adapter and four token heads.

Each word piece gets a tag (begin, inside, outside) and, where a mention is, three more answers:
what is said of it, whose it is and when it was. Answers of a mention are averaged over its pieces.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoTokenizer, BertModel
from transformers.utils import logging as transformers_logging

from assistant.errors import ModelFileError

transformers_logging.set_verbosity_error()  # its load report is about a layer that nobody uses
transformers_logging.disable_progress_bar()

HEADS: Final = {
    "mention": ("outside", "begin", "inside"),
    "assertion": ("present", "absent", "possible", "unsaid"),
    "experiencer": ("patient", "relative"),
    "time": ("now", "past"),
}


@dataclass(frozen=True, slots=True)
class Tagged:
    """One mention that the network sees, with the likelihood of each answer."""

    start: int
    end: int
    confidence: float  # mean probability of being in a mention
    assertion: dict[str, float]
    experiencer: dict[str, float]
    time: dict[str, float]


class TokenHeads(nn.Module):
    """One linear layer a question, on top of the encoder's last states."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({n: nn.Linear(width, len(v)) for n, v in HEADS.items()})

    def forward(self, states: Tensor) -> dict[str, Tensor]:
        """Return logits for each head, shape (batch, pieces, answers)."""
        return {name: head(states) for name, head in self.heads.items()}


class Tagger:
    """The trained network; built once, then only read."""

    def __init__(self, base: Path, adapter: Path, *, threads: int = 2) -> None:
        """`base`: folder of verified MiniLM weights; `adapter`: of what was trained on it."""
        torch.set_num_threads(threads)
        config = json.loads((adapter / "config.json").read_text(encoding="utf-8"))
        if config["heads"] != {name: list(answers) for name, answers in HEADS.items()}:
            raise ModelFileError(adapter.name, "its heads are not those of this version.")
        self.pieces: int = config["pieces"]
        self._tokenizer = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
        self._encoder = BertModel.from_pretrained(
            str(base), add_pooling_layer=False, local_files_only=True
        )
        _merge(self._encoder, load_file(adapter / "adapter.safetensors"), config["scale"])
        self._heads = TokenHeads(self._encoder.config.hidden_size)
        self._heads.load_state_dict(load_file(adapter / "heads.safetensors"))
        self._encoder.eval()
        self._heads.eval()

    def read(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]] | None = None
    ) -> tuple[list[list[Tagged]], list[list[Tagged]]]:
        """Return the mentions seen in each text, and the answers for given spans of each text.

        Raises FloatingPointError where the network answers with anything but finite numbers.
        """
        encoded = self._tokenizer(
            list(texts), truncation=True, max_length=self.pieces, padding=True,
            return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        offsets: list[list[tuple[int, int]]] = encoded.pop("offset_mapping").tolist()
        with torch.inference_mode():
            states = self._encoder(**encoded).last_hidden_state
            logits = self._heads(states)
        if not all(bool(torch.isfinite(values).all()) for values in logits.values()):
            raise FloatingPointError("the tagger's answer is not a number")
        likely = {name: values.softmax(-1) for name, values in logits.items()}
        seen, asked = [], []
        for i, places in enumerate(offsets):
            rows = {name: values[i] for name, values in likely.items()}
            seen.append([_answers(rows, places, run) for run in _runs(rows["mention"], places)])
            wanted = spans[i] if spans is not None else ()
            asked.append([_answers(rows, places, _pieces_of(places, span)) for span in wanted])
        return seen, asked


def _merge(encoder: nn.Module, adapter: dict[str, Tensor], scale: float) -> None:
    """Add each low-rank product to the weight it belongs to (Hu 2021: W + scale * B A)."""
    modules: dict[str, Any] = dict(encoder.named_modules())
    for name in {key.rpartition(".")[0] for key in adapter}:
        weight = modules[name].weight
        with torch.no_grad():
            weight += scale * (adapter[f"{name}.B"] @ adapter[f"{name}.A"])


def _runs(mention: Tensor, places: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the pieces of each mention; a mention never begins or ends within a word."""
    best = mention.argmax(-1).tolist()
    runs: list[list[int]] = []
    open_run = False
    for i, (start, end) in enumerate(places):
        if start == end:
            open_run = False
            continue
        within = i > 0 and places[i - 1][1] == start and places[i - 1][0] != places[i - 1][1]
        if best[i] == 0 and not (within and open_run):
            open_run = False
        elif open_run and (best[i] != 1 or within):
            runs[-1].append(i)
        else:
            runs.append([i])
            open_run = True
    return runs


def _pieces_of(places: Sequence[tuple[int, int]], span: tuple[int, int]) -> list[int]:
    start, end = span
    return [i for i, (a, b) in enumerate(places) if a < end and start < b]


def _answers(
    rows: dict[str, Tensor], places: Sequence[tuple[int, int]], pieces: list[int]
) -> Tagged:
    if not pieces:  # beyond the length that the network reads: it has no opinion
        even = {name: {a: 1 / len(v) for a in v} for name, v in HEADS.items()}
        return Tagged(0, 0, 0.0, even["assertion"], even["experiencer"], even["time"])
    mean = {name: values[pieces].mean(0).tolist() for name, values in rows.items()}
    named = {name: dict(zip(HEADS[name], mean[name], strict=True)) for name in HEADS}
    return Tagged(
        start=places[pieces[0]][0],
        end=places[pieces[-1]][1],
        confidence=1.0 - named["mention"]["outside"],
        assertion=named["assertion"],
        experiencer=named["experiencer"],
        time=named["time"],
    )
