"""A tiny encoder and a run on it, for tests of how runs go; `python tiny.py FOLDER [STEP]` runs it.

Started with STEP, the process kills itself (SIGKILL) when it comes to that step.
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from assistant.training.checkpoint import Checkpoint
from assistant.training.labels import labelled
from assistant.training.network import Network
from assistant.training.options import read_options
from assistant.training.run import Run
from assistant.training.written import parsed

LINES = (
    "I have a [headache|headache] and [fever|fever]",
    "no [cough|cough|-]",
    "my mum had a [stroke|stroke|^<]",
    "maybe [fever|fever|?] {since Monday|when}",
    "if the [cough|cough|~] starts",
    "[something odd|none] in my head",
    "hello doctor",
    "the [headache|headache] is worse {at night|trigger} but no [fever|fever|-] at all",
    "[cough|cough] {for three days|when} and a bit of [fever|fever]",
    "my dad has no [headache|headache|-^]",
    "thanks",
)
FINDINGS = {"cough": 0, "fever": 1, "headache": 2, "stroke": 3}
SAMPLES = [parsed(line) for line in LINES]


def make_encoder(folder: Path, texts=LINES) -> Path:
    """Write a random BERT of 2 layers and width 32, with a tokenizer of the texts' letters."""
    torch.manual_seed(11)
    letters = sorted({letter for text in texts for letter in text if not letter.isspace()})
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{x}" for x in letters)]
    vocabulary = {piece: i for i, piece in enumerate(names)}
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(str(folder))
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def short_options(**changes):
    """Return settings of a run of 12 steps: an epoch has groups of 5, 5 and 1 row.

    So two processes have shares that are not alike, and once one of them has none.
    """
    options = read_options("en")
    return options | {
        "batch": 5, "epochs": 4, "evaluate_every": 4, "patience": 99, "dropout": 0.0, "rank": 4,
        "alpha": 8, "learning_rate": 0.004, "pieces": 64, "threads": 1, **changes,
    }  # fmt: skip


class Mortal(Run):
    """A run that is killed at a step."""

    dies_at = -1

    def step(self, group):
        if self.story.step == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(group)


def make_run(encoder: Path, checkpoint: Path, options, digest="one") -> tuple[Mortal, list]:
    """Return a run that has not begun, and the rows it learns."""
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    rows = labelled(SAMPLES, tokenizer, options["pieces"], FINDINGS)
    torch.manual_seed(options["seed"])
    network = Network(encoder, options, len(FINDINGS))
    return Mortal(network, options, Checkpoint(checkpoint, digest), padding=0), rows


def main(folder: Path, dies_at: int) -> None:
    """Run with the options in `folder`, and leave the last and the best weights there."""
    options = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    run, rows = make_run(folder.parent / "encoder", folder / "checkpoint.safetensors", options)
    run.dies_at = dies_at
    curve = run.train(rows, rows)
    if run.accelerator.is_main_process:
        save_file(run.state(), folder / "last.safetensors")
        save_file(run.best, folder / "best.safetensors")
        told = {"curve": curve, "processes": run.accelerator.num_processes}
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    run.accelerator.end_training()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else -1)
