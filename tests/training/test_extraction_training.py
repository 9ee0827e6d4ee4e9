"""The whole pipeline, short and on a tiny encoder, alone and in two processes of the command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from training.tiny import make_encoder

from assistant.cli import BAD_INPUT, main
from assistant.extraction.heads import HEADS
from assistant.models import locate
from assistant.paths import shipped
from assistant.training.extraction import ExtractionTraining, train_extraction
from assistant.training.mixture import WRITTEN

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers")
ROOT = Path(__file__).parents[2]
SHORT = {
    "sentences": 64, "evaluation": 12, "batch": 20, "epochs": 1, "evaluate_every": 3, "rank": 4,
    "alpha": 8, "dropout": 0.0, "pieces": 48, "threads": 1,
    "repeats": {"written": 0, "phrases": 0, "negex": 0, "public": 0},
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with a tiny encoder, short settings, and the knowledge without weights."""
    folder = tmp_path_factory.mktemp("training")
    written = [WRITTEN / f"written_{code}.txt" for code in ("en", "zh")]
    make_encoder(folder / "tiny", [file.read_text(encoding="utf-8") for file in written])
    (folder / "short.yaml").write_text(yaml.safe_dump(SHORT), encoding="utf-8")
    for name in ("one", "two"):
        left_out = shutil.ignore_patterns("*-en", "*-zh", "triage-desk")
        shutil.copytree(shipped("knowledge"), folder / name, ignore=left_out)
    return folder


def trained(place, language):
    return train_extraction(
        ExtractionTraining(
            place / "one",
            place / "work",
            language=language,
            settings=place / "short.yaml",
            encoder=place / "tiny",
        )
    )


@pytest.fixture(scope="module")
def english(place):
    return trained(place, "en")


def assert_complete(folder: Path, languages: set[str]) -> None:
    """Assert that a model is listed, readable, described and not a pickle."""
    model, verified = locate(folder.name, folder.parent)
    assert verified == folder
    listed = {"adapter.safetensors", "heads.safetensors", "config.json", "metrics.json"}
    assert set(model.files) == listed | {"curve.json"}
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    kinds = {"written", "new_phrases", "new_templates", "phrases"}
    assert set(metrics["scores"]) == {f"{kind}-{code}" for kind in kinds for code in languages}
    assert sum(metrics["samples"].values()) == 64 * len(languages)
    curve = json.loads((folder / "curve.json").read_text(encoding="utf-8"))
    assert [row["step"] for row in curve] == ([3, 4] if len(languages) == 1 else [3, 6, 7])
    card = (folder / "README.md").read_text(encoding="utf-8")
    for name, figures in metrics["scores"].items():
        assert f"{figures['link_accuracy']:.3f}" in card, name
    assert "$" not in card


def test_a_short_run_leaves_a_complete_model(english, place):
    assert_complete(english, {"en"})
    config = json.loads((english / "config.json").read_text(encoding="utf-8"))
    heads = load_file(english / "heads.safetensors")
    adapter = load_file(english / "adapter.safetensors")

    assert config["heads"] == {name: list(answers) for name, answers in HEADS.items()}
    assert config["scale"] == 2.0
    for name, answers in HEADS.items():
        assert heads[f"heads.{name}.weight"].shape == (len(answers), 32)
    assert heads["link.weight"].shape == (128, 32)
    assert len(adapter) == 2 * 2 * 6  # A and B, layers, matrices
    assert adapter["encoder.layer.0.attention.self.query.A"].shape == (4, 32)
    assert any(value.abs().max() > 0 for name, value in adapter.items() if name.endswith(".B"))
    assert not list((place / "work").iterdir())  # the run is over: no checkpoint stays


def test_the_run_of_two_languages_has_a_card_of_its_own(place):
    folder = trained(place, "zh")

    assert_complete(folder, {"en", "zh"})
    assert "Chinese" in (folder / "README.md").read_text(encoding="utf-8").splitlines()[0]


def test_the_command_under_torchrun_gives_the_model_of_one_process(place, english):
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "ANAMNESIS_KNOWLEDGE_DIR": str(place / "two"),
        "ANAMNESIS_DATA_DIR": str(place / "data"),
    }
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2",
               "-m", "assistant.cli", "train", "extraction", "--encoder", str(place / "tiny"),
               "--options", str(place / "short.yaml")]  # fmt: skip
    done = subprocess.run(
        command, env=env, cwd=place, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    folder = place / "two" / "models" / "extraction-en"
    metrics, single = (
        json.loads((of / "metrics.json").read_text(encoding="utf-8")) for of in (folder, english)
    )

    assert done.stdout.strip() == str(folder)  # told once
    assert metrics["processes"] == 2
    assert metrics["knowledge"] == single["knowledge"]
    heads, expected = (load_file(of / "heads.safetensors") for of in (folder, english))
    for name, value in expected.items():
        torch.testing.assert_close(heads[name], value, atol=1e-5, rtol=0)
    adapter, expected = (load_file(of / "adapter.safetensors") for of in (folder, english))
    for name, value in expected.items():  # written in 16 bits: one step of rounding may differ
        torch.testing.assert_close(adapter[name], value, atol=2e-5, rtol=2**-10)


def test_an_encoder_that_is_no_bert_is_refused(tmp_path, capsys, place, monkeypatch):
    monkeypatch.setenv("ANAMNESIS_DATA_DIR", str(tmp_path / "data"))
    other = tmp_path / "other"
    shutil.copytree(place / "tiny", other)
    (other / "config.json").write_text('{"model_type": "gpt2"}', encoding="utf-8")

    assert main(["train", "extraction", "--options", str(place / "short.yaml"),
                 "--encoder", str(other)]) == BAD_INPUT  # fmt: skip
    assert "holds a gpt2; the encoder must be a BERT" in capsys.readouterr().err
    (other / "model.safetensors").unlink()
    assert main(["train", "extraction", "--options", str(place / "short.yaml"),
                 "--encoder", str(other)]) == BAD_INPUT  # fmt: skip
    assert "has no model.safetensors" in capsys.readouterr().err
