"""Vectors by row in one file of 16-bit numbers, appended to and read through the page cache."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class VectorFile:
    """Row r lies at r · dimension · 2 bytes; what lies past the catalogue's last row is cut off."""

    def __init__(self, file: Path, dimension: int) -> None:
        self.file, self.dimension = file, dimension

    def __len__(self) -> int:
        size = self.file.stat().st_size if self.file.is_file() else 0
        return size // (2 * self.dimension)

    def cut(self, rows: int) -> None:
        """Forget what a broken-off run appended; raises OSError where rows are missing."""
        if len(self) < rows:
            raise OSError("vectors are missing")
        if self.file.is_file():
            os.truncate(self.file, rows * 2 * self.dimension)

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Add rows, on the disk before this returns."""
        with self.file.open("ab") as stream:
            stream.write(vectors.astype(np.float16).tobytes())
            stream.flush()
            os.fsync(stream.fileno())

    def read(self) -> NDArray[np.float16]:
        """Return all rows, shape (rows, dimension), mapped and not loaded."""
        count = len(self)
        if not count:
            return np.empty((0, self.dimension), dtype=np.float16)
        return np.memmap(self.file, np.float16, "r", shape=(count, self.dimension))
