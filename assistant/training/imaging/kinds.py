"""Which kind of picture the classes of a set are, for training and testing the gate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InvalidInputError
from assistant.imaging.reading import Limits, PictureError, read_picture
from assistant.records.picture import Modality, Picture
from assistant.training.imaging.data import Item, PictureSet
from assistant.training.imaging.sources import TASKS

FOREIGN = "foreign"
_MEDNIST = {
    "AbdomenCT": Modality.ABDOMINAL_CT,
    "BreastMRI": Modality.BREAST_MRI,
    "CXR": Modality.CHEST_XRAY,
    "ChestCT": Modality.CHEST_CT,
    "Hand": Modality.HAND_XRAY,
    "HeadCT": Modality.HEAD_CT,
}


def kind_of(item: Item) -> Modality | None:
    """Return the kind of a picture by the class that its set gives it; None: not known."""
    if item.kind in _MEDNIST:
        return _MEDNIST[item.kind]
    if item.kind in ("no_tumor", "no_tumour"):
        return Modality.BRAIN_MRI
    if item.kind in set(Modality):
        return Modality(item.kind)
    found = {task.modality for task in TASKS.values() if item.kind in task.kinds}
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Named:
    """A set of pictures; `kind` says that all of them are of one, or "foreign"."""

    pictures: PictureSet
    items: tuple[Item, ...]
    kind: str | None = None

    @classmethod
    def parsed(cls, text: str, limit: int | None = None) -> "Named":
        """Read `PATH`, `KIND=PATH` or `foreign=PATH`; InvalidInputError says what is wrong.

        With `limit`, so many pictures, evenly spaced.
        """
        name, equals, path = text.rpartition("=")
        if equals and name not in (FOREIGN, *Modality):
            raise InvalidInputError(
                f"{name!r} is no kind of picture: {FOREIGN}, {', '.join(Modality)}."
            )
        pictures = PictureSet(Path(path))
        items = [i for i in pictures.items if equals or kind_of(i) is not None]
        if not items:
            raise InvalidInputError(
                f"No class of {path} is a known kind of picture: say KIND={path}."
            )
        step = 1 if limit is None else max(1, -(-len(items) // limit))
        return cls(pictures, tuple(items[::step]), name or None)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def name(self) -> str:
        """The file's name, and of a MedNIST-like set of many kinds no more."""
        return self.pictures.path.stem

    def read(self) -> Iterator[tuple[str, Picture | None]]:
        """Yield the kind of each picture (or "foreign") and the picture; None: unreadable."""
        for item in self.items:
            kind = self.kind or str(kind_of(item))
            yield kind, picture_of(self.pictures, item)


def picture_of(pictures: PictureSet, item: Item) -> Picture | None:
    """Return a picture; DICOM through the program's own reading, None where that refuses it."""
    if Path(item.name).suffix.lower() not in ("", ".dcm", ".dicom") or pictures.is_table:
        return Picture(pixels=pictures.pixels(item), format="png")
    try:
        return read_picture(pictures.read(item), Path(item.name).name, Limits())
    except PictureError:
        return None


def kinds(names: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds that occur, in the order of `Modality`."""
    return tuple(kind.value for kind in Modality if kind.value in set(names))
