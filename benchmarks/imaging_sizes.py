"""Size against accuracy and speed: Lite0, half as wide, and a CNN of three convolutions.

    python benchmarks/imaging_sizes.py --data ../shared/data/images/breast_ultrasound.tar

Each network is trained on the same fold, and timed on one picture at a time with batch
normalisation folded, on `--threads` threads; one JSON line a network, intervals by bootstrap over
groups. Only Lite0 starts from ImageNet and keeps its first blocks; the others start from nothing,
so they learn for more epochs (`--epochs-from-nothing`), and their normalisation follows faster.
"""

import argparse
import json
import statistics
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

_WARM, _TIMED = 10, 60
# fixed here, so that a table does not change with the settings of the model that ships
_ALL = {
    "resolution": 160, "bf16": True, "frozen": 5, "mixup": 0.0,
    "augment": {
        "rotate": 10.0, "zoom": 0.15, "shift": 0.06, "contrast": 0.2, "gamma": 0.2, "smallest": 28,
    },
}  # fmt: skip
_FROM_NOTHING = {"frozen": 0, "layer_decay": 1.0, "norm_momentum": 0.1}


def measured(name: str, args: argparse.Namespace, data_dir: Path) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "options.yaml"
        changes = {**_ALL, "network": name, "epochs": args.epochs}
        if name != "lite0":
            changes |= {"epochs": args.epochs_from_nothing, **_FROM_NOTHING}
        settings.write_text(yaml.safe_dump(changes), encoding="utf-8")
        config = ImagingTraining(
            task=args.task, data=(args.data,), models=Path(folder), data_dir=data_dir,
            work=Path(folder), settings=settings, only=(f"fold-{args.fold}",),
        )  # fmt: skip
        prepared = prepare(config)
        stage = trained(prepared, config)[f"fold-{args.fold}"]
    rows = stage.tensors["rows"]
    truth = prepared.examples.truth[rows].numpy()
    found = figures(softmax(stage.tensors["logits"].numpy()), truth, prepared.task.labels)
    groups = [prepared.sides.groups[row] for row in rows.tolist()]
    network = new_network(prepared, data_dir).trunk
    count = sum(p.numel() for p in network.parameters())
    size = prepared.options["resolution"]
    return {
        "network": name,
        "parameters": count,
        "mb_32_bit": round(count * 4 / 1e6, 2),
        "ms": timed(folded(network), size, args.threads),
        "threads": args.threads,
        "pixels": size,
        "fold": args.fold,
        "n": len(truth),
        "epochs": changes["epochs"],
        "training_minutes": round(stage.told["seconds"] / 60, 1),
        **{
            figure: [e.value, e.low, e.high]
            for figure in ("accuracy", "balanced_accuracy", "auc")
            for e in [found.interval(figure, groups)]
        },
    }


def timed(network: torch.nn.Module, size: int, threads: int) -> dict[str, float]:
    """Return the processor's time for one picture, in milliseconds; other jobs count little."""
    torch.set_num_threads(threads)
    x = torch.randn(1, 3, size, size).contiguous(memory_format=torch.channels_last)
    seconds = []
    with torch.inference_mode():
        for _ in range(_WARM + _TIMED):
            begun = time.process_time()
            network(x)
            seconds.append(time.process_time() - begun)
    seconds = seconds[_WARM:]
    median, best = statistics.median(seconds), min(seconds)
    return {"median": round(1e3 * median, 1), "best": round(1e3 * best, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="breast_ultrasound")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--epochs-from-nothing", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    for name in NETWORKS:
        print(json.dumps(measured(name, args, current().data_dir)), flush=True)


if __name__ == "__main__":
    main()
