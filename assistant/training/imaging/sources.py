"""What each task is: its labels, how the sets call them, and which pictures belong together.

Pictures that belong together (of one person, lesion, run of slices, paper, or near-copies) never
stand on both sides of a split. How each set leaks otherwise was measured: see `splits.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from assistant.errors import InvalidInputError
from assistant.records.picture import Modality
from assistant.training.imaging.data import Item

_PERSON = re.compile(r"(person\d+|(?:NORMAL\d-)?IM-\d+)")
_PAPER = re.compile(r"[%.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one classifier tells apart."""

    id: str
    modality: Modality
    labels: tuple[str, ...]
    kinds: Mapping[str, str]  # the set's class -> our label; others are left out
    group: Callable[[Item], str]  # pictures of one group stay on one side
    near: bool = False  # groups are clusters of near-copies, found by their looks
    column: str | None = None  # of labels.csv, whose values are the folds
    positive: str | None = None  # of two labels: the one that is found
    noncommercial: bool = False
    title: str = ""
    source: str = ""  # of the data, and its licence


def person(item: Item) -> str:
    """Return who is on a chest X-ray, from the file's name; each picture of an array is one.

    Bacterial and viral pictures of the same number count as one person, to be safe.
    """
    name = item.name.rpartition("/")[2]
    found = _PERSON.match(name)
    return found.group(1) if found else f"{item.row.get('split', '')}:{item.name}"


def lesion(item: Item) -> str:
    """Return the lesion of a dermoscopy picture."""
    return item.row.get("lesion_id") or item.name


def block(item: Item) -> str:
    """Return the run of 25 neighbouring slices of a brain MRI, inside its block."""
    number = int("".join(filter(str.isdigit, item.name.rpartition("/")[2])) or 0)
    return f"block-{item.row.get('block_fold5')}/{item.kind}-{number // 25}"


def paper(item: Item) -> str:
    """Return the paper (COVID: its DOI) or the case number that a CT figure was cut from."""
    name = item.name.rpartition("/")[2]
    if item.kind == "COVID":
        return "COVID/" + name.partition("-p")[0]
    return f"{item.kind}/{_PAPER.split(name)[0]}"


def box(item: Item) -> tuple[float, float, float, float] | None:
    """Return the tumour's box: middle across and down, width, height, as shares of the picture."""
    numbers = [float(part) for part in item.row.get("yolo_bbox", "").split()[1:5]]
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else None


def itself(item: Item) -> str:
    """Return a group of its own."""
    return item.name


def _same(*labels: str) -> Mapping[str, str]:
    return MappingProxyType({label: label for label in labels})


_SKIN = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
_TUMOURS = ("glioma", "meningioma", "pituitary")
_BREAST = ("benign", "malignant", "normal")
TASKS: Mapping[str, Task] = MappingProxyType(
    {
        task.id: task
        for task in (
            Task(
                id="pneumonia", modality=Modality.CHEST_XRAY, labels=("normal", "pneumonia"),
                kinds=MappingProxyType({
                    "NORMAL": "normal", "PNEUMONIA": "pneumonia", "0": "normal", "1": "pneumonia",
                    **_same("normal", "pneumonia"),
                }),
                group=person, positive="pneumonia", title="Pneumonia on chest X-rays of children",
                source="Kermany et al. 2018 (Mendeley rscbjbr9sj), CC BY 4.0: children of one to"
                " five years, one hospital in Guangzhou.",
            ),
            Task(
                id="brain_tumor", modality=Modality.BRAIN_MRI, labels=_TUMOURS,
                kinds=_same(*_TUMOURS), group=block, column="block_fold5",
                title="Type of a brain tumour on MRI",
                source="J. Cheng et al., figshare 1512427 (said to be CC BY 4.0, not verified):"
                " T1 slices with contrast of 233 patients.",
            ),
            Task(
                id="skin_lesion", modality=Modality.DERMOSCOPY, labels=_SKIN, kinds=_same(*_SKIN),
                group=lesion, noncommercial=True, title="Type of a skin lesion under the"
                " dermatoscope",
                source="HAM10000 (Tschandl et al. 2018), CC BY-NC 4.0: one picture a lesion.",
            ),
            Task(
                id="breast_ultrasound", modality=Modality.BREAST_ULTRASOUND, labels=_BREAST,
                kinds=_same(*_BREAST), group=itself, near=True,
                title="Breast ultrasound: benign, malignant, normal",
                source="BUSI (Al-Dhabyani et al. 2020, Data in Brief 28: 104863), listed by"
                " MedMNIST as CC BY 4.0.",
            ),
            Task(
                id="covid_ct", modality=Modality.CHEST_CT, labels=("covid", "other"),
                kinds=MappingProxyType({
                    "COVID": "covid", "NonCOVID": "other", **_same("covid", "other"),
                }),
                group=paper, positive="covid", noncommercial=True,
                title="COVID-19 on figures of chest CT: a demonstration",
                source="COVID-CT (Zhao et al. 2020, arXiv 2003.13865): figures cut from papers,"
                " whose rights stay with their publishers; research only.",
            ),
        )
    }
)  # fmt: skip


def task_of(name: str) -> Task:
    """Return a task; InvalidInputError names those that there are."""
    if name not in TASKS:
        raise InvalidInputError(f"There is no task {name!r}; choose one of {', '.join(TASKS)}.")
    return TASKS[name]


def kept(task: Task, item: Item) -> bool:
    """Whether a picture may be learnt from: of a label, and not of an unknown side of the set."""
    split = item.row.get("split_from_JeongchanKim_folders")
    return item.kind in task.kinds and (split is None or split != "")
