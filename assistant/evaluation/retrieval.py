"""How well passages are found: nDCG@10, recall@10 and MRR@10, with bootstrap intervals.

The files are those of BEIR: queries.jsonl (`_id`, `text`) and qrels.tsv (query-id, corpus-id,
score). nDCG is that of Järvelin and Kekäläinen 2002 with the gain as judged, as in trec_eval.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.errors import InvalidInputError

Qrels = dict[str, dict[str, int]]  # query -> corpus id -> grade
DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalFigures:
    """Means over queries, each with its 95 % interval (1000 bootstrap samples)."""

    n: int
    ndcg: tuple[float, float, float]
    recall: tuple[float, float, float]
    mrr: tuple[float, float, float]

    def as_json(self) -> dict[str, object]:
        """Return the figures by their names in the literature."""
        named = {"ndcg@10": self.ndcg, "recall@10": self.recall, "mrr@10": self.mrr}
        shown: dict[str, object] = {}
        for name, (mean, low, high) in named.items():
            shown[name] = round(mean, 4)
            shown[f"{name}_ci95"] = [round(low, 4), round(high, 4)]
        return shown


def read_queries(text: str) -> dict[str, str]:
    """Return the text of each query; InvalidInputError names the line that is wrong."""
    queries = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            queries[str(row["_id"])] = str(row["text"])
        except (ValueError, KeyError, TypeError):
            raise InvalidInputError(
                f'Line {number} of the queries is not {{"_id": …, "text": …}}.'
            ) from None
    return queries


def read_qrels(text: str) -> Qrels:
    """Return the grades; a first line of names is passed over, and so are grades of 0 or less."""
    qrels: Qrels = {}
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split("\t")
        if not line.strip() or (number == 1 and parts[-1].strip() == "score"):
            continue
        try:
            query, passage, grade = parts[0], parts[-2], int(float(parts[-1]))
        except (ValueError, IndexError):
            raise InvalidInputError(
                f"Line {number} of the qrels is not query-id, corpus-id, score (tabs between)."
            ) from None
        if grade > 0:
            qrels.setdefault(query, {})[passage] = grade
    return qrels


def evaluate(
    queries: Mapping[str, str], qrels: Qrels, find: Callable[[str], Sequence[str]]
) -> RetrievalFigures:
    """Return the figures over the queries that have a relevant passage."""
    judged = [query for query in queries if qrels.get(query)]
    if not judged:
        raise InvalidInputError("No query has a relevant passage in the qrels.")
    rows = np.array([_scores(qrels[q], list(find(queries[q]))[:DEPTH]) for q in judged])
    drawn = np.random.default_rng(0).integers(0, len(rows), (1000, len(rows)))
    means = rows[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    ndcg, recall, mrr = (
        (float(m), float(a), float(b)) for m, a, b in zip(rows.mean(axis=0), low, high, strict=True)
    )
    return RetrievalFigures(n=len(judged), ndcg=ndcg, recall=recall, mrr=mrr)


def _scores(grades: Mapping[str, int], found: Sequence[str]) -> tuple[float, float, float]:
    """Return (nDCG, recall, reciprocal rank) at 10.

    >>> _scores({"a": 1}, ["b", "a"])[2]
    0.5
    """
    gains = [grades.get(passage, 0) for passage in found]
    ideal = sorted(grades.values(), reverse=True)[:DEPTH]
    ndcg = _dcg(gains) / _dcg(ideal)
    recall = sum(gain > 0 for gain in gains) / len(grades)
    first = next((place for place, gain in enumerate(gains, start=1) if gain), None)
    return ndcg, recall, 1 / first if first else 0.0


def _dcg(gains: Sequence[int]) -> float:
    return float(sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, start=1)))


def passages_of(names: Sequence[Sequence[str]], depth: int = DEPTH) -> list[str]:
    """Return the first corpus ids of ranked rows: parts of one passage count once."""
    found = dict.fromkeys(name.split("#")[0] for row in names for name in row)
    return list(found)[:depth]
