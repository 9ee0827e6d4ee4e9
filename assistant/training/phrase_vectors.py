"""`anamnesis train linking`: the vectors of phrases and examples, and the thresholds they bear.

The examples are the mentions of the utterances that were written for the training, and of those in
`data/examples_*.txt`, which no network is taught, read in their context. The thresholds are
measured on what the network was never taught: phrases that were held out, and the mentions of the
held-out utterances, which become examples only afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.extraction.linking import LOOKED_AT, OUTSIDE, RIVALS, ranked, unlike
from assistant.extraction.phrase_vectors import (
    encode,
    key_of,
    phrases_of,
    read_vectors,
    write_examples,
    write_vectors,
)
from assistant.extraction.tagger import Tagger
from assistant.knowledge import Knowledge
from assistant.records.terms import Language
from assistant.training.manifest import update_manifest, write_json
from assistant.training.mixture import WRITTEN, split
from assistant.training.samples import Sample
from assistant.training.sentences import bucket
from assistant.training.written import read_written

_GRID = [round(0.4 + 0.01 * i, 2) for i in range(56)]
_BAND = 0.05  # width of the band of likenesses in which a precision is measured
NEAR_PRECISION = 0.5  # from here a link is right, or of kin, more often than wrong
SAME_PRECISION = 0.6  # from here the finding itself is meant, below only its parent
# Likenesses nearer than this tell two unlike findings apart no better than chance (`tied_right`,
# `untied_right` in linking.json).
APART = 0.03
_BATCH = 64
Vectors = NDArray[np.float32]
Vocabulary = tuple[list[str], Vectors]  # findings, and a unit vector of each


@dataclass(frozen=True, slots=True)
class Measured:
    """Words that were held out, looked for among those that were taught."""

    likeness: Vectors  # (words,): of the nearest finding
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
    taught, watched = split(read_written(WRITTEN / f"written_{language.value}.txt"))
    more = read_written(WRITTEN / f"examples_{language.value}.txt")
    examples, asked = mentions_of([*taught, *more], tagger), mentions_of(watched, tagger)
    write_examples(folder / "examples.safetensors", tagger.id, [*examples, *asked])
    for written in folder.glob("*.safetensors"):
        written.chmod(0o644)
    write_json(
        folder / "linking.json",
        {"network": tagger.id, **_report(knowledge, pairs, vectors, examples, asked)},
    )
    update_manifest(models, folder)
    return folder


def mentions_of(samples: Sequence[Sample], tagger: Tagger) -> list[tuple[str, Vectors]]:
    """Return (finding, linking vector) of each mention of the patient's, read in its utterance.

    A relative's illness is told by its own name, so it stays out; OUTSIDE is a complaint that the
    knowledge has no finding for.
    """
    found: list[tuple[str, Vectors]] = []
    for i in range(0, len(samples), _BATCH):
        some = samples[i : i + _BATCH]
        own = [[m for m in s.mentions if m.experiencer == "patient"] for s in some]
        read = tagger.read([s.text for s in some], [[(m.start, m.end) for m in ms] for ms in own])
        for mentions, answers in zip(own, read, strict=True):
            for mention, tagged in zip(mentions, answers.given, strict=True):
                concept = OUTSIDE if mention.concept == "none" else mention.concept
                if tagged.confidence > 0:
                    found.append((concept, tagged.vector))
    return found


def held_out(phrase: str, concept: str, share: float = 0.12) -> bool:
    """Whether a phrase is among those that were never taught."""
    return bucket(concept + phrase, 1000) < share * 1000


def measure(knowledge: Knowledge, asked: Vocabulary, among: Vocabulary) -> Measured:
    """Look for each vector of `asked` in the vocabulary `among`."""
    true, vectors = asked
    rows = [_ranked(row, among[0]) for row in vectors @ among[1].T]
    rivals = [_rivals(row, knowledge) for row in rows]
    found = [row[0][0] for row in rows]

    def kin(one: str, other: str) -> bool:
        return bool(one == other or (one and other and _next_to(one, other, knowledge)))

    return Measured(
        likeness=np.array([row[0][1] for row in rows], dtype=np.float32),
        right=np.array([a == b for a, b in zip(found, true, strict=True)]),
        kin=np.array([kin(a, b) for a, b in zip(found, true, strict=True)]),
        tied=np.array([bool(others) for others in rivals]),
        among=np.array(
            [
                any(kin(a, b) for a in (first, *others))
                for first, others, b in zip(found, rivals, true, strict=True)
            ]
        ),
    )


def _next_to(one: str, other: str, knowledge: Knowledge) -> bool:
    return knowledge.parent(one) == other or knowledge.parent(other) == one


def _ranked(cosines: Vectors, concepts: Sequence[str]) -> list[tuple[str, float]]:
    best = np.argsort(-cosines, kind="stable")[:LOOKED_AT].tolist()
    return ranked([float(cosines[row]) for row in best], [concepts[row] for row in best])


def _rivals(near: Sequence[tuple[str, float]], knowledge: Knowledge) -> tuple[str, ...]:
    """Return the findings that words mean as well as the nearest one."""
    (first, likeness), *others = near
    if first == OUTSIDE:
        return ()
    rivals = [c for c, value in others if likeness - value < APART and c != OUTSIDE]
    return tuple(unlike(first, rivals, knowledge)[:RIVALS])


def threshold(likeness: NDArray[np.float32], right: NDArray[np.bool_], precision: float) -> float:
    """Return the lowest cosine above which no band is less precise than `precision`."""
    chosen = _GRID[-1]
    for low in reversed(_GRID):
        inside = (likeness >= low) & (likeness < low + _BAND)
        if inside.sum() >= 20 and right[inside].mean() < precision:
            break
        chosen = low
    return chosen


def _report(
    knowledge: Knowledge,
    pairs: Sequence[tuple[str, str]],
    kept: Mapping[int, NDArray[np.int8]],
    examples: Sequence[tuple[str, Vectors]],
    asked: Sequence[tuple[str, Vectors]],
) -> dict[str, Any]:
    """Return the thresholds, and what they cost on held-out phrases and on held-out mentions."""
    stacked = np.stack([kept[key_of(phrase)] for phrase, _ in pairs]).astype(np.float32)
    unit = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    out = np.array([held_out(phrase, concept) for phrase, concept in pairs])
    taught = [c for (_, c), held in zip(pairs, out, strict=True) if not held]
    among = (
        [*taught, *(c for c, _ in examples)],
        np.concatenate([unit[~out], np.stack([vector for _, vector in examples])]),
    )
    phrases = [c for (_, c), held in zip(pairs, out, strict=True) if held], unit[out]
    mentions = [c for c, _ in asked], np.stack([vector for _, vector in asked])
    by_words = {
        "held_out_phrases": measure(knowledge, phrases, among),
        "held_out_mentions": measure(knowledge, mentions, among),
    }
    likeness = np.concatenate([m.likeness for m in by_words.values()])
    near = threshold(likeness, np.concatenate([m.kin for m in by_words.values()]), NEAR_PRECISION)
    same = threshold(likeness, np.concatenate([m.right for m in by_words.values()]), SAME_PRECISION)
    thresholds = {"near": near, "same": max(same, near), "apart": APART}
    told = {"phrases": len(pairs), "examples": len(examples)}
    costs = {name: _costs(m, near, max(same, near)) for name, m in by_words.items()}
    return {"thresholds": thresholds, **told, **costs}


def _costs(measured: Measured, near: float, same: float) -> dict[str, float]:
    kept, sure = measured.likeness >= near, measured.likeness >= same
    tied = kept & measured.tied
    shares = {
        "nearest_right": measured.right.mean(),
        "nearest_kin": measured.kin.mean(),
        "kept": kept.mean(),
        "kept_kin": measured.kin[kept].mean(),
        "sure": sure.mean(),
        "sure_right": measured.right[sure].mean(),
        "tied": tied[kept].mean(),
        "tied_right": measured.kin[tied].mean(),
        "tied_among": measured.among[tied].mean(),
        "untied_right": measured.kin[kept & ~measured.tied].mean(),
    }
    rounded = {name: round(float(share), 4) for name, share in shares.items()}
    return {"n": len(measured.right), **rounded}
