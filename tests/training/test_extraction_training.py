"""Training runs from end to end and leaves a model that reads, on a few sentences."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from assistant.extraction.tagger import Tagger
from assistant.models import locate
from assistant.paths import shipped
from assistant.training.extraction import SETTINGS, ExtractionTraining, train_extraction

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers")


def test_a_short_run_leaves_a_readable_model(tmp_path: Path):
    knowledge = tmp_path / "knowledge"
    shutil.copytree(shipped("knowledge"), knowledge, ignore=shutil.ignore_patterns("*-en"))
    options = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    options |= {"sentences": 64, "evaluation": 12, "batch": 16, "evaluate_every": 2}
    settings = tmp_path / "short.yaml"
    settings.write_text(yaml.safe_dump(options), encoding="utf-8")

    folder = train_extraction(ExtractionTraining(knowledge=knowledge, settings=settings))

    _, base = locate("all-MiniLM-L6-v2", knowledge / "models")
    _, verified = locate("extraction-en", knowledge / "models")
    seen, asked = Tagger(base, verified).read(["I have a fever"], [[(9, 14)]])
    assert len(seen) == 1
    assert asked[0][0].start == 9
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert set(metrics["scores"]) == {"seen", "new_phrases", "new_templates", "new_both"}
