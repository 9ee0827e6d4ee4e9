"""`anamnesis train imaging TASK` and `train gate`: what looks at pictures."""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

from assistant.commands.common import Status, Subparsers, at_least_one, settings
from assistant.errors import MissingExtraError

_TASKS = ("pneumonia", "brain_tumor", "skin_lesion", "breast_ultrasound", "covid_ct")


def add(what: Subparsers) -> None:
    """Describe both to the parser of `train`."""
    imaging = what.add_parser(
        "imaging",
        help="a classifier of one kind of picture",
        description="Trains each fold and the weights that ship, and writes"
        " knowledge/models/imaging-TASK and its line in the manifest. What was stopped goes"
        " on where it was; what is finished is not trained again. docs/imaging-training.md tells"
        " more.",
    )
    imaging.add_argument("task", choices=_TASKS, metavar="TASK", help=", ".join(_TASKS))
    imaging.add_argument(
        "--data",
        type=Path,
        required=True,
        nargs="+",
        metavar="PATH",
        help="tar, folder, or MedMNIST .npz; of several, the later may hold copies of the first",
    )
    imaging.add_argument(
        "--options", type=Path, metavar="FILE", help="YAML with settings that are to differ"
    )
    imaging.add_argument(
        "--folds", type=at_least_one, metavar="N", help="train only so many of the folds"
    )
    imaging.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="STAGE",
        help="fold-0, …, or final; repeatable",
    )
    imaging.add_argument(
        "--models", type=Path, metavar="DIR", help="where it is written (default knowledge/models)"
    )
    imaging.add_argument("--anew", action="store_true", help="forget what is trained already")
    imaging.set_defaults(run=run)
    gate = what.add_parser(
        "gate",
        help="what says which kind of picture it is, and refuses the foreign",
        description="Writes knowledge/models/imaging-gate, its figures and its line in the"
        " manifest. Classes of the sets are known by name; KIND=PATH says that all of PATH is of"
        " one kind; foreign=PATH is for the figures alone.",
    )
    gate.add_argument("--data", nargs="+", required=True, metavar="PATH", help="tars or folders")
    gate.add_argument(
        "--limit", type=at_least_one, default=400, help="pictures of each kind of each set (400)"
    )
    gate.add_argument(
        "--drawn", type=at_least_one, default=600, help="drawings of what is not medical (600)"
    )
    gate.add_argument("--models", type=Path, metavar="DIR", help="default knowledge/models")
    gate.set_defaults(run=run_gate)


def run_gate(args: argparse.Namespace) -> int:
    """Train the gate and print its folder."""
    from assistant.training.imaging.gate import GateTraining, train_gate

    chosen = settings()
    config = GateTraining(
        data=tuple(args.data),
        models=args.models or chosen.knowledge_dir / "models",
        data_dir=chosen.data_dir,
        limit=args.limit,
        drawn=args.drawn,
        threads=chosen.image_threads,
    )
    status = Status()
    with status:
        folder = train_gate(config, lambda done: status.show(f"pictures looked at: {done}"))
    print(folder)
    return 0


def run(args: argparse.Namespace) -> int:
    """Train what is missing; once all of it is there, write the model and print its folder."""
    if find_spec("accelerate") is None:
        raise MissingExtraError("accelerate", "train")
    from accelerate import PartialState

    from assistant.training.imaging.export import export
    from assistant.training.imaging.training import ImagingTraining, prepare, stages, trained

    chosen = settings()
    models = args.models or chosen.knowledge_dir / "models"
    config = ImagingTraining(
        task=args.task,
        data=tuple(args.data),
        models=models,
        data_dir=chosen.data_dir,
        work=chosen.data_dir / "training",
        settings=args.options,
        folds=args.folds,
        only=tuple(args.only),
        anew=args.anew,
    )
    prepared = prepare(config)
    done = trained(prepared, config)
    missing = [name for name in stages(prepared, args.folds) if name not in done]
    if os.environ.get("RANK", "0") == "0":  # one of several processes tells
        if missing:
            print(f"trained: {', '.join(done)}; still to train: {', '.join(missing)}")
        else:
            print(export(prepared, done, models, chosen.data_dir))
    PartialState().destroy_process_group()
    return 0
