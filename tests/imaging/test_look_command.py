"""`anamnesis look`: the contract, line by line."""

import json

import numpy as np
import pytest
from PIL import Image

from assistant.cli import main
from assistant.commands import look
from tests.imaging.drawn import chest, page
from tests.ui.drawings import brain, film


@pytest.fixture
def command(chosen, monkeypatch):
    monkeypatch.setattr(look, "settings", lambda: chosen)
    return main


def _saved(pixels, file):
    Image.fromarray(pixels).save(file)
    return str(file)


def test_one_json_line_a_picture(command, tmp_path, capsys):
    ill = _saved(chest(801, ill=True)[0], tmp_path / "ill.png")
    text = _saved(page(801), tmp_path / "page.png")
    assert command(["look", ill, text, "--json"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["modality"], first["refused"]) == ("chest_xray", None)
    assert [f["label"] for f in first["findings"]] == ["pneumonia", "normal"]
    assert 0.5 < first["findings"][0]["probability"] <= 1
    assert "heatmap" not in first
    assert (second["modality"], second["refused"]) == ("not_medical", "not_medical")
    assert second["findings"] == []
    assert "medical picture" in second["reason"]


def test_bad_file_gets_its_error_and_the_rest_goes_on(command, tmp_path, capsys):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    ill = _saved(chest(803, ill=True)[0], tmp_path / "ill.png")
    absent = str(tmp_path / "absent.png")
    assert command(["look", str(broken), absent, ill, "--json"]) == 2
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [set(row) == {"file", "error"} for row in rows] == [True, True, False]
    assert rows[2]["findings"][0]["label"] == "pneumonia"


def test_heatmap_is_a_picture(command, tmp_path, capsys):
    ill = _saved(chest(805, ill=True)[0], tmp_path / "a name with.odd signs.png")
    assert command(["look", ill, "--json", "--heatmaps", str(tmp_path / "new" / "heat")]) == 0
    row = json.loads(capsys.readouterr().out)
    with Image.open(row["heatmap"]) as drawn:
        assert drawn.size == (150, 120)
        assert np.ptp(np.asarray(drawn.convert("RGB")).astype(int), axis=2).max() > 30  # colours


def test_words_for_people(command, tmp_path, capsys):
    ill = _saved(chest(807, ill=True)[0], tmp_path / "ill.png")
    assert command(["look", ill]) == 0
    said = capsys.readouterr().out
    assert "pneumonia" in said
    assert "not a diagnosis" in said


@pytest.fixture
def shipped(backbone_dir, monkeypatch):
    """Return the command with the models that ship."""
    from assistant.settings import Settings

    as_shipped = Settings(_env_file=None, data_dir=backbone_dir)
    monkeypatch.setattr(look, "settings", lambda: as_shipped)
    return main


def test_a_model_of_kinds_alone_says_so(shipped, tmp_path, capsys):
    """A developer sees what it names in a healthy head, and that this is no finding."""
    drawn = tmp_path / "head.png"
    drawn.write_bytes(brain(seed=11))
    assert shipped(["look", str(drawn), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["modality"] == "brain_mri"
    assert row["findings"][0]["verdict"] == "likely"
    assert "only_kinds" in row["notes"]
    assert shipped(["look", str(drawn)]) == 0
    assert "whether there is any of them, this model cannot tell" in capsys.readouterr().out


def test_other_models_carry_no_such_note(shipped, tmp_path, capsys):
    drawn = tmp_path / "film.png"
    drawn.write_bytes(film())
    assert shipped(["look", str(drawn), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["findings"][0]["label"] == "pneumonia"
    assert "only_kinds" not in row["notes"]
