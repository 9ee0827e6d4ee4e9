"""What a text may be about: the names of the conditions that its words fit, as one vector.

A patient tells a story and does not know the name; texts have the name in their title. Our own
knowledge stands between the two: the match of meaning and the match of words (which reads the lay
phrases of the linking vocabulary) say which conditions a text fits, and the vectors of their names
are what a search looks for beside the text itself.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.encoding import Encoder
from assistant.knowledge import Knowledge
from assistant.retrieval.dense import DenseMatch
from assistant.retrieval.vectors import Progress, kept_vectors, say_progress
from assistant.retrieval.words import WordMatch

NAMED = 3  # conditions
SHARPNESS = 10.0  # of the softmax over their scores


class Matters:
    """Turns a text into the names it may be about."""

    def __init__(
        self,
        knowledge: Knowledge,
        encoder: Encoder,
        data_dir: Path,
        meaning: DenseMatch | None,
        words: WordMatch | None,
        progress: Progress = say_progress,
        models: Path | None = None,
    ) -> None:
        names = [knowledge.conditions[c].name.en for c in knowledge.condition_ids]
        self._names = kept_vectors("names", names, encoder, data_dir, progress, models)
        self._meaning, self._words = meaning, words

    def of(self, text: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return Σ p · name over the conditions that fit a text best, shape (dimension,).

        `vector` is that of the text. It is 0 where nothing speaks for any condition.
        """
        scores = np.zeros(len(self._names))
        if self._meaning is not None:
            scores += self._meaning.compare(vector)
        if self._words is not None:
            scores += self._words.match(text)
        if not scores.any():
            return np.zeros(self._names.shape[1], dtype=np.float32)
        best = np.argsort(-scores, kind="stable")[:NAMED]
        weights = np.exp((scores[best] - scores[best[0]]) * SHARPNESS)
        return np.asarray(weights / weights.sum() @ self._names[best], dtype=np.float32)
