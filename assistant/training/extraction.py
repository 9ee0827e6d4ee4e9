"""Training of the network that reads patients: a LoRA adapter on an encoder, and its heads."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from assistant.e5 import FILE as E5_FILE
from assistant.e5 import unpack, write_folder
from assistant.errors import InvalidInputError
from assistant.extraction.heads import HEADS
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.training.card import card
from assistant.training.checkpoint import Checkpoint
from assistant.training.labels import Labels, labelled
from assistant.training.manifest import update_manifest, write_json
from assistant.training.mixture import Mixture, mixture
from assistant.training.network import Network
from assistant.training.options import read_options
from assistant.training.run import Run
from assistant.training.samples import Sample

MINILM = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class ExtractionTraining:
    """What a run needs: the knowledge, the settings, and where things lie."""

    knowledge: Path
    work: Path  # folder for checkpoints
    language: str = "en"  # whose settings are the ground
    settings: Path | None = None  # YAML with what is set differently
    data: Path | None = None  # public sets; None trains without them
    encoder: Path | None = None  # folder of another encoder (a BERT with its tokenizer)
    encoder_path: Path | None = None  # where MiniLM lies, if not in its package
    anew: bool = False  # do not go on from a checkpoint

    @property
    def models(self) -> Path:
        """Folder of the manifest and of what is trained."""
        return self.knowledge / "models"


def train_extraction(config: ExtractionTraining) -> Path:
    """Train, keep the best adapter in `knowledge/models/<name>`, and return that folder.

    A run that was killed goes on from its last checkpoint when it is started again with the same
    settings, knowledge and data. Raises InvalidInputError for wrong settings or missing data, and
    ModelFileError where the encoder is missing.
    """
    if config.data is not None and not config.data.is_dir():
        raise InvalidInputError(f"{config.data} is not a folder: --data names the public sets.")
    options = read_options(config.language, config.settings)
    if config.encoder is not None:
        _check_bert(config.encoder)
    torch.set_num_threads(options["threads"])
    knowledge = Knowledge.load(config.knowledge)
    findings = {concept: i for i, concept in enumerate(sorted(knowledge.findings))}
    data = mixture(knowledge, options, config.data, options["seed"])
    with encoder_folder(options["base"], config) as (base_id, base):
        tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        torch.manual_seed(options["seed"])
        network = Network(base, options, len(findings))
    digest = _digest(options, knowledge.bundle.digest, data.digest, base_id)
    checkpoint = Checkpoint(
        config.work / f"{options['name']}.safetensors", digest, anew=config.anew
    )
    run = Run(network, options, checkpoint, padding=padding_of(tokenizer))

    def numbers(samples: Sequence[Sample]) -> list[Labels]:
        return labelled(samples, tokenizer, options["pieces"], findings)

    curve = run.train(numbers(data.training), numbers(data.watched))
    run.load(run.best)
    scores = {name: run.scores(numbers(s)).rounded() for name, s in data.tests.items()}
    folder = config.models / str(options["name"])
    if run.accelerator.is_main_process:
        save(run.best, folder, options)
        told = {"base": base_id, "knowledge": knowledge.bundle.digest, "settings": options}
        _describe(folder, {**told, **_told(run, data), "scores": scores}, curve)
        update_manifest(config.models, folder)
        checkpoint.remove()
    run.accelerator.wait_for_everyone()
    run.accelerator.end_training()
    return folder


@contextmanager
def encoder_folder(base: str, config: ExtractionTraining) -> Iterator[tuple[str, Path]]:
    """Yield the id of an encoder and a folder that transformers loads it from."""
    if config.encoder is not None:
        yield f"{base}-{config.encoder.name}", config.encoder
        return
    own = config.encoder_path if base == MINILM else None
    model, folder = locate(base, config.models, path=own)
    if E5_FILE not in model.files:
        yield model.id, folder
        return
    made = Path(tempfile.mkdtemp(prefix="encoder-"))
    try:
        write_folder(unpack(folder / E5_FILE), made)
        yield model.id, made
    finally:
        shutil.rmtree(made)


def _check_bert(folder: Path) -> None:
    """Raise InvalidInputError where a folder does not hold a BERT and its tokenizer."""
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            raise InvalidInputError(f"{folder} has no {name}: --encoder names a BERT's folder.")
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "bert":
        raise InvalidInputError(f"{folder} holds a {kind}; the encoder must be a BERT.")


def padding_of(tokenizer: Tokenizer) -> int:
    """Return the number of the piece that fills up short texts."""
    for piece in ("[PAD]", "<pad>"):
        number = tokenizer.token_to_id(piece)
        if number is not None:
            return int(number)
    raise ValueError("the tokenizer has no padding piece")


def save(state: dict[str, Tensor], folder: Path, options: dict[str, Any]) -> None:
    """Write the adapter (16 bits), the heads and what is needed to read them."""
    folder.mkdir(parents=True, exist_ok=True)
    adapter: dict[str, Tensor] = {}
    heads: dict[str, Tensor] = {}
    for name, value in state.items():
        if ".lora_" in name:
            module, _, kind = name.removeprefix("encoder.base_model.model.").partition(".lora_")
            adapter[f"{module}.{kind[0]}"] = value.half().contiguous()
        elif name != "findings":
            heads[name.removeprefix("heads.")] = value.contiguous()
    save_file(adapter, folder / "adapter.safetensors")
    save_file(heads, folder / "heads.safetensors")
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)  # safetensors writes for the owner alone
    write_json(
        folder / "config.json",
        {
            "base": options["base"],
            "heads": {name: list(answers) for name, answers in HEADS.items()},
            "scale": options["alpha"] / options["rank"],
            "pieces": options["pieces"],
            "layers": options.get("layers"),
        },
    )


def _told(run: Run, data: Mixture) -> dict[str, Any]:
    """Return what is told of a run beside its settings and scores."""
    return {
        "samples": data.counted,
        "minutes": round(run.story.seconds / 60, 1),
        "device": _device(),
        "processes": run.accelerator.num_processes,
        "date": time.strftime("%Y-%m-%d"),
    }


def _describe(folder: Path, metrics: dict[str, Any], curve: list[dict[str, float]]) -> None:
    """Write the figures, the curve and the card."""
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "curve.json", curve)
    (folder / "README.md").write_text(card(metrics), encoding="utf-8")


def _digest(*told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _device() -> str:
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{torch.get_num_threads()} CPU threads"
