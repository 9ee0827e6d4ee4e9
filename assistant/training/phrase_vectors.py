"""`anamnesis train linking`: the vectors of all phrases, and the thresholds that they bear."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.extraction.linking import RIVALS, unlike
from assistant.extraction.phrase_vectors import (
    encode,
    key_of,
    phrases_of,
    read_vectors,
    write_vectors,
)
from assistant.extraction.tagger import Tagger
from assistant.knowledge import Knowledge
from assistant.records.terms import Language
from assistant.training.manifest import update_manifest, write_json
from assistant.training.sentences import bucket

_GRID = [round(0.4 + 0.01 * i, 2) for i in range(56)]
_BAND = 0.05  # width of the band of cosines in which a precision is measured
NEAR_PRECISION = 0.5  # from here a link is right, or of kin, more often than wrong
SAME_PRECISION = 0.75  # from here the finding itself is meant, below only its parent
# Cosines nearer than this tell two unlike findings apart no better than chance: of the held-out
# phrases with such a rival the nearest finding is right in .35 to .55, without one in .7 to .9
# (`tied_right`, `untied_right` in linking.json); at .08 it is right in .6 of them.
APART = 0.03
_LOOKED_AT = 24  # nearest phrases that rivals are looked for among


@dataclass(frozen=True, slots=True)
class Measured:
    """Each held-out phrase, looked for among those that were taught."""

    likeness: NDArray[np.float32]  # (phrases,): cosine of the nearest
    right: NDArray[np.bool_]
    kin: NDArray[np.bool_]  # right, or its parent or child
    tied: NDArray[np.bool_]  # an unlike finding is as near, by APART
    among: NDArray[np.bool_]  # right or of kin: the nearest, or one of its rivals


def build_linking(knowledge_dir: Path, language: Language, *, threads: int = 2) -> Path:
    """Encode new phrases, measure the thresholds, and return the folder that was written."""
    knowledge = Knowledge.load(knowledge_dir)
    models = knowledge_dir / "models"
    tagger = Tagger(f"extraction-{language.value}", models, threads=threads)
    pairs = phrases_of(knowledge, language)
    folder = models / f"phrases-{language.value}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vectors.safetensors"
    known = read_vectors(file, tagger.id) if file.is_file() else {}
    vectors = known | encode([p for p, _ in pairs if key_of(p) not in known], tagger)
    wanted = {key_of(phrase) for phrase, _ in pairs}
    vectors = {key: vector for key, vector in vectors.items() if key in wanted}
    write_vectors(file, tagger.id, vectors)
    file.chmod(0o644)
    measured = measure(knowledge, pairs, vectors)
    write_json(folder / "linking.json", {"network": tagger.id, **_report(measured)})
    update_manifest(models, folder)
    return folder


def measure(
    knowledge: Knowledge,
    pairs: list[tuple[str, str]],
    vectors: dict[int, NDArray[np.int8]],
    share: float = 0.12,
) -> Measured:
    """Look for each phrase that was held out of training among those that were not."""
    out = np.array([bucket(concept + phrase, 1000) < share * 1000 for phrase, concept in pairs])
    stacked = np.stack([vectors[key_of(p)] for p, _ in pairs]).astype(np.float32)
    unit = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    concepts = [concept for _, concept in pairs]
    taught = [c for c, held in zip(concepts, out, strict=True) if not held]
    cosines = unit[out] @ unit[~out].T
    found = [taught[row] for row in cosines.argmax(axis=1).tolist()]
    true = [c for c, held in zip(concepts, out, strict=True) if held]
    pair = list(zip(found, true, strict=True))
    rivals = [_rivals(row, taught, knowledge) for row in cosines]
    return Measured(
        likeness=cosines.max(axis=1),
        right=np.array([a == b for a, b in pair]),
        kin=np.array(
            [a == b or knowledge.parent(a) == b or knowledge.parent(b) == a for a, b in pair]
        ),
        tied=np.array([bool(others) for others in rivals]),
        among=np.array(
            [
                any(a == b or knowledge.parent(a) == b or knowledge.parent(b) == a for a in near)
                for near, b in zip(
                    ((a, *others) for a, others in zip(found, rivals, strict=True)),
                    true,
                    strict=True,
                )
            ]
        ),
    )


def _rivals(
    cosines: NDArray[np.float32], taught: list[str], knowledge: Knowledge
) -> tuple[str, ...]:
    """Return the findings that a phrase means as well as the nearest one."""
    best: dict[str, float] = {}
    for row in np.argsort(-cosines, kind="stable")[:_LOOKED_AT].tolist():
        best.setdefault(taught[row], float(cosines[row]))
    (first, likeness), *others = best.items()
    near = [concept for concept, value in others if likeness - value < APART]
    return tuple(unlike(first, near, knowledge)[:RIVALS])


def threshold(likeness: NDArray[np.float32], right: NDArray[np.bool_], precision: float) -> float:
    """Return the lowest cosine above which no band is less precise than `precision`."""
    chosen = _GRID[-1]
    for low in reversed(_GRID):
        inside = (likeness >= low) & (likeness < low + _BAND)
        if inside.sum() >= 20 and right[inside].mean() < precision:
            break
        chosen = low
    return chosen


def _report(measured: Measured) -> dict[str, Any]:
    near = threshold(measured.likeness, measured.kin, NEAR_PRECISION)
    same = threshold(measured.likeness, measured.right, SAME_PRECISION)
    kept, sure = measured.likeness >= near, measured.likeness >= same
    tied = kept & measured.tied
    return {
        "thresholds": {"near": near, "same": max(same, near), "apart": APART},
        "held_out_phrases": len(measured.right),
        "nearest_right": round(float(measured.right.mean()), 4),
        "nearest_kin": round(float(measured.kin.mean()), 4),
        "kept": round(float(kept.mean()), 4),
        "kept_kin": round(float(measured.kin[kept].mean()), 4),
        "sure": round(float(sure.mean()), 4),
        "sure_right": round(float(measured.right[sure].mean()), 4),
        "tied": round(float(tied[kept].mean()), 4),
        "tied_right": round(float(measured.kin[tied].mean()), 4),
        "tied_among": round(float(measured.among[tied].mean()), 4),
        "untied_right": round(float(measured.kin[kept & ~measured.tied].mean()), 4),
    }
