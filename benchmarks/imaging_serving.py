"""How long one picture takes, from a file to its finding and with its heatmap: ways side by side.

    python benchmarks/imaging_serving.py [--size 224] [--rounds 60] [--threads 1 2]

Timed: opening a JPEG of 1024 x 1024 (drawn by code), the gate, the model, the test of steadiness,
and the heatmap, in one process after a warm-up. All ways take turns within a round, so that a busy
machine slows all of them; the seed is fixed. The weights are the backbone's with a head drawn at
random: what is computed, and how long it takes, does not depend on what was learned.

`as trained` keeps batch normalisation apart and the usual order of memory; `folded` is torch with
it folded into the convolutions, channels last; `onnxruntime` is what is served; `bf16` runs the
folded one in autocast. The gate is the served one everywhere. One JSON line a way and number of
threads: p50, p99 and least, in milliseconds.
"""

import argparse
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from assistant.imaging.folding import folded
from assistant.imaging.gate import GateConfig, gate_features
from assistant.imaging.heat import cam, spread
from assistant.imaging.lite0 import pretrained
from assistant.imaging.preparing import resized, tensor
from assistant.imaging.reading import read_picture
from assistant.imaging.served import Served
from assistant.imaging.steady import CHANGES

Maps = Callable[[torch.Tensor], torch.Tensor]


def drawn() -> bytes:
    """Return a JPEG of 1024 x 1024 pixels with both smooth and fine parts."""
    dice = np.random.default_rng(0)
    rows, columns = np.mgrid[0:1024, 0:1024] / 1024
    grey = 120 + 80 * np.sin(9 * rows) * np.cos(7 * columns) + dice.normal(0, 10, (1024, 1024))
    stream = io.BytesIO()
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(stream, "jpeg", quality=90)
    return stream.getvalue()


def ways(data_dir: Path, threads: int) -> dict[str, Maps]:
    """Return each way to compute the last maps."""
    plain = pretrained(data_dir)
    apart = folded(plain)

    def bf16(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return apart.maps(x).float()

    return {
        "as trained": lambda x: plain.maps(x.contiguous()),
        "folded": apart.maps,
        "onnxruntime": Served(plain, threads).maps,
        "bf16": bf16,
    }


def once(data: bytes, maps: Maps, gate: Served, head: torch.nn.Linear, size: int):
    """Return milliseconds to the finding, and to the heatmap as well."""
    began = time.perf_counter()
    picture = read_picture(data, "x.jpg")
    gate_features(gate, [picture.pixels], GateConfig(version="0", kinds=("chest_xray",)))
    square = resized(picture.pixels, size, grey=True)
    changed = [resized(change(square), size) for change in CHANGES]  # one is cut, and grows again
    found = maps(tensor([square, *changed]))
    head(found.mean((2, 3))).softmax(1)
    finding = time.perf_counter()
    again = maps(tensor([resized(picture.pixels, size, grey=True)]))
    spread(cam(again[0], head.weight[0]), *picture.pixels.shape[:2])
    return (finding - began) * 1e3, (time.perf_counter() - began) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    data, head = drawn(), torch.nn.Linear(1280, 2)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode(False), torch.no_grad():
        plain = pretrained(Path(folder))
        for threads in args.threads:
            torch.set_num_threads(threads)
            gate = Served(plain, threads)
            known = ways(Path(folder), threads)
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in known}
            for number in range(args.rounds + 3):
                for name, maps in known.items():
                    spent = once(data, maps, gate, head, args.size)
                    if number >= 3:
                        times[name].append(spent)
            for name, spent in times.items():
                print(json.dumps(row(name, threads, args.size, np.array(spent))), flush=True)


def row(name: str, threads: int, size: int, spent: np.ndarray) -> dict[str, object]:
    """Return one line of the result."""
    figures = {
        f"{what}_ms": {
            "p50": round(float(np.percentile(spent[:, at], 50)), 1),
            "p99": round(float(np.percentile(spent[:, at], 99)), 1),
            "least": round(float(spent[:, at].min()), 1),
        }
        for at, what in enumerate(("finding", "with_heatmap"))
    }
    return {
        "benchmark": "imaging_serving",
        "way": name,
        "threads": threads,
        "size": size,
        "n": len(spent),
        "load": round(os.getloadavg()[0], 1),
        **figures,
    }


if __name__ == "__main__":
    main()
