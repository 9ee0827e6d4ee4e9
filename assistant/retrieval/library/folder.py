"""One index on the disk: its manifest, and the files beside it."""

import json
import os
from pathlib import Path
from typing import Any

from assistant.encoding import Encoder
from assistant.retrieval.library import LibraryError
from assistant.retrieval.library.catalogue import Catalogue
from assistant.retrieval.library.titles import Titles
from assistant.retrieval.library.vector_file import VectorFile
from assistant.retrieval.library.words_index import WordsIndex

FORMAT = 1


class IndexFolder:
    """manifest.json, catalogue.db, vectors.f16, words/, titles/; where it is large, its indexes."""

    def __init__(self, folder: Path, encoder: Encoder, *, write: bool = False) -> None:
        """Open an index; with `write`, make it where there is none.

        Raises LibraryError where another encoder made it, or its parts do not fit together.
        """
        self.folder, self.encoder = folder, encoder
        if write and not (folder / "manifest.json").exists():
            self._begin()
        manifest = self._manifest()
        if manifest.get("format") != FORMAT:
            raise LibraryError(f"The index {folder} has a format this version does not read.")
        if manifest.get("encoder") != encoder.id:
            raise LibraryError(
                f"The index {folder} was made with the encoder {manifest.get('encoder')}, and this "
                f"is {encoder.id}: set ANAMNESIS_ENCODER as before, or remove the folder and add "
                "its corpora again."
            )
        self.catalogue = Catalogue(folder / "catalogue.db", write=write)
        self.vectors = VectorFile(folder / "vectors.f16", int(manifest["dimension"]))
        try:
            rows = self.catalogue.rows()
            if write:
                self.vectors.cut(rows)
            if len(self.vectors) < rows:
                raise OSError
        except OSError:
            raise LibraryError(
                f"The vectors of the index {folder} are damaged: remove it and add its "
                "corpora again."
            ) from None
        self.words = WordsIndex(folder / "words")
        self.titles = Titles(folder / "titles", int(manifest["dimension"]))

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        dimension = int(self.encoder.encode(["dimension"]).shape[1])
        manifest = {"format": FORMAT, "encoder": self.encoder.id, "dimension": dimension}
        part = self.folder / "manifest.part"
        part.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        part.replace(self.folder / "manifest.json")

    def _manifest(self) -> dict[str, Any]:
        try:
            read = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise LibraryError(
                f"There is no index in {self.folder}: make one with `anamnesis index add`."
            ) from None
        return read if isinstance(read, dict) else {}

    def size(self) -> int:
        """Return the bytes of everything in the folder."""
        return sum(
            (Path(place) / name).stat().st_size
            for place, _, names in os.walk(self.folder)
            for name in names
        )
