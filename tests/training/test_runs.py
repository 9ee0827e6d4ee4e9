"""Runs: several processes are one, a kill loses nothing, and what has stopped rising stops."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from training.tiny import LINES, make_encoder, make_run, short_options

from assistant.errors import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers")
ROOT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.py")
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    make_encoder(folder / "encoder")
    return folder


def started(folder: Path, *, processes=1, dies_at=-1, **changes) -> subprocess.CompletedProcess:
    """Run tiny.py in processes of its own, as a user starts them."""
    folder.mkdir(exist_ok=True)
    (folder / "options.json").write_text(json.dumps(short_options(**changes)), encoding="utf-8")
    many = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    command = [sys.executable, *(many if processes > 1 else []), str(TINY), str(folder)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    env = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [*command, str(dies_at)], env=env, capture_output=True, text=True, timeout=240, check=False
    )


def told_by(run, curve):
    """Return what a run left, as tiny.py does."""
    return {"last": run.state(), "best": run.best, "curve": curve}


@pytest.fixture(scope="module")
def alone(place):
    """Return what a run in one plain process leaves, which nothing disturbed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    run, rows = make_run(place / "encoder", place / "alone.safetensors", short_options())
    yield told_by(run, run.train(rows, rows))
    torch.set_num_threads(threads)


def assert_same(one, two) -> None:
    for name in ("last", "best"):
        assert one[name].keys() == two[name].keys()
        for key, value in one[name].items():
            torch.testing.assert_close(two[name][key], value, atol=TOLERANCE, rtol=0)


def test_the_run_learns(place, alone):
    """Weights that nothing moved would be the same everywhere."""
    begun, _ = make_run(place / "encoder", place / "unused", short_options())
    curve = alone["curve"]

    assert [row["step"] for row in curve] == [4, 8, 12]
    assert curve[-1]["loss"] < curve[0]["loss"]
    for key, value in begun.state().items():
        assert (value - alone["last"][key]).abs().max() > 100 * TOLERANCE, key


def test_two_processes_give_the_weights_of_one(place, alone):
    """Also where their shares are not alike, and where one of them has none."""
    done = started(place / "two", processes=2)
    assert done.returncode == 0, done.stderr
    told = json.loads((place / "two" / "told.json").read_text(encoding="utf-8"))
    left = {n: load_file(place / "two" / f"{n}.safetensors") for n in ("last", "best")}

    assert told["processes"] == 2
    assert_same(alone, left)
    for row, other in zip(told["curve"], alone["curve"], strict=True):
        assert row["loss"] == pytest.approx(other["loss"], abs=2e-4)


def test_a_killed_run_goes_on_to_the_same_weights(place):
    """With dropout, whose dice a run that goes on must throw as it would have."""
    killed, options = place / "killed", short_options(dropout=0.2)
    assert started(killed, dropout=0.2, dies_at=6).returncode == -signal.SIGKILL
    assert (killed / "checkpoint.safetensors").is_file()
    assert not (killed / "last.safetensors").exists()

    again, rows = make_run(place / "encoder", killed / "checkpoint.safetensors", options)
    after = told_by(again, again.train(rows, rows))
    whole, rows = make_run(place / "encoder", place / "whole.safetensors", options)
    before = told_by(whole, whole.train(rows, rows))

    assert_same(before, after)
    assert [row["step"] for row in after["curve"]] == [4, 8, 12]
    assert again.story.seconds > 0


@pytest.fixture
def run_of(place, tmp_path):
    """Return a maker of runs that share a checkpoint file."""

    def made(digest="one", **changes):
        file = tmp_path / "checkpoint.safetensors"
        return make_run(place / "encoder", file, short_options(**changes), digest)

    return made


def test_a_run_stops_when_the_score_no_longer_rises(run_of):
    run, rows = run_of(learning_rate=1e-12, evaluate_every=1, patience=2, epochs=50)

    curve = run.train(rows, rows)

    assert len(curve) == 4  # the first is the best; three that are no better are one too many
    assert run.story.best == pytest.approx(run.scores(rows).overall)


def test_a_stopped_run_that_is_started_again_learns_no_more(run_of):
    first, rows = run_of(learning_rate=1e-12, evaluate_every=1, patience=2, epochs=50)
    first.train(rows, rows)
    again, _ = run_of(learning_rate=1e-12, evaluate_every=1, patience=2, epochs=50)

    assert len(again.train(rows, rows)) == 4
    assert again.story.step == first.story.step


def test_a_run_stops_when_its_minutes_are_over(run_of):
    run, rows = run_of(minutes=1e-9, epochs=50)

    assert [row["step"] for row in run.train(rows, rows)] == [1]


def test_the_best_weights_are_kept_not_the_last(run_of):
    run, rows = run_of(epochs=2)
    scores = iter((0.5, 0.9, 0.1, 0.2, 0.8, 0.3))
    kept = []

    def watched(_):
        kept.append(run.state())
        return type("Fixed", (), {"overall": next(scores), "rounded": lambda self: {}})()

    run.scores = watched  # the scores are given; the keeping is what is tested
    run.options["evaluate_every"] = 1
    run.train(rows, rows)

    assert len(kept) == 6
    for key, value in run.best.items():
        assert torch.equal(value, kept[1][key])
    assert any(not torch.equal(value, kept[5][key]) for key, value in run.best.items())


def test_a_checkpoint_of_other_settings_is_not_taken_up(run_of):
    first, rows = run_of("one")
    first.train(rows, rows)
    other, _ = run_of("two")
    begun = other.state()

    other._resume()

    assert other.story.step == 0
    assert all(torch.equal(value, begun[key]) for key, value in other.state().items())
    same, _ = run_of("one")
    same._resume()
    assert same.story.step == 12


def test_anew_forgets_and_damage_is_told(run_of):
    first, rows = run_of()
    first.train(rows, rows)
    file = first._checkpoint.file
    again, _ = run_of()
    again._checkpoint._anew = True
    again._resume()
    assert again.story.step == 0

    file.write_bytes(file.read_bytes()[:100])
    damaged, _ = run_of()
    with pytest.raises(InvalidInputError, match="damaged: --anew"):
        damaged._resume()


def test_every_row_is_in_one_group_of_an_epoch_and_the_order_is_the_seeds(run_of):
    run, rows = run_of()
    other, _ = run_of(seed=8)

    def order(of, epoch):
        return [tuple(row.ids) for group in of.batches(rows, epoch) for row in group]

    assert sorted(order(run, 0)) == sorted(tuple(row.ids) for row in rows)
    assert order(run, 0) == order(run, 0)
    orders = {tuple(order(r, e)) for r in (run, other) for e in range(4)}
    assert len(orders) > 2
    assert len(rows) == len(LINES)
