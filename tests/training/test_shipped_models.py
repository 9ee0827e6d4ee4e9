"""What ships is what was trained: complete, verified, small, and described."""

import json
import re

import pytest

from assistant.extraction.linking import key_of, phrases_of, read_vectors
from assistant.models import locate, read_manifest
from assistant.paths import shipped

MODELS = shipped("knowledge") / "models"
HEADINGS = (
    "Intended use",
    "Out of scope",
    "Training data and provenance",
    "Evaluation",
    "Known failures",
)
MEGABYTES = 8


@pytest.mark.parametrize("name", ["extraction-en", "passages-en", "phrases-en"])
def test_files_are_those_of_the_manifest_and_small(name):
    _, folder = locate(name, MODELS)

    assert sum(f.stat().st_size for f in folder.iterdir()) <= MEGABYTES * 2**20


def test_the_manifest_lists_no_pickle():
    for model in read_manifest(MODELS).values():
        assert not [f for f in model.files if f.endswith((".bin", ".pt", ".pkl", ".pth"))]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("name", sorted(f.name for f in MODELS.iterdir() if f.is_dir()))
def test_the_model_card_fills_every_heading(name, heading):
    """A model nobody can judge must not ship."""
    card = (MODELS / name / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", card, re.M | re.S)

    assert section is not None
    assert len(section.group(1).split()) >= 12


def test_the_cards_figures_are_the_measured_ones():
    card = (MODELS / "extraction-en" / "README.md").read_text(encoding="utf-8")
    metrics = json.loads((MODELS / "extraction-en" / "metrics.json").read_text(encoding="utf-8"))
    for scores in metrics["scores"].values():
        assert f"{scores['mention_f1']:.3f}" in card
        assert f"{scores['assertion_accuracy']:.3f}" in card


def test_most_phrases_ship_with_their_vector(knowledge):
    """Otherwise the first start takes minutes: run `anamnesis train phrases` after new phrases."""
    model, _ = locate("all-MiniLM-L6-v2", MODELS)
    known = read_vectors(MODELS / "phrases-en" / "vectors.safetensors", model.id)
    phrases = {phrase for phrase, _ in phrases_of(knowledge)}

    assert len([p for p in phrases if key_of(p) in known]) >= 0.9 * len(phrases)
