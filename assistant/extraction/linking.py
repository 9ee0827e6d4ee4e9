"""Linking: from a mention that no phrase has to the finding whose words are nearest in meaning.

The network gives each mention a vector in its context, and was trained to bring it near to those
of the finding's phrases. Beside the phrases stand examples: mentions in whole utterances that were
written for the training, among them complaints that no finding of ours fits. A finding is as near
as its nearest neighbour and the mean of its nearest few, half and half: one phrase that happens to
be near says less than several. Below a likeness the mention is outside our list; between two
findings that are equally near it stays ambiguous. The thresholds and what they cost were measured
on words that were never taught: `anamnesis train linking` writes them beside the vectors.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from assistant.extraction.phrase_vectors import known_vectors, phrases_of, read_examples
from assistant.extraction.tagger import Tagger
from assistant.knowledge import Knowledge
from assistant.models import locate
from assistant.records.terms import Language

LOOKED_AT = 64  # nearest phrases and examples
SEVERAL = 4  # of one finding, whose mean counts as much as the nearest of them
OUTSIDE = ""  # the finding of an example that none of ours fits
_VOTES = 3  # nearest findings
RIVALS = 2  # other findings that a mention is said to mean as well
UNANIMOUS = 0.1  # so much below `near` they still mean their common parent (estimate)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Likenesses as `ranked` has them; see `linking.json` beside the vectors."""

    near: float  # below: outside our list
    same: float  # below: only the parent of a special finding is meant
    apart: float  # two findings less apart than this are equally near


@dataclass(frozen=True, slots=True)
class Link:
    """What a mention may mean, the likeliest first."""

    concepts: tuple[str, ...]  # several: equally near; none: outside our list
    likeness: float


class Linker:
    """All phrases and examples of one language as vectors of one network."""

    def __init__(
        self,
        knowledge: Knowledge,
        tagger: Tagger,
        models: Path,
        data_dir: Path,
        language: Language,
    ) -> None:
        """`models` is `knowledge/models`; what has to be encoded is kept in `data_dir`."""
        name = f"phrases-{language.value}"
        _, shipped = locate(name, models)
        self.thresholds = _thresholds(models, tagger.id, language)
        self._knowledge = knowledge
        pairs = phrases_of(knowledge, language)
        self._concepts = [concept for _, concept in pairs]
        vectors = known_vectors(
            [phrase for phrase, _ in pairs], tagger, shipped / "vectors.safetensors",
            data_dir / f"{name}-{tagger.id}.safetensors",
        )  # fmt: skip
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors))
        for concept, vector in read_examples(shipped / "examples.safetensors", tagger.id):
            if concept == OUTSIDE or concept in knowledge.findings:
                self._concepts.append(concept)
                self._index.add(vector[None])

    def link(self, vectors: Sequence[NDArray[np.float32]]) -> list[Link]:
        """Return for each mention's vector what it means."""
        return [self._meant(near) for near in self.nearest(vectors)]

    def nearest(self, vectors: Sequence[NDArray[np.float32]]) -> list[list[tuple[str, float]]]:
        """Return the nearest findings of each vector with their likenesses, the nearest first.

        OUTSIDE stands for what none of our findings fits.
        """
        if not vectors:
            return []
        likeness, rows = self._index.search(np.stack(vectors).astype(np.float32), LOOKED_AT)
        return [
            ranked(some, [self._concepts[row] for row in of])
            for some, of in zip(likeness.tolist(), rows.tolist(), strict=True)
        ]

    def _common(self, near: list[tuple[str, float]]) -> str | None:
        """Return the finding that the three nearest are forms of, where they all are of one.

        "Somebody is sitting on my chest" is near to no phrase, but to three pains in the chest.
        """
        if len(near) < _VOTES:
            return None
        if any(c == OUTSIDE for c, _ in near[:_VOTES]):
            return None
        lines = [{c, *self._knowledge.ancestors(c)} for c, _ in near[:_VOTES]]
        shared = set.intersection(*lines)
        deepest = [c for c in shared if not any(c in self._knowledge.ancestors(o) for o in shared)]
        return deepest[0] if len(deepest) == 1 else None

    def _meant(self, near: list[tuple[str, float]]) -> Link:
        (concept, likeness), *others = near
        if concept == OUTSIDE:
            return Link((), likeness)
        if likeness < self.thresholds.near:
            common = self._common(near) if likeness >= self.thresholds.near - UNANIMOUS else None
            return Link((common,) if common else (), likeness)
        rivals = [c for c, v in others if likeness - v < self.thresholds.apart and c != OUTSIDE]
        apart = unlike(concept, rivals, self._knowledge)[:RIVALS]
        if apart or likeness >= self.thresholds.same:
            return Link((concept, *apart), likeness)
        return Link((self._knowledge.parent(concept) or concept,), likeness)


def ranked(cosines: Sequence[float], concepts: Sequence[str]) -> list[tuple[str, float]]:
    """Return the findings of neighbours, given the nearest first, with the likeness of each.

    It is the mean of the nearest cosine and of the mean of the nearest SEVERAL; what a finding
    lacks of these counts as near as the last neighbour looked at.

    >>> ranked([0.75, 0.75, 0.5, 0.25], ["cough", "fever", "cough", "fever"])
    [('cough', 0.59375), ('fever', 0.5625)]
    """
    found: dict[str, list[float]] = {}
    for cosine, concept in zip(cosines, concepts, strict=True):
        found.setdefault(concept, []).append(cosine)
    likeness = {}
    for concept, own in found.items():
        several = (own + [cosines[-1]] * SEVERAL)[:SEVERAL]
        likeness[concept] = (own[0] + sum(several) / SEVERAL) / 2
    return sorted(likeness.items(), key=lambda pair: -pair[1])


def unlike(concept: str, rivals: Sequence[str], knowledge: Knowledge) -> list[str]:
    """Return the rivals that are no kin of a finding, nor of each other: no forms of one thing."""
    kept = [concept]
    for rival in rivals:
        if not any(_is_kin(rival, other, knowledge) for other in kept):
            kept.append(rival)
    return kept[1:]


def _is_kin(one: str, other: str, knowledge: Knowledge) -> bool:
    lines = [{c, *knowledge.ancestors(c)} for c in (one, other)]
    return bool(lines[0] & lines[1])


def _thresholds(models: Path, network: str, language: Language) -> Thresholds:
    """Return what was measured of this network; in this language, where it reads several.

    A network that nobody measured gets those of the one that ships for the language.
    """
    own = sorted(Language, key=lambda other: other is not language)
    found = []
    for each in own:
        _, shipped = locate(f"phrases-{each.value}", models)
        found.append(json.loads((shipped / "linking.json").read_text(encoding="utf-8")))
    measured = next((one for one in found if one["network"] == network), found[0])
    return Thresholds(**measured["thresholds"])
