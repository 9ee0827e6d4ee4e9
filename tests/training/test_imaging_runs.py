"""Runs on pictures: several processes are one, a kill loses nothing, what is frozen stays."""

import copy
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from training.small_pictures import SIDE, examples, make_run, rows, short_options

from assistant.errors import InvalidInputError
from assistant.imaging.lite0 import Conv, Lite0
from assistant.training.checkpoint import Checkpoint
from assistant.training.imaging.augmentation import PLAIN, Dice, augmented, plain
from assistant.training.imaging.depthwise import QuickConv, hastened
from assistant.training.imaging.network import Network, groups
from assistant.training.imaging.run import Run

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).with_name("small_pictures.py")
TOLERANCE = 1e-4  # sums in another order, enlarged by Adam; training moves weights by 0.1


def started(folder: Path, *, processes=1, dies_at=-1, **changes) -> subprocess.CompletedProcess:
    """Run small_pictures.py in processes of its own, as a user starts them."""
    folder.mkdir(exist_ok=True)
    (folder / "options.json").write_text(json.dumps(short_options(**changes)), encoding="utf-8")
    many = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    command = [sys.executable, *(many if processes > 1 else []), str(SMALL), str(folder)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    env = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [*command, str(dies_at)], env=env, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def assert_same(one, two) -> None:
    assert one.keys() == two.keys()
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, atol=TOLERANCE, rtol=1e-5)


def test_the_run_learns(tmp_path):
    """Weights that nothing moved would be the same everywhere."""
    run = make_run(tmp_path / "c", short_options(epochs=12, mixup=0.0))
    begun = run.kept()
    curve = run.train(*rows())

    assert curve[-1]["loss"] < curve[0]["loss"] - 0.1
    assert run.story.best > 0.8  # AUC; a guess has 0.5
    assert any((begun[n] - v).abs().max() > 0.01 for n, v in run.best.items())


def test_two_processes_give_the_weights_of_one(tmp_path):
    """Also where their shares are not alike; with mixing and the moving mean."""
    alone = make_run(tmp_path / "alone", short_options())
    curve = alone.train(*rows())
    done = started(tmp_path / "two", processes=2)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "two" / "told.json").read_text(encoding="utf-8"))

    assert told["processes"] == 2
    assert_same(alone.state(), load_file(tmp_path / "two" / "last.safetensors"))
    assert_same(alone.best, load_file(tmp_path / "two" / "best.safetensors"))
    for row, other in zip(told["curve"], curve, strict=True):
        assert row["loss"] == pytest.approx(other["loss"], abs=2e-4)


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path):
    """With dropout, and with statistics of batches, which move too."""
    changes = {"dropout": 0.3, "batch_norm": "batch"}
    killed, options = tmp_path / "killed", short_options(**changes)
    assert started(killed, dies_at=8, **changes).returncode == -signal.SIGKILL
    assert (killed / "checkpoint.safetensors").is_file()
    assert not (killed / "last.safetensors").exists()

    again = make_run(killed / "checkpoint.safetensors", options)
    after = again.train(*rows())
    whole = make_run(tmp_path / "whole", options)
    before = whole.train(*rows())

    assert_same(whole.state(), again.state())
    assert_same(whole.best, again.best)
    assert [row["step"] for row in after] == [row["step"] for row in before] == [5, 10, 15]
    assert any("running_mean" in name for name in whole.state())


def test_statistics_of_batches_are_refused_in_several_processes_on_a_cpu(tmp_path, monkeypatch):
    """Each would keep statistics of its own, and the weights would depend on their number."""
    monkeypatch.setenv("WORLD_SIZE", "2")

    with pytest.raises(InvalidInputError, match="batch_norm: frozen"):
        make_run(tmp_path / "c", short_options(batch_norm="batch"))


def test_without_watching_the_last_weights_are_kept(tmp_path):
    run = make_run(tmp_path / "c", short_options())
    learnt, _ = rows()

    run.train(learnt, [])

    assert_same(run.kept(), run.best)
    assert run.story.step == 15


def test_it_stops_when_the_score_no_longer_rises(tmp_path):
    run = make_run(tmp_path / "c", short_options(learning_rate=1e-12, epochs=50, patience=2))

    assert len(run.train(*rows())) == 4  # the first is the best; three that are no better


def lite(frozen, **changes):
    options = short_options(network="lite0", frozen=frozen, frozen_bf16=False, **changes)
    torch.manual_seed(1)
    return Network(Lite0(), 2, options), options


def test_frozen_blocks_keep_weights_and_statistics(tmp_path):
    network, options = lite(5, batch_norm="batch")
    before = {n: v.clone() for n, v in network.state_dict().items()}
    run = Run(network, examples(), options, Checkpoint(tmp_path / "c", "one"))
    run.network.train()
    run.step(range(5))
    moved = {
        name
        for name, value in network.state_dict().items()
        if value.is_floating_point() and not torch.equal(value, before[name])
    }

    below = ("trunk._conv_stem", "trunk._bn0", *(f"trunk._blocks.{k}." for k in range(5)))
    assert not [name for name in moved if name.startswith(below)]
    assert "trunk._blocks.5._bn0.running_mean" in moved
    assert "trunk._conv_head.weight" in moved


