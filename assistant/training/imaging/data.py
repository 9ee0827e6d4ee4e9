"""Sets of pictures: a tar or a folder with one folder a class, or a MedMNIST `.npz`.

`labels.csv` (columns `file`, `class`, and whatever the set adds) says what is what where there is
one; without it the name of the folder is the class. Nothing is unpacked to disk.
"""

import csv
import io
import tarfile
import weakref
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from assistant.errors import InvalidInputError
from assistant.imaging.preparing import resized, standardised
from assistant.records.picture import Pixels

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".dcm", ".dicom")
_DICOM_AT, _DICOM = 128, b"DICM"  # how a DICOM file shows itself where its name has no ending
_MOST_BYTES = 64 << 20  # of one file
_MOST_FILES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture of a set, not read yet."""

    name: str  # path inside the set
    kind: str  # its class, as the set calls it
    row: Mapping[str, str] = field(default_factory=dict)  # the other columns of labels.csv


class PictureSet:
    """The pictures of a tar, a folder or a MedMNIST file; read one at a time."""

    def __init__(self, path: Path) -> None:
        """Raises InvalidInputError where `path` is no such set, or holds no pictures."""
        self.path = path
        self._arrays: dict[str, Pixels] = {}
        self._tar: tarfile.TarFile | None = None
        self._members: dict[str, tarfile.TarInfo] = {}
        if path.is_dir():
            names, listed = _in_folder(path)
        elif path.suffix == ".npz":
            self.items = self._open_arrays()
            return
        else:
            names, listed = self._open_tar()
        self.items = _items(names, listed, path)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def is_table(self) -> bool:
        """Whether the pictures are rows of a MedMNIST file, and have no file of their own."""
        return bool(self._arrays)

    def read(self, item: Item) -> bytes:
        """Return the bytes of a picture's file; of an array, as PNG."""
        if self._arrays:
            stream = io.BytesIO()
            Image.fromarray(self.pixels(item)).save(stream, "png")
            return stream.getvalue()
        if self._tar is None:
            return (self.path / item.name).read_bytes()
        stored = self._tar.extractfile(self._members[item.name])
        if stored is None:
            raise InvalidInputError(f"{item.name} in {self.path.name} is not a file.")
        return stored.read()

    def pixels(self, item: Item) -> Pixels:
        """Return a picture, upright, shape (height, width, 3)."""
        if self._arrays:
            part, _, at = item.name.partition("/")
            picture = self._arrays[part][int(at)]
            return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)
        try:
            with Image.open(io.BytesIO(self.read(item))) as opened:
                return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
        except (UnidentifiedImageError, OSError) as error:
            raise InvalidInputError(
                f"{item.name} in {self.path.name} is not a picture that can be read."
            ) from error

    def _open_tar(self) -> tuple[list[str], str | None]:
        try:
            self._tar = tarfile.open(self.path)  # noqa: SIM115 - it stays open
            weakref.finalize(self, self._tar.close)
            members = self._tar.getmembers()
        except (OSError, tarfile.TarError):
            raise InvalidInputError(
                f"{self.path} is neither a tar, a folder nor a MedMNIST .npz."
            ) from None
        for member in members[: _MOST_FILES + 1]:
            if member.isreg() and member.size <= _MOST_BYTES:
                self._members[_inner(member.name)] = member
        listed = next((n for n in self._members if n.rpartition("/")[2] == "labels.csv"), None)
        text = None
        if listed is not None:
            stored = self._tar.extractfile(self._members[listed])
            text = stored.read().decode("utf-8-sig") if stored else None
            within = listed.removesuffix("labels.csv")
            self._members = {n.removeprefix(within): m for n, m in self._members.items()}
        return sorted(filter(self._is_picture, self._members)), text

    def _is_picture(self, name: str) -> bool:
        """Whether a file is a picture: by its ending, or by its mark where it has none."""
        if Path(name).suffix or self._tar is None:
            return name.lower().endswith(PICTURES)
        stored = self._tar.extractfile(self._members[name])
        return stored is not None and is_dicom(stored.read(_DICOM_AT + len(_DICOM)))

    def _open_arrays(self) -> list[Item]:
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (OSError, ValueError, zipfile.BadZipFile):
            raise InvalidInputError(f"{self.path} is not a MedMNIST .npz.") from None
        items: list[Item] = []
        for part in ("train", "val", "test"):
            pictures, labels = arrays.get(f"{part}_images"), arrays.get(f"{part}_labels")
            if pictures is None or labels is None:
                continue
            if pictures.dtype != np.uint8 or len(pictures) != len(labels):
                raise InvalidInputError(f"{self.path}: {part}_images must be 8-bit, one a label.")
            self._arrays[part] = pictures
            kinds = labels.reshape(len(labels), -1)[:, 0]
            row = {"split": part}
            items += [
                Item(name=f"{part}/{at}", kind=str(int(kind)), row=row)
                for at, kind in enumerate(kinds)
            ]
        if not items:
            raise InvalidInputError(f"{self.path} has no train_images, val_images or test_images.")
        return items


