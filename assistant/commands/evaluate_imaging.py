"""`anamnesis evaluate imaging TASK DATA` and `evaluate gate DATA…`: how well pictures are read."""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands.common import IMAGE_TASKS, Subparsers, at_least_one, counter, settings
from assistant.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.imaging.backends.foreign import ForeignModel
    from assistant.imaging.backends.measuring import Labelled
    from assistant.imaging.classifier import Shipped
    from assistant.imaging.config import LabelConfig
    from assistant.settings import Settings
    from assistant.training.imaging.data import Item, PictureSet
    from assistant.training.imaging.sources import Task

_OWN = "shipped"  # name of our own models among the back-ends


def add(what: Subparsers) -> None:
    """Describe both to the parser of `evaluate`."""
    imaging = what.add_parser(
        "imaging",
        help="a classifier of pictures, on a set with a truth",
        description="Figures on pictures that the model learnt from say nothing of others: its"
        " card has those of held-out pictures.",
    )
    imaging.add_argument("task", choices=IMAGE_TASKS, metavar="TASK", help=", ".join(IMAGE_TASKS))
    imaging.add_argument("data", type=Path, metavar="DATA", help="tar, folder, or MedMNIST .npz")
    imaging.add_argument(
        "--split", help="of labels.csv or the .npz, or all (default: test, else val, else all)"
    )
    imaging.add_argument(
        "--model",
        metavar="DIR|NAME",
        help="folder of another model than the one that ships, or a back-end by its name in"
        " ANAMNESIS_IMAGE_MODELS (docs/imaging-models.md)",
    )
    imaging.add_argument(
        "--write-calibration",
        type=Path,
        metavar="FILE",
        help="measure what the findings of a back-end weigh, and write it here",
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
    foreign = _foreign(args, chosen)
    model = foreign or _own(args, chosen)
    pictures = PictureSet(args.data)
    items, split = chosen_items(pictures, task, args.split)
    if args.limit:
        items = items[:: -(-len(items) // args.limit)]
    status, progress = counter("read", len(items))
    with status:
        if foreign and args.write_calibration:
            found = _calibrated(args.write_calibration, foreign, pictures, items, task, progress)
        else:
            found = read_all(model, pictures, items, task, progress).as_json()
    line = {
        "evaluation": "imaging",
        "task": task.id,
        "data": str(args.data),
        "split": split,
        **found,
        "model": model.id,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(line))
    return 0


def _foreign(args: argparse.Namespace, chosen: "Settings") -> "ForeignModel | None":
    """Return the back-end that --model names; None for a model of our own."""
    from typing import cast

    from assistant.imaging import IMAGE_MODELS

    file, others = args.write_calibration, sorted({*IMAGE_MODELS.backends} - {_OWN})
    if file and args.model not in others:
        raise InvalidInputError(
            "A model of our own was calibrated when it was trained: --write-calibration needs"
            f" --model with one of {', '.join(others)}."
        )
    if file and not file.absolute().parent.is_dir():
        raise InvalidInputError(f"There is no folder {file.parent} to write {file.name} into.")
    if args.model not in others:
        return None
    made = IMAGE_MODELS.create(args.model, task=args.task, settings=chosen)
    return cast("ForeignModel", made)


def _own(args: argparse.Namespace, chosen: "Settings") -> "Shipped":
    from assistant.imaging.classifier import load_shipped, shipped

    if args.model in (None, _OWN):
        return shipped(args.task, chosen)
    folder = Path(args.model)
    return load_shipped(folder, chosen.data_dir, id=folder.name, threads=chosen.image_threads)


def _calibrated(
    file: Path, model: "ForeignModel", pictures: "PictureSet", items: "Sequence[Item]",
    task: "Task", progress: "Callable[[int], None]",
) -> dict[str, Any]:  # fmt: skip
    """Write what the model's findings weigh; return what was measured on its second half."""
    from assistant.imaging.backends.measuring import Labelled, calibrate
    from assistant.imaging.backends.scoring import task_of
    from assistant.records.picture import Picture

    def labelled() -> "Iterator[Labelled]":
        for number, item in enumerate(items, start=1):
            yield Labelled(
                picture=Picture(pixels=pictures.pixels(item), format="png"),
                label=task.kinds[item.kind],
                group=task.group(item),
            )
            progress(number)

    made = calibrate(model, task_of(task.id), labelled())
    made.write(file)
    figures = made.config.trained_on
    return {
        "n": len(items),
        "calibration": str(file),
        **{name: int(figures[name]) for name in ("fitted", "measured", "refused")},
        "ece": float(figures["ece"]),
        "weighs": made.measured,
        "by_label": {label.id: _worth(label) for label in made.config.labels},
    }


def _worth(label: "LabelConfig") -> dict[str, list[float]]:
    shares = {"sensitivity": label.sensitivity, "specificity": label.specificity}
    ratios = {f"ratio_{verdict}": told for verdict, told in label.likelihood_ratios.items()}
    return {
        name: [round(one.value, 4), *(round(end, 4) for end in one.interval)]
        for name, one in {**shares, **ratios}.items()
    }


def run_gate(args: argparse.Namespace) -> int:
    """Sort every picture and print the figures in one line of JSON."""
    from assistant.evaluation.imaging_gate import figures_of, sort_all
    from assistant.imaging.gate import LinearGate, load_weights, shipped_gate
    from assistant.imaging.lite0 import pretrained
    from assistant.imaging.served import Served
    from assistant.training.imaging.kinds import Named

    begun, chosen = time.perf_counter(), settings()
    sets = [Named.parsed(text, args.limit) for text in args.data]
    if args.model is None:
        gate = shipped_gate(chosen)
    else:
        network = Served(pretrained(chosen.data_dir), chosen.image_threads)
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
