"""Size against accuracy and speed: Lite0, half as wide, and a CNN of three convolutions.

    python benchmarks/imaging_sizes.py --data ../shared/data/images/breast_ultrasound.tar

Each network is trained on the same fold with the same settings (only Lite0 starts from ImageNet and
keeps its first blocks), and timed on one picture, batch normalisation folded; one row a network.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import torch
import yaml

from assistant.evaluation.imaging_metrics import figures
from assistant.imaging.folding import folded
from assistant.imaging.tiny import NETWORKS
from assistant.settings import current
from assistant.training.imaging.run import softmax
from assistant.training.imaging.training import ImagingTraining, new_network, prepare, trained


def measured(name: str, args: argparse.Namespace, data_dir: Path) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "options.yaml"
        changes = {"network": name, "frozen": 5 if name == "lite0" else 0, "epochs": args.epochs}
        settings.write_text(yaml.safe_dump(changes), encoding="utf-8")
        config = ImagingTraining(
            task=args.task, data=(args.data,), models=Path(folder), data_dir=data_dir,
            work=Path(folder), settings=settings, folds=1, only=("fold-0",),
        )  # fmt: skip
        prepared = prepare(config)
        stage = trained(prepared, config)["fold-0"]
    truth = prepared.examples.truth[stage.tensors["rows"]].numpy()
    found = figures(softmax(stage.tensors["logits"].numpy()), truth, prepared.task.labels)
    network = new_network(prepared, data_dir).trunk
    count = sum(p.numel() for p in network.parameters())
    return {
        "network": name,
        "parameters": count,
        "mb_32_bit": round(count * 4 / 1e6, 2),
        "ms": timed(folded(network), prepared.options["resolution"]),
        "n": len(truth),
        "training_minutes": round(stage.told["seconds"] / 60, 1),
        **{
            name: [e.value, e.low, e.high]
            for name in ("accuracy", "balanced_accuracy", "auc")
            for e in [found.interval(name)]
        },
    }


def timed(network, size: int) -> dict:
    torch.set_num_threads(2)
    x = torch.randn(1, 3, size, size).contiguous(memory_format=torch.channels_last)
    seconds = []
    with torch.inference_mode():
        for _ in range(30):
            begun = time.perf_counter()
            network(x)
            seconds.append(time.perf_counter() - begun)
    seconds = sorted(seconds[5:])
    return {"median": round(1e3 * seconds[12], 1), "best": round(1e3 * seconds[0], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="breast_ultrasound")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=15)
    args = parser.parse_args()
    for name in NETWORKS:
        print(json.dumps(measured(name, args, current().data_dir)), flush=True)


if __name__ == "__main__":
    main()
