"""`anamnesis evaluate imaging … --model NAME`: figures of a back-end, and the file of its worth."""

import json

import numpy as np
import pytest
import yaml

from assistant.cli import main
from assistant.imaging import IMAGE_MODELS
from assistant.settings import Settings, current
from tests.imaging.backends import made

NAMES = ("a", "b")


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Return the options of a network that tells dark from bright, and the file of its details."""
    entry = {"folder": str(made.vit(tmp_path / "vit", NAMES))}
    file = tmp_path / "models.yaml"
    monkeypatch.setenv("ANAMNESIS_IMAGE_MODELS_FILE", str(file))
    monkeypatch.setenv("ANAMNESIS_DATA_DIR", str(tmp_path / "data"))
    current.cache_clear()
    dice = np.random.default_rng(3)
    ill = np.arange(140) % 2
    grey = np.where(ill, 150, 90)[:, None, None] + dice.normal(0, 25, (140, 28, 28))
    np.savez(
        tmp_path / "set.npz",
        test_images=np.clip(grey, 0, 255).astype(np.uint8),
        test_labels=ill[:, None].astype(np.uint8),
    )

    def write(**more):
        file.write_text(yaml.safe_dump({"pneumonia": {**entry, "labels": labels, **more}}))
        return file

    labels = {"a": "normal", "b": "pneumonia"}
    write()
    if _share(tmp_path, file) < 0.5:  # random weights may have it the other way round
        labels = {"a": "pneumonia", "b": "normal"}
        write()
    yield ["evaluate", "imaging", "pneumonia", str(tmp_path / "set.npz"), "--model"], write
    current.cache_clear()


def _share(folder, file) -> float:
    """Return how often a bright picture is more like pneumonia than a dark one."""
    from assistant.records.picture import Picture

    settings = Settings(_env_file=None, data_dir=folder, image_models_file=file)
    model = IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)
    held = np.load(folder / "set.npz")
    told = np.array([
        model.scores(Picture(pixels=np.repeat(p[..., None], 3, 2), format="png")).probabilities[
            "pneumonia"
        ]
        for p in held["test_images"][:40]
    ])  # fmt: skip
    ill = held["test_labels"][:40, 0] == 1
    return float((told[ill][:, None] > told[~ill][None]).mean())


def test_what_was_measured_is_written_and_then_weighs(given, tmp_path, capsys):
    command, write = given
    file = tmp_path / "worth.json"

    assert main([*command, "huggingface", "--write-calibration", str(file)]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["n"] == line["fitted"] + line["measured"] == 140
    assert line["refused"] == 0
    assert line["weighs"] is True
    assert line["model"].startswith("huggingface vit-")
    value, low, high = line["by_label"]["pneumonia"]["ratio_likely"]
    assert 1 < low < value < high

    write(calibration=str(file))
    settings = Settings(_env_file=None)
    model = IMAGE_MODELS.create("huggingface", task="pneumonia", settings=settings)
    assert model.calibrated
    current.cache_clear()
    assert main([*command, "huggingface"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert (after["n"], after["refused"]) == (140, 0)
    assert after["accuracy"] > 0.8
    assert after["abstained"] < 1  # before it was measured, nothing was ever called likely


def test_without_the_file_figures_are_given_and_nothing_is_likely(given, capsys):
    command, _ = given

    assert main([*command, "huggingface", "--limit", "30"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["auc"] > 0.7
    assert line["abstained"] == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["shipped", "--write-calibration", "x.json"], "one of huggingface, openai-style"),
        (["huggingface", "--write-calibration", "no/where/x.json"], "no folder no"),
        (["huggingface", "--limit", "20", "--write-calibration", "x.json"], "Too few pictures"),
    ],
)
def test_what_cannot_be_measured_is_said(given, more, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command, _ = given

    assert main([*command, *more]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()