def _in_folder(path: Path) -> tuple[list[str], str | None]:
    files = (p for p in path.rglob("*") if p.is_file() and _shows(p))
    names = sorted(p.relative_to(path).as_posix() for p in files)
    listed = path / "labels.csv"
    return names, listed.read_text(encoding="utf-8-sig") if listed.is_file() else None


def is_dicom(start: bytes) -> bool:
    """Whether a file that starts so is DICOM, whatever its name says."""
    return start[_DICOM_AT : _DICOM_AT + len(_DICOM)] == _DICOM


def _shows(file: Path) -> bool:
    """Whether a file is a picture, by its ending, or by its mark where it has none."""
    if file.suffix:
        return file.suffix.lower() in PICTURES
    with file.open("rb") as stored:
        return is_dicom(stored.read(_DICOM_AT + len(_DICOM)))


def _inner(name: str) -> str:
    """Return the path inside an archive without a leading `./`."""
    return name.removeprefix("./").lstrip("/")


def _items(names: Sequence[str], listed: str | None, path: Path) -> list[Item]:
    """Return one item a picture: of labels.csv where there is one, else of the folders."""
    if listed is None:
        items = [Item(name=name, kind=Path(name).parent.name) for name in names]
    else:
        items = list(_listed(names, listed, path))
    if not items:
        raise InvalidInputError(f"{path} holds no pictures with a class.")
    return items


def _listed(names: Sequence[str], listed: str, path: Path) -> Iterator[Item]:
    rows = list(csv.DictReader(io.StringIO(listed)))
    if not rows or not {"file", "class"} <= rows[0].keys():
        raise InvalidInputError(f"labels.csv of {path} needs the columns file and class.")
    there = set(names)
    missing = [row["file"] for row in rows if row["file"] not in there]
    if missing:
        raise InvalidInputError(
            f"{path} lacks {len(missing)} picture(s) of its labels.csv, such as {missing[0]}."
        )
    for row in rows:
        rest: dict[str, Any] = {k: v for k, v in row.items() if k not in ("file", "class")}
        yield Item(name=row["file"], kind=row["class"], row=rest)


def bank(pictures: Iterable[Pixels], options: Mapping[str, Any]) -> Tensor:
    """Return pictures as 8-bit tensors, shape (n, 1 or 3, size, size); 1 where `grey`.

    They are what the network is shown when it serves, to the last bit.
    """
    size, fit, grey = options["resolution"], options["fit"], options["grey"]
    squares = [resized(picture, size, fit, grey) for picture in pictures]
    if options["normalise"] == "standard":
        squares = [standardised(square) for square in squares]
    table = np.stack([square[..., :1] if grey else square for square in squares])
    return torch.from_numpy(np.ascontiguousarray(table.transpose(0, 3, 1, 2)))
