"""What ships is what was trained: complete, verified, small, and described."""

import json
import re

import pytest

from assistant.extraction.phrase_vectors import key_of, phrases_of, read_vectors
from assistant.models import locate, read_manifest
from assistant.paths import shipped
from assistant.records.terms import Language
from assistant.training.card import card

MODELS = shipped("knowledge") / "models"
HEADINGS = (
    "Intended use",
    "Out of scope",
    "Training data and provenance",
    "Evaluation",
    "Known failures",
)
# Each folder of a model: those under a licence of their own lie one deeper.
FOLDERS = sorted({m.folder for m in read_manifest(MODELS).values() if m.folder is not None})
# Bytes of a language: what its network learnt, and that with its vectors of phrases and examples.
ADAPTER, ALL = 8 * 10**6, 9 * 10**6
LANGUAGES = ["en", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_those_of_the_manifest_and_small_together(language):
    adapter, phrases = (
        sum(file.stat().st_size for file in locate(f"{kind}-{language}", MODELS)[1].iterdir())
        for kind in ("extraction", "phrases")
    )

    assert adapter <= ADAPTER
    assert adapter + phrases <= ALL


def test_the_manifest_lists_no_pickle():
    """The one `.bin` is the multilingual encoder's 4-bit blocks, which we read ourselves."""
    listed = {f for model in read_manifest(MODELS).values() for f in model.files}
    pickles = {f for f in listed if f.endswith((".bin", ".pt", ".pkl", ".pth"))}

    assert pickles <= {"e5-small-q4.bin"}


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("name", FOLDERS)
def test_the_model_card_fills_every_heading(name, heading):
    """A model nobody can judge must not ship."""
    text = (MODELS / name / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.M | re.S)

    assert section is not None
    assert len(section.group(1).split()) >= 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_is_the_one_of_the_measured_figures(language):
    folder = MODELS / f"extraction-{language}"
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))

    assert (folder / "README.md").read_text(encoding="utf-8") == card(metrics)


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_phrases_ship_with_their_vector(language, knowledge):
    """Otherwise the first start takes minutes: run `anamnesis train linking` after new phrases."""
    model, _ = locate(f"extraction-{language}", MODELS)
    known = read_vectors(MODELS / f"phrases-{language}" / "vectors.safetensors", model.id)
    phrases = {phrase for phrase, _ in phrases_of(knowledge, Language(language))}

    assert len([p for p in phrases if key_of(p) in known]) >= 0.9 * len(phrases)


def test_every_folder_of_weights_is_in_the_manifest():
    """What is not listed there is never checked."""
    weights = {f.parent.relative_to(MODELS).as_posix() for f in MODELS.rglob("*.safetensors")}

    assert weights <= set(FOLDERS)