def test_lower_blocks_learn_more_slowly_and_the_head_fastest():
    network, options = lite(5, layer_decay=0.9)
    parts = {
        name: group["part"]
        for group in groups(network, options)
        for name, parameter in network.named_parameters()
        if any(parameter is one for one in group["params"])
    }

    assert not [name for name in parts if name.startswith("trunk._blocks.4.")]
    assert parts["trunk._blocks.5._expand_conv.weight"] < parts["trunk._blocks.15._bn2.weight"]
    assert parts["trunk._conv_head.weight"] == 1.0
    assert parts["head.weight"] == options["heads_rate"]


def test_rare_labels_are_drawn_as_often_as_others_and_all_of_them(tmp_path):
    run = make_run(tmp_path / "c", short_options(power=1.0, batch=22))
    learnt, _ = rows()
    drawn = [row for batch in run.batches(learnt, 0) for row in batch]
    truth = run.examples.truth[drawn]

    assert len(drawn) == len(learnt)
    assert int((truth == 0).sum()) == 11  # of six healthy ones
    assert {row for row in drawn if run.examples.truth[row] == 0} == {0, 4, 8, 12, 16, 20}
    assert drawn == [row for batch in run.batches(learnt, 0) for row in batch]
    assert drawn != [row for batch in run.batches(learnt, 1) for row in batch]


def test_a_picture_is_changed_alike_wherever_it_is_changed():
    """Its dice follow from its place in the batch, not from who changes it."""
    held = examples().pictures[:6]
    settings = short_options()["augment"] | {"noise": 0.1, "blur": 0.5, "cutout": 0.5}
    dice = Dice.thrown(3, 5, 6)
    whole = augmented(held, dice, settings, SIDE)
    part = augmented(held[1::2], dice.of([1, 3, 5]), settings, SIDE)

    torch.testing.assert_close(whole[1::2], part)
    assert not torch.allclose(whole, augmented(held, Dice.thrown(3, 6, 6), settings, SIDE))
    assert 0 <= float(whole.min()) <= float(whole.max()) <= 1


def test_without_settings_a_picture_is_not_changed():
    held = examples().pictures[:4]

    torch.testing.assert_close(
        augmented(held, Dice.thrown(1, 1, 4), PLAIN, SIDE), plain(held, SIDE), atol=2e-3, rtol=0
    )


def test_each_change_changes_something():
    """A setting that did nothing would be found useful or useless at random."""
    colours = examples().pictures[:8].expand(-1, 3, -1, -1).clone()
    colours[:, 1] //= 2
    still = plain(colours, SIDE)
    for name in PLAIN:
        if name in ("smallest", "reflect"):
            continue
        size = 28.0 if name == "rotate" else 0.9
        moved = augmented(colours, Dice.thrown(2, 2, 8), {**PLAIN, name: size, "smallest": 8}, SIDE)
        assert (moved - still).abs().mean() > 5e-3, name


@pytest.mark.parametrize(("kernel", "stride"), [(5, 1), (5, 2), (3, 2), (3, 1)])
@pytest.mark.parametrize("side", [14, 15])
def test_the_quick_gradient_is_the_gradient(kernel, stride, side):
    """Weights that learn from a wrong gradient are wrong in a way that no error shows."""
    torch.manual_seed(0)
    plain_conv = Conv(24, 24, kernel, stride, groups=24)
    quick = copy.deepcopy(plain_conv)
    hastened(quick)
    assert isinstance(quick, QuickConv) == ((kernel, stride) != (3, 1))
    x = torch.randn(3, 24, side, side)
    found = []
    for conv in (plain_conv, quick):
        own = x.clone().requires_grad_()
        y = conv(own)
        (y * torch.arange(y.numel()).view_as(y).cos()).sum().backward()
        found.append((y, own.grad, conv.weight.grad))

    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(other, one, atol=1e-4, rtol=1e-4)


def test_frozen_blocks_compute_the_same_with_normalisation_folded():
    """They learn nothing, so what lies above must not see that they were made quicker."""
    torch.manual_seed(1)
    options = short_options(network="lite0", frozen=5, frozen_bf16=True, bf16=False)
    network = Network(Lite0(), 2, options).train()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        quick = network._upto(x, 5)
        network._small = False
        plain_one = network._upto(x, 5)

    assert not torch.equal(quick, plain_one)  # bf16
    assert (quick - plain_one).abs().max() < 0.05 * plain_one.abs().max()
    assert not [name for name in network.state_dict() if "_copy" in name]
