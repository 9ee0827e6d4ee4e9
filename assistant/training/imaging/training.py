"""Training of one task: folds for honest figures, then the weights that ship."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from assistant.errors import InvalidInputError
from assistant.imaging.lite0 import Lite0, base_weights
from assistant.imaging.tiny import NETWORKS
from assistant.training.checkpoint import Checkpoint
from assistant.training.imaging.data import Item, PictureSet, bank
from assistant.training.imaging.locating import Locating, LocatingRun, is_locating
from assistant.training.imaging.network import Network
from assistant.training.imaging.run import Examples, Run
from assistant.training.imaging.sources import Task, box, kept, task_of
from assistant.training.imaging.splits import (
    Sides,
    by_column,
    by_group,
    clusters,
    contradictory,
    hashed,
)
from assistant.training.imaging.twins import crops, matched
from assistant.training.options import merged_options

OPTIONS = Path(__file__).with_name("options")
FINAL = "final"
_NOT_LEARNT = ("calibration", "minutes", "threads")  # settings that leave the weights as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingTraining:
    """What a training needs, and where things lie."""

    task: str
    data: tuple[Path, ...]  # tars, folders or .npz; the first gives the groups to its twins
    models: Path  # knowledge/models
    data_dir: Path  # of the settings: the backbone is kept there
    work: Path  # folder for checkpoints and finished stages
    settings: Path | None = None  # YAML with what is set differently
    folds: int | None = None  # how many of the folds are trained; None: all
    only: tuple[str, ...] = ()  # stages: "fold-0", …, "final"; empty: all that are missing
    anew: bool = False  # forget finished stages and checkpoints


@dataclass(slots=True)
class Prepared:
    """The pictures of a task in memory, and their folds."""

    task: Task
    options: dict[str, Any]
    items: list[Item]
    sources: list[str]  # name of the set that each is of
    examples: Examples
    sides: Sides
    checks: dict[str, int]  # what was looked for against leaks, and how often it was found
    digest: str = ""

    def rows(self, fold: int | None) -> tuple[list[int], list[int]]:
        """Return the rows to learn from and those held out; all and none without a fold."""
        folds = self.sides.folds
        if fold is None:
            return np.flatnonzero(folds >= 0).tolist(), []
        learnt = np.flatnonzero((folds >= 0) & (folds != fold))
        return learnt.tolist(), np.flatnonzero(folds == fold).tolist()


@dataclass(slots=True)
class Stage:
    """What is left of a finished run: held-out logits, or the weights that ship."""

    tensors: dict[str, Tensor]
    told: dict[str, Any] = field(default_factory=dict)  # curve, seconds


def prepare(config: ImagingTraining) -> Prepared:
    """Read the settings and the pictures, and part them; raises InvalidInputError."""
    task = task_of(config.task)
    options = merged_options(OPTIONS / f"{task.id}.yaml", config.settings)
    if options["network"] not in NETWORKS:
        raise InvalidInputError(f"network must be one of {', '.join(NETWORKS)}.")
    torch.set_num_threads(options["threads"])
    items: list[Item] = []
    sources: list[str] = []
    hashes: list[NDArray[np.bool_]] = []
    small: list[NDArray[np.float32]] = []

    def read() -> Iterator[NDArray[np.uint8]]:
        for path in config.data:
            pictures = PictureSet(path)
            own = [i for i in pictures.items if kept(task, i) and i.row.get("split") != "test"]
            if not own:
                raise InvalidInputError(f"{path} holds no pictures of {', '.join(task.kinds)}.")
            for item in own:
                pixels = pictures.pixels(item)
                items.append(item)
                sources.append(path.name)
                hashes.append(hashed(pixels))
                if len(config.data) > 1:
                    small.append(crops(pixels))
                yield pixels

    place = options.get("locate", {})
    side = place["whole"] if place.get("use") else options["resolution"]
    held = bank(read(), options | {"resolution": side})
    truth = [task.labels.index(task.kinds[item.kind]) for item in items]
    twins = matched(small, sources) if small else {}
    sides, checks = _sides(task, items, np.stack(hashes), options, twins)
    masks = _masks(items, options["resolution"]) if options["attention"] else None
    examples = Examples(held, truth, task.labels, masks)
    prepared = Prepared(task, options, items, sources, examples, sides, checks)
    prepared.digest = _digest(options, prepared)
    return prepared


def _sides(
    task: Task,
    items: Sequence[Item],
    hashes: NDArray[np.bool_],
    options: dict[str, Any],
    twins: Mapping[int, int],
) -> tuple[Sides, dict[str, int]]:
    """Return the folds, and what was looked for: near-copies, and groups on two sides."""
    labels = [task.kinds[item.kind] for item in items]
    near = clusters(hashes)
    groups = [f"near-{c}" for c in near] if task.near else [task.group(item) for item in items]
    for at, twin in twins.items():  # a copy in another set stands where its original does
        groups[at] = groups[twin]
    dropped = contradictory(hashes, labels) if task.near else ()
    columns = [item.row.get(task.column or "", "") for item in items]
    if task.column and all(columns):
        sides = by_column(columns, groups)
    else:
        sides = by_group(labels, groups, options["folds"], options["seed"], dropped)
    astride = Sides(sides.folds, tuple(str(c) for c in near)).overlap()
    return sides, {
        "pictures": len(items),
        "groups": len(set(groups)),
        "groups in two folds": sides.overlap(),
        "pictures under two labels, dropped": len(dropped),
        "clusters of near-copies in two folds": astride,
    }


def _masks(items: Sequence[Item], size: int) -> Tensor | None:
    """Return what is inside the boxes, 8 bits, shape (n, 1, size, size); None without any box."""
    boxes = [box(item) for item in items]
    if not any(boxes):
        return None
    masks = torch.zeros(len(items), 1, size, size, dtype=torch.uint8)
    for mask, one in zip(masks, boxes, strict=True):
        if one is not None:
            across, down, wide, high = (value * size for value in one)
            top, left = max(0, int(down - high / 2)), max(0, int(across - wide / 2))
            bottom, right = int(down + high / 2) + 1, int(across + wide / 2) + 1
            mask[0, top:bottom, left:right] = 255
    return masks


def _digest(options: dict[str, Any], prepared: Prepared) -> str:
    learnt = {name: value for name, value in options.items() if name not in _NOT_LEARNT}
    total = hashlib.sha256(json.dumps(learnt, sort_keys=True).encode())
    total.update(prepared.examples.pictures.numpy().tobytes())
    total.update(prepared.examples.truth.numpy().tobytes())
    total.update(prepared.sides.folds.tobytes())
    return total.hexdigest()


def stages(prepared: Prepared, folds: int | None) -> list[str]:
    """Return the names of the stages, in their order."""
    count = prepared.sides.count if folds is None else min(folds, prepared.sides.count)
    if count < 1:
        raise InvalidInputError("--folds must be 1 or more: thresholds need held-out pictures.")
    return [*(f"fold-{at}" for at in range(count)), FINAL]


def trained(prepared: Prepared, config: ImagingTraining) -> dict[str, Stage]:
    """Train the stages that are missing, and return all that are there by name."""
    folder = config.work / f"{prepared.options['name']}-{prepared.digest[:12]}"
    if config.anew and os.environ.get("RANK", "0") == "0":
        shutil.rmtree(folder, ignore_errors=True)
    names = stages(prepared, config.folds)
    if unknown := set(config.only) - set(names):
        raise InvalidInputError(f"No such stage: {', '.join(sorted(unknown))}; {names} are there.")
    done: dict[str, Stage] = {}
    for name in names:
        file = folder / f"{name}.safetensors"
        found = _read_stage(file)
        if found is None and (not config.only or name in config.only):
            found = _train(prepared, config, name, file)
        if found is not None:
            done[name] = found
    return done


def _train(prepared: Prepared, config: ImagingTraining, name: str, file: Path) -> Stage:
    """Train one stage, or go on with it."""
    fold = None if name == FINAL else int(name.removeprefix("fold-"))
    learnt, held_out = prepared.rows(fold)
    learnt, watched = _watched(prepared, learnt)
    checkpoint = Checkpoint(file.with_suffix(".checkpoint"), f"{prepared.digest}/{name}")
    run = new_run(prepared, config.data_dir, checkpoint)
    if run.accelerator.is_main_process:
        print(f"{name}: {len(learnt)} pictures to learn from, {len(watched)} watched,"
              f" {len(held_out)} held out", flush=True)  # fmt: skip
    curve = run.train(learnt, watched)
    run.load(run.best)
    if fold is None:
        tensors = {n: v.contiguous() for n, v in run.plain.state_dict().items()}
    else:
        tensors = _read_held_out(run, held_out)
    stage = Stage(tensors, {"curve": curve, "seconds": round(run.story.seconds, 1)})
    if run.accelerator.is_main_process:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        save_file({n: v.cpu() for n, v in tensors.items()}, new, {"told": json.dumps(stage.told)})
        os.replace(new, file)
        checkpoint.remove()
    run.accelerator.wait_for_everyone()
    return stage


def _read_held_out(run: Run, rows: list[int]) -> dict[str, Tensor]:
    """Return what is kept of the held-out pictures of a fold."""
    if not isinstance(run, LocatingRun):
        return {"rows": torch.tensor(rows), "logits": torch.from_numpy(run.logits(rows))}
    logits, where, sure = run.looked(rows)
    return {
        "rows": torch.tensor(rows),
        "logits": torch.from_numpy(logits),
        "sure": sure.contiguous(),
        "hits": torch.from_numpy(run.hits(rows, where)),
    }


def new_run(prepared: Prepared, data_dir: Path, checkpoint: Checkpoint) -> Run:
    """Return a run that has not begun."""
    network, examples, options = (
        new_network(prepared, data_dir), prepared.examples, prepared.options,
    )  # fmt: skip
    if isinstance(network, Locating):
        boxes = [box(item) for item in prepared.items]
        return LocatingRun(network, examples, options, checkpoint, boxes)
    return Run(network, examples, options, checkpoint)


def new_network(prepared: Prepared, data_dir: Path) -> Network:
    """Return the network as it begins: ImageNet's weights where there are any."""
    options = prepared.options
    torch.manual_seed(options["seed"])
    trunk = NETWORKS[options["network"]]()
    if options["network"] == "lite0":
        trunk.load_state_dict(dict(base_weights(data_dir)))
    if isinstance(trunk, Lite0):
        for at, block in enumerate(trunk._blocks):
            block.drop = options["drop_path"] * at / len(trunk._blocks)
    made = Locating if is_locating(trunk, options) else Network
    return made(trunk, len(prepared.task.labels), options)


def _watched(prepared: Prepared, learnt: list[int]) -> tuple[list[int], list[int]]:
    """Return `learnt` without a share of whole groups, and that share."""
    share = prepared.options["watch_share"]
    if not share:
        return learnt, []
    labels = [str(int(prepared.examples.truth[row])) for row in learnt]
    groups = [prepared.sides.groups[row] for row in learnt]
    sides = by_group(labels, groups, max(2, round(1 / share)), prepared.options["seed"] + 1)
    first = sides.folds == 0
    table = np.array(learnt)
    return table[~first].tolist(), table[first].tolist()


def _read_stage(file: Path) -> Stage | None:
    if not file.is_file():
        return None
    try:
        with safe_open(file, framework="pt") as stored:
            told = json.loads((stored.metadata() or {})["told"])
            return Stage({n: stored.get_tensor(n) for n in stored.keys()}, told)  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError):
        raise InvalidInputError(f"{file} is damaged: --anew begins without it.") from None
