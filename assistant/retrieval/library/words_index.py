"""BM25 over the words of the passages (bm25s), in parts that are built once.

While an index is small it has one part, made again in seconds; past `WHOLE` rows, what is added
gets a part of its own, whose word statistics are its own, as with the shards of a search engine.
Words are stemmed (Porter 2); Chinese is read in pairs of characters.
"""

import re
import shutil
from functools import lru_cache
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from assistant.retrieval.library.catalogue import Catalogue

WHOLE = 200_000  # rows
TITLE = 2  # times that the words of a title count
K1, B = 1.2, 0.75  # Robertson and Zaragoza 2009
_TOKEN = re.compile(r"[a-z0-9]+|[㐀-䶿一-鿿]+")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "may",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "she",
        "should",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "too",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "about",
        "am",
        "any",
        "get",
        "got",
        "just",
        "like",
    ]
)
_stem = Stemmer.Stemmer("english")


def terms(text: str) -> list[str]:
    """Return stemmed English words without the commonest, and pairs of Chinese characters.

    >>> terms("What are the causes of 咳嗽两天?")
    ['caus', '咳嗽', '嗽两', '两天']
    """
    found: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if token[0].isascii():
            if token not in _STOP:
                found.append(stem(token))
        else:
            found += [token[i : i + 2] for i in range(max(1, len(token) - 1))]
    return found


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the stem of an English word."""
    return str(_stem.stemWord(word))


class WordsIndex:
    """The parts, each under the first row it covers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[tuple[int, int, bm25s.BM25]] = []
        self.load()

    def load(self) -> None:
        """Open the parts that are there, mapped and not loaded."""
        self._parts = []
        for place in sorted(self._folder.glob("part-*-*")):
            first, end = (int(number) for number in place.name.split("-")[1:])
            self._parts.append((first, end, bm25s.BM25.load(place, mmap=True)))

    @property
    def rows(self) -> int:
        """How many rows have been read into the parts."""
        return max((end for _, end, _ in self._parts), default=0)

    def update(self, catalogue: Catalogue) -> None:
        """Read the rows that no part covers; small indexes are made as a whole."""
        rows = catalogue.rows()
        first = self.rows if rows > WHOLE else 0
        if first == rows and rows > WHOLE:
            return
        read = [
            terms(f"{title} " * TITLE + text) or ["-"]
            for title, text in catalogue.texts(first, rows)
        ]
        self._folder.mkdir(parents=True, exist_ok=True)
        for place in self._folder.glob("part-*") if first == 0 else ():
            shutil.rmtree(place)
        if read:
            made = bm25s.BM25(method="lucene", k1=K1, b=B)
            made.index(read, show_progress=False)
            building = self._folder / "building"
            made.save(building)
            building.rename(self._folder / f"part-{first}-{rows}")
        self.load()

    def scores(self, text: str, allowed: NDArray[np.bool_] | None) -> NDArray[np.float32]:
        """Return BM25 of each row, shape (rows,); 0 where it shares no word or is not allowed."""
        wanted = terms(text)
        scores = np.zeros(self.rows, dtype=np.float32)
        for first, end, part in self._parts:
            known = [word for word in wanted if word in part.vocab_dict]
            if known:
                scores[first:end] = part.get_scores(known)
        if allowed is not None:
            scores *= allowed[: len(scores)]
        return scores


def best_rows(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the rows of the greatest scores above 0, up to `count`, ties by row."""
    best = (
        np.argpartition(-scores, count)[:count] if len(scores) > count else np.arange(len(scores))
    )
    best = best[np.lexsort((best, -scores[best]))]
    return np.asarray(best[scores[best] > 0], dtype=np.int64)
