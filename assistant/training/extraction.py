"""Training of the English tagger: a LoRA adapter on MiniLM and four heads."""

import logging
import random
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoTokenizer, BertModel

from assistant.extraction.tagger import HEADS, TokenHeads
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.training.card import card
from assistant.training.manifest import update_manifest, write_json
from assistant.training.sentences import Generator, Sample
from assistant.training.tagging_scores import Scores, score

log = logging.getLogger(__name__)
NAME = "extraction-en"
BASE = "all-MiniLM-L6-v2"
IGNORED = -100
SETTINGS = Path(__file__).with_name("extraction.yaml")


@dataclass(frozen=True, slots=True)
class ExtractionTraining:
    """What a run needs: the knowledge, where models lie, and the settings file."""

    knowledge: Path
    settings: Path = SETTINGS
    encoder_path: Path | None = None

    @property
    def models(self) -> Path:
        """Folder of the manifest and of what is trained."""
        return self.knowledge / "models"


class Network(nn.Module):
    """The encoder with its adapter, and the heads."""

    def __init__(self, base: Path, options: dict[str, Any]) -> None:
        super().__init__()
        encoder = BertModel.from_pretrained(
            str(base),
            add_pooling_layer=False,
            local_files_only=True,
            hidden_dropout_prob=options["dropout"],
            attention_probs_dropout_prob=options["dropout"],
        )
        lora = LoraConfig(
            r=options["rank"],
            lora_alpha=options["alpha"],
            lora_dropout=options["dropout"],
            target_modules=list(options["targets"]),
        )
        self.encoder = get_peft_model(encoder, lora)
        self.heads = TokenHeads(encoder.config.hidden_size)

    def forward(self, pieces: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return the logits of each head, shape (batch, pieces, answers)."""
        states = self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state
        logits: dict[str, Tensor] = self.heads(states)
        return logits


def train_extraction(config: ExtractionTraining) -> Path:
    """Train, keep the best adapter in `knowledge/models/extraction-en`, and return that folder."""
    options: dict[str, Any] = yaml.safe_load(config.settings.read_text(encoding="utf-8"))
    torch.manual_seed(options["seed"])
    torch.set_num_threads(options["threads"])
    knowledge = Knowledge.load(config.knowledge)
    base_model, base = locate(BASE, config.models, path=config.encoder_path)
    maker = Generator(knowledge, options["held_out_phrases"], options["seed"])
    training = list(maker.samples(options["sentences"]))
    tests = {
        "seen": list(maker.samples(options["evaluation"] // 3)),
        "new_phrases": list(maker.samples(options["evaluation"], new_phrases=True)),
        "new_templates": list(maker.samples(options["evaluation"], new_templates=True)),
        "new_both": list(
            maker.samples(options["evaluation"], new_phrases=True, new_templates=True)
        ),
    }
    run = _Run(base, options)
    started = time.monotonic()
    curve = run.train(training, tests["new_both"][: options["evaluation"] // 3])
    minutes = (time.monotonic() - started) / 60
    folder = config.models / NAME
    run.save(folder)
    metrics = {
        "base": base_model.id,
        "knowledge": knowledge.bundle.digest,
        "settings": options,
        "minutes": round(minutes, 1),
        "scores": {name: run.scores(samples).rounded() for name, samples in tests.items()},
    }
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "curve.json", curve)
    (folder / "README.md").write_text(card(metrics), encoding="utf-8")
    update_manifest(config.models, folder)
    return folder


class _Run:
    """One training run."""

    def __init__(self, base: Path, options: dict[str, Any]) -> None:
        self.options = options
        self.tokenizer = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
        self.network = Network(base, options)
        self._best: dict[str, Tensor] = {}
        self._random = random.Random(options["seed"])  # noqa: S311 (order of data)

    def batches(self, samples: Sequence[Sample], size: int) -> Iterable[dict[str, Tensor]]:
        """Yield batches of sentences of like length, in random order."""
        order = sorted(
            range(len(samples)), key=lambda i: len(samples[i].text) + self._random.random() * 20
        )
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        self._random.shuffle(groups)
        for group in groups:
            yield self.encoded([samples[i] for i in group])

    def encoded(self, samples: Sequence[Sample]) -> dict[str, Tensor]:
        """Return word pieces, mask and the label of each piece for each head."""
        encoded = self.tokenizer(
            [s.text for s in samples], truncation=True, max_length=self.options["pieces"],
            padding=True, return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        offsets = encoded["offset_mapping"].tolist()
        shape = encoded["input_ids"].shape
        labels = {name: torch.full(shape, IGNORED) for name in HEADS}
        for i, sample in enumerate(samples):
            begun: set[int] = set()
            for j, (start, end) in enumerate(offsets[i]):
                if start == end:
                    continue
                labels["mention"][i, j] = 0
                for k, mention in enumerate(sample.mentions):
                    if start < mention.end and mention.start < end:
                        labels["mention"][i, j] = 2 if k in begun else 1
                        begun.add(k)
                        for name in ("assertion", "experiencer", "time"):
                            labels[name][i, j] = HEADS[name].index(getattr(mention, name))
        return {"pieces": encoded["input_ids"], "mask": encoded["attention_mask"], **labels}

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """Return the weighted sum of the heads' cross-entropies."""
        logits = self.network(batch["pieces"], batch["mask"])
        total = torch.zeros(())
        for name, weight in self.options["weights"].items():
            values = nn.functional.cross_entropy(
                logits[name].flatten(0, 1),
                batch[name].flatten(),
                ignore_index=IGNORED,
                reduction="sum",
            )
            total = total + weight * values / max(int((batch[name] != IGNORED).sum()), 1)
        return total

    def train(
        self, training: Sequence[Sample], watched: Sequence[Sample]
    ) -> list[dict[str, float]]:
        """Train until the watched score no longer rises or the time is over; return the curve."""
        options = self.options
        parameters = [p for p in self.network.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            parameters, lr=options["learning_rate"], weight_decay=options["weight_decay"]
        )
        steps = options["epochs"] * (len(training) // options["batch"] + 1)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, _slope(steps, options["warmup"]))
        curve: list[dict[str, float]] = []
        best, worse, step, total = -1.0, 0, 0, 0.0
        started = time.monotonic()
        self.network.train()
        for _ in range(options["epochs"]):
            for batch in self.batches(training, options["batch"]):
                loss = self.loss(batch)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                scheduler.step()
                step += 1
                total += float(loss.detach())
                _progress(
                    step, steps, total / ((step - 1) % options["evaluate_every"] + 1), started
                )
                late = time.monotonic() - started > options["minutes"] * 60
                if step % options["evaluate_every"] and not late:
                    continue
                scores = self.scores(watched)
                curve.append(
                    {
                        "step": step,
                        "loss": round(total / options["evaluate_every"], 4),
                        **scores.rounded(),
                    }
                )
                total = 0.0
                if scores.overall > best:
                    best, worse = scores.overall, 0
                    self._best = self._state()
                else:
                    worse += 1
                if late or worse > options["patience"]:
                    return curve
        return curve

    def _state(self) -> dict[str, Tensor]:
        trainable = {n for n, p in self.network.named_parameters() if p.requires_grad}
        state = self.network.state_dict()
        return {n: state[n].clone() for n in trainable}

    def scores(self, samples: Sequence[Sample]) -> Scores:
        """Return how well the network, as it is now, reads `samples`."""
        was_training = self.network.training
        self.network.eval()
        found = []
        with torch.inference_mode():
            for i in range(0, len(samples), 64):
                batch = self.encoded(samples[i : i + 64])
                logits = self.network(batch["pieces"], batch["mask"])
                found.append(({n: v.argmax(-1) for n, v in logits.items()}, batch))
        self.network.train(was_training)
        return score(found)

    def save(self, folder: Path) -> None:
        """Write the best adapter, the heads and what is needed to read them."""
        self.network.eval()
        self.network.load_state_dict(self._best, strict=False)
        folder.mkdir(parents=True, exist_ok=True)
        adapter: dict[str, Tensor] = {}
        for name, value in self._best.items():
            if ".lora_" in name:
                module, _, kind = name.removeprefix("encoder.base_model.model.").partition(".lora_")
                adapter[f"{module}.{kind[0]}"] = value.contiguous()
        save_file(adapter, folder / "adapter.safetensors")
        heads = {n: v.contiguous() for n, v in self.network.heads.state_dict().items()}
        save_file(heads, folder / "heads.safetensors")
        for file in folder.glob("*.safetensors"):
            file.chmod(0o644)  # safetensors writes for the owner alone
        write_json(
            folder / "config.json",
            {
                "base": BASE,
                "heads": {name: list(answers) for name, answers in HEADS.items()},
                "scale": self.options["alpha"] / self.options["rank"],
                "pieces": self.options["pieces"],
            },
        )


def _slope(steps: int, warmup: float) -> Any:
    """Return the share of the learning rate at each step: up, then down in a line."""

    def share(step: int) -> float:
        rising = step / max(1.0, steps * warmup)
        return min(rising, max(0.02, 1 - step / steps))

    return share


def _progress(step: int, steps: int, loss: float, started: float) -> None:
    """Draw the bar on the terminal's error stream."""
    if step % 10 and step != steps:
        return
    seconds = time.monotonic() - started
    full = int(30 * step / steps)
    bar = "#" * full + "." * (30 - full)
    left = seconds / step * (steps - step) / 60
    print(
        f"\r[{bar}] {step}/{steps} loss {loss:.3f} {seconds / step:.2f} s/step {left:.0f} min left",
        end="", file=sys.stderr, flush=True,
    )  # fmt: skip
