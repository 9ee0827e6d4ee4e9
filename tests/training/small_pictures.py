"""A set of small pictures drawn by code, and a run on it; `python small_pictures.py FOLDER [STEP]`.

Started with STEP, the process kills itself (SIGKILL) when it comes to that step.
"""

import csv
import io
import json
import os
import signal
import sys
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from assistant.imaging.tiny import NETWORKS
from assistant.training.checkpoint import Checkpoint
from assistant.training.imaging.network import Network
from assistant.training.imaging.run import Examples, Run
from assistant.training.imaging.training import OPTIONS
from assistant.training.options import merged_options

SIDE = 32
LABELS = ("normal", "pneumonia")


def drawn(seed, ill, side=SIDE):
    """Return a dim picture; "ill" has a bright spot somewhere."""
    dice = np.random.default_rng(seed)
    grey = dice.normal(70, 12, (side, side))
    if ill:
        rows, columns = np.mgrid[0:side, 0:side]
        top, left = dice.uniform(0.3, 0.7, 2) * side
        grey += 140 * np.exp(-((rows - top) ** 2 + (columns - left) ** 2) / (2 * (side / 8) ** 2))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


def examples(count=22):
    """Return a set in which three of four are ill."""
    truth = [int(at % 4 > 0) for at in range(count)]
    pictures = np.stack([drawn(at, ill)[..., 0] for at, ill in enumerate(truth)])
    return Examples(torch.from_numpy(pictures)[:, None], truth, LABELS)


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    return stream.getvalue()


def write_set(folder: Path, pictures, columns=("file", "class"), rows=None):
    """Write pictures (name to pixels) and labels.csv into a folder; return the folder."""
    for name, pixels in pictures.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(pixels))
    if rows is not None:
        with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([columns, *rows])
    return folder


def as_tar(folder: Path, file: Path, prefix="./"):
    """Pack a folder; return the file."""
    with tarfile.open(file, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.add(path, prefix + path.relative_to(folder).as_posix())
    return file


def short_options(**changes):
    """Return settings of a run of 15 steps: 22 pictures in batches of 5, the last of 2 pictures."""
    options = merged_options(OPTIONS / "pneumonia.yaml")
    return options | {
        "network": "tiny", "resolution": SIDE, "batch": 5, "epochs": 3, "learning_rate": 0.01,
        "dropout": 0.0, "drop_path": 0.0, "threads": 1, "batch_norm": "frozen", "mixup": 0.4,
        "patience": 9, **changes,
    }  # fmt: skip


class Mortal(Run):
    """A run that is killed at a step."""

    dies_at = -1

    def step(self, group):
        if self.story.step == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(group)


def make_run(checkpoint: Path, options, digest="one") -> Mortal:
    """Return a run that has not begun."""
    torch.manual_seed(options["seed"])
    network = Network(NETWORKS[options["network"]](), len(LABELS), options)
    return Mortal(network, examples(), options, Checkpoint(checkpoint, digest))


def rows():
    """Return what is learnt from, and what is watched."""
    return list(range(22)), list(range(8))


def main(folder: Path, dies_at: int) -> None:
    """Run with the options in `folder`, and leave the last and the best weights there."""
    options = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    run = make_run(folder / "checkpoint.safetensors", options)
    run.dies_at = dies_at
    curve = run.train(*rows())
    if run.accelerator.is_main_process:
        for name, state in (("last", run.state()), ("best", run.best)):
            packed = {key: value.contiguous() for key, value in state.items()}
            save_file(packed, folder / f"{name}.safetensors")
        told = {"curve": curve, "processes": run.accelerator.num_processes}
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    run.accelerator.end_training()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else -1)
