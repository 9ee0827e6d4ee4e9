"""`anamnesis evaluate imaging TASK DATA` and `evaluate gate DATA…`: how well pictures are read."""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.common import Subparsers, at_least_one, counter, settings
from assistant.imaging import TASKS

if TYPE_CHECKING:
    from assistant.imaging.classifier import Shipped
    from assistant.settings import Settings


def add(what: Subparsers) -> None:
    """Describe both to the parser of `evaluate`."""
    imaging = what.add_parser(
        "imaging",
        help="a classifier of pictures, on a set with a truth",
        description="Figures on pictures that the model learnt from say nothing of others: its"
        " card has those of held-out pictures.",
    )
    imaging.add_argument("task", choices=tuple(TASKS), metavar="TASK", help=", ".join(TASKS))
    imaging.add_argument("data", type=Path, metavar="DATA", help="tar, folder, or MedMNIST .npz")
    imaging.add_argument(
        "--split", help="of labels.csv or the .npz, or all (default: test, else val, else all)"
    )
    imaging.add_argument(
        "--model", type=Path, metavar="DIR", help="folder of another model than the one that ships"
    )
    imaging.add_argument("--limit", type=at_least_one, help="only so many pictures, evenly spaced")
    imaging.set_defaults(run=run_imaging)
    gate = what.add_parser(
        "gate",
        help="which kind of picture it is, and what is refused",
        description="DATA is a tar or a folder whose classes are kinds of pictures, as in the sets"
        " that it was trained on; KIND=PATH says that all of PATH is of one kind, foreign=PATH that"
        " all of it must be refused.",
    )
    gate.add_argument("data", nargs="+", metavar="DATA", help="PATH, KIND=PATH or foreign=PATH")
    gate.add_argument("--model", type=Path, metavar="DIR", help="folder of another gate")
    gate.add_argument("--limit", type=at_least_one, help="only so many pictures of each DATA")
    gate.set_defaults(run=run_gate)


def run_imaging(args: argparse.Namespace) -> int:
    """Read every picture and print the figures in one line of JSON."""
    from assistant.evaluation.imaging import chosen_items, read_all
    from assistant.training.imaging.data import PictureSet
    from assistant.training.imaging.sources import task_of

    begun, chosen, task = time.perf_counter(), settings(), task_of(args.task)
    model = _model(args, chosen)
    pictures = PictureSet(args.data)
    items, split = chosen_items(pictures, task, args.split)
    if args.limit:
        items = items[:: -(-len(items) // args.limit)]
    status, progress = counter("read", len(items))
    with status:
        read = read_all(model, pictures, items, task, progress)
    line = {
        "evaluation": "imaging",
        "task": task.id,
        "data": str(args.data),
        "split": split,
        **read.as_json(),
        "model": model.id,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(line))
    return 0


def _model(args: argparse.Namespace, chosen: "Settings") -> "Shipped":
    from assistant.imaging.classifier import load_shipped, shipped

    if args.model is None:
        return shipped(args.task, chosen)
    return load_shipped(
        args.model, chosen.data_dir, id=args.model.name, threads=chosen.image_threads
    )


def run_gate(args: argparse.Namespace) -> int:
    """Sort every picture and print the figures in one line of JSON."""
    from assistant.evaluation.imaging_gate import figures_of, sort_all
    from assistant.imaging.folding import folded
    from assistant.imaging.gate import LinearGate, load_weights, shipped_gate
    from assistant.imaging.lite0 import pretrained
    from assistant.training.imaging.kinds import Named

    begun, chosen = time.perf_counter(), settings()
    sets = [Named.parsed(text, args.limit) for text in args.data]
    if args.model is None:
        gate = shipped_gate(chosen)
    else:
        network = folded(pretrained(chosen.data_dir))
        gate = LinearGate(load_weights(args.model), network, chosen.image_threads)
    status, progress = counter("sorted", sum(len(one) for one in sets))
    with status:
        sorted_ones = sort_all(gate, sets, progress)
    line = {
        "evaluation": "gate",
        **figures_of(sorted_ones),
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(line))
    return 0
