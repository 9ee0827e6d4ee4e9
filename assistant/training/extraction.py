"""Training of the network that reads patients: a LoRA adapter on an encoder, and its heads."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from assistant.e5 import FILE as E5_FILE
from assistant.e5 import unpack, write_folder
from assistant.extraction.heads import HEADS
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.training.card import card
from assistant.training.checkpoint import Checkpoint
from assistant.training.labels import labelled
from assistant.training.manifest import update_manifest, write_json
from assistant.training.mixture import mixture
from assistant.training.network import Network
from assistant.training.run import Run

SETTINGS = {
    language: Path(__file__).with_name(f"extraction_{language}.yaml") for language in ("en", "zh")
}


@dataclass(frozen=True, slots=True)
class ExtractionTraining:
    """What a run needs: the knowledge, the settings file, and where things lie."""

    knowledge: Path
    work: Path  # folder for checkpoints
    settings: Path = SETTINGS["en"]
    data: Path | None = None  # public sets; None trains without them
    encoder_path: Path | None = None  # folder of the encoder's weights to use instead

    @property
    def models(self) -> Path:
        """Folder of the manifest and of what is trained."""
        return self.knowledge / "models"


def train_extraction(config: ExtractionTraining) -> Path:
    """Train, keep the best adapter in `knowledge/models/<name>`, and return that folder.

    A run that was killed goes on from its last checkpoint when it is started again with the same
    settings, knowledge and data.
    """
    options: dict[str, Any] = yaml.safe_load(config.settings.read_text(encoding="utf-8"))
    torch.set_num_threads(options["threads"])
    knowledge = Knowledge.load(config.knowledge)
    findings = {concept: i for i, concept in enumerate(sorted(knowledge.findings))}
    data = mixture(knowledge, options, config.data, options["seed"])
    digest = _digest(options, knowledge.bundle.digest, data.counted)
    with encoder_folder(options["base"], config) as (base_id, base):
        tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        torch.manual_seed(options["seed"])
        network = Network(base, options, len(findings))
        checkpoint = Checkpoint(config.work / f"{options['name']}.safetensors", digest)
        run = Run(network, options, checkpoint, padding=padding_of(tokenizer))

        def numbers(samples: Any) -> Any:
            return labelled(samples, tokenizer, options["pieces"], findings)

        curve = run.train(numbers(data.training), numbers(data.watched))
        run.plain.load_state_dict(run.best, strict=False)
        scores = {name: run.scores(numbers(s)).rounded() for name, s in data.tests.items()}
    folder = config.models / options["name"]
    if run.accelerator.is_main_process:
        save(run.best, folder, options)
        metrics = {
            "base": base_id,
            "knowledge": knowledge.bundle.digest,
            "settings": options,
            "samples": data.counted,
            "minutes": round(run.story.seconds / 60, 1),
            "device": _device(),
            "processes": run.accelerator.num_processes,
            "date": time.strftime("%Y-%m-%d"),
            "scores": scores,
        }
        write_json(folder / "metrics.json", metrics)
        write_json(folder / "curve.json", curve)
        (folder / "README.md").write_text(card(metrics), encoding="utf-8")
        update_manifest(config.models, folder)
        checkpoint.remove()
    run.accelerator.wait_for_everyone()
    return folder


@contextmanager
def encoder_folder(base: str, config: ExtractionTraining) -> Iterator[tuple[str, Path]]:
    """Yield the id of an encoder and a folder that transformers loads it from."""
    if config.encoder_path is not None:
        yield f"{base}-{config.encoder_path.name}", config.encoder_path
        return
    model, folder = locate(base, config.models)
    if E5_FILE not in model.files:
        yield model.id, folder
        return
    made = Path(tempfile.mkdtemp(prefix="encoder-"))
    try:
        write_folder(unpack(folder / E5_FILE), made)
        yield model.id, made
    finally:
        shutil.rmtree(made)


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


def _digest(options: dict[str, Any], knowledge: str, counted: dict[str, int]) -> str:
    told = json.dumps([options, knowledge, counted], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _device() -> str:
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{torch.get_num_threads()} CPU threads"
