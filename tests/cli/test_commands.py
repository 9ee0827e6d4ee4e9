"""Every command answers, and a wrong call of it ends with status 2 and one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import __version__, commands
from assistant.commands.common import IMAGE_TASKS
from assistant.imaging import TASKS
from assistant.paths import shipped

CASES = Path(__file__).parents[1] / "evaluation" / "data" / "cases.jsonl"


def test_help_answers_before_any_model_is_loaded():
    """Somebody who mistypes a command must not wait for torch."""
    before = os.times()
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "assistant.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    after = os.times()
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < 1.0  # of the processor
    heavy = ("torch", "transformers", "gradio", "numpy", "pydantic", "sqlalchemy", "faiss")
    loaded = {line.rsplit("|", 1)[-1].strip() for line in shown.stderr.splitlines()}
    assert not loaded & set(heavy)
    for command in commands.ALL:
        assert command.__name__.rsplit(".", 1)[-1] in shown.stdout


def test_tasks_of_pictures_are_those_that_there_are():
    assert tuple(TASKS) == IMAGE_TASKS


@pytest.mark.parametrize("command", commands.ALL, ids=lambda c: c.__name__.rsplit(".", 1)[-1])
def test_each_command_has_its_help(anamnesis, command):
    status, out, _ = anamnesis(command.__name__.rsplit(".", 1)[-1], "--help")
    assert status == 0
    assert out.startswith("usage: anamnesis")


def test_version(anamnesis):
    assert anamnesis("--version") == (0, f"anamnesis {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["diagnose"],
        ["knowledge"],
        ["evaluate", "cases"],
        ["evaluate", "cases", "none.jsonl"],
        ["evaluate", "ddxplus", "nowhere"],
        ["evaluate", "cases", "none.jsonl", "--limit", "0"],
        ["search", "cough", "-k", "0"],
        ["search", " "],
        ["search", "cough", "--condition", "none"],
        ["knowledge", "show", "no such disease"],
        ["serve", "--port", "70000"],
        ["consult", "--age", "old"],
        ["consult", "--age", "-1"],
        ["consult", "--resume", "0" * 32],
        ["consult", "--country", "Atlantis"],
    ],
)
def test_wrong_call_ends_with_status_2(anamnesis, arguments):
    status, out, err = anamnesis(*arguments)
    assert status == 2
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err


def test_wrong_setting_is_named(anamnesis, monkeypatch):
    from assistant.settings import current

    monkeypatch.setenv("ANAMNESIS_PORT", "99999999")
    current.cache_clear()
    status, _, err = anamnesis("assess", "cough")
    assert status == 2
    assert "port" in err


def test_search_finds_passages_in_both_languages(anamnesis):
    status, out, _ = anamnesis("search", "migraine", "-k", "3", "--json")
    assert status == 0
    found = [json.loads(line) for line in out.splitlines()]
    assert 1 <= len(found) <= 3
    assert any(passage["condition"] == "migraine" for passage in found)
    _, out, _ = anamnesis("search", "偏头痛")
    assert "偏头痛" in out


def test_index_is_built_and_listed(anamnesis, monkeypatch, tmp_path):
    from assistant.settings import current

    monkeypatch.setenv("ANAMNESIS_DATA_DIR", str(tmp_path / "own"))
    current.cache_clear()
    status, out, _ = anamnesis("index", "build", "--again")
    assert status == 0
    assert "knowledge-" in out


def test_condition_is_shown_by_any_of_its_names(anamnesis):
    by_id = anamnesis("knowledge", "show", "gerd")
    assert by_id[0] == 0
    assert "heartburn" in by_id[1]
    assert anamnesis("knowledge", "show", "Gastro-oesophageal reflux disease") == by_id
    assert "烧心" in anamnesis("knowledge", "show", "胃食管反流")[1]


def test_misspelt_condition_gets_a_hint(anamnesis):
    assert "gerd" in anamnesis("knowledge", "show", "gert")[2]


def test_unsound_knowledge_gives_status_1(anamnesis, tmp_path):
    copy = shutil.copytree(shipped("knowledge"), tmp_path / "knowledge")
    (copy / "conditions" / "digestive" / "gerd.yaml").write_text("name: {en: only}\n")
    status, out, _ = anamnesis("knowledge", "check", copy, "--errors-only")
    assert status == 1
    assert "gerd" in out


def test_evaluation_ends_in_one_line_of_json(anamnesis):
    status, out, _ = anamnesis("evaluate", "cases", CASES)
    assert status == 0
    line = json.loads(out.splitlines()[-1])
    assert line["n"] == 8
    assert {"top_1_accuracy", "triage_accuracy", "emergency_recall"} <= line["figures"].keys()
    assert line["ci95"]["top_1_accuracy"][0] < line["figures"]["top_1_accuracy"]
    assert len(line["knowledge"]) == 64
    assert "top_1_accuracy" in out.splitlines()[-3] or "seconds" in out.splitlines()[-3]


def test_ablations_change_what_is_measured(anamnesis):
    _, out, _ = anamnesis("evaluate", "cases", CASES, "--no-absent", "--no-dense", "--limit", "3")
    line = json.loads(out.splitlines()[-1])
    assert line["n"] == 3
    assert line["options"]["absent"] is False
    assert line["options"]["dense"] is False


def test_reader_that_stops_reading_is_no_error(anamnesis, environment):
    """`anamnesis search … | head -1` must not end in a traceback."""
    run = subprocess.run(
        f"{sys.executable} -m assistant.cli knowledge show gerd | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "Traceback" not in run.stderr


def test_doctor_says_what_is_missing(anamnesis):
    status, out, _ = anamnesis("doctor")
    assert status in (0, 1)
    for part in ("Back-ends", "Models", "Knowledge", "extractor lexicon", "digest"):
        assert part in out
    assert "(chosen)" in out
