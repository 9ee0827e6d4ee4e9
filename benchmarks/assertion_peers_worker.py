"""What medspaCy ConText or negspacy says of given words; run by `assertion_peers.py`.

It runs in an environment of its own (docs/extraction.md, "Against peers") and imports nothing of
ours. Input: JSON lines {"text", "spans": [[start, end], …]}. Output: for each a JSON list with what
is said of each span, of `absent`, `possible`, `hypothetical`, `relative` and `past`; then one line
{"seconds", "versions"}: the time of the reading alone, one text after another.
"""

import argparse
import json
import sys
import time
from importlib.metadata import version
from typing import Any

LABEL = "FINDING"
MEDSPACY = {
    "absent": "is_negated",
    "possible": "is_uncertain",
    "hypothetical": "is_hypothetical",
    "relative": "is_family",
    "past": "is_historical",
}
NEGSPACY = {"absent": "negex"}


def layers(spans: list[tuple[int, int]]) -> list[list[int]]:
    """Return the indexes of spans in as few layers as need be: in one of them, none overlap.

    A spaCy document cannot hold entities that overlap; each layer is read as a document.
    """
    found: list[list[int]] = []
    for i in sorted(range(len(spans)), key=lambda i: spans[i]):
        start, end = spans[i]
        for layer in found:
            if all(end <= spans[k][0] or spans[k][1] <= start for k in layer):
                layer.append(i)
                break
        else:
            found.append([i])
    return found


def medspacy() -> Any:
    """Return medspaCy as it loads, with its own sentences; the targets are given."""
    import medspacy
    from loguru import logger

    logger.remove()  # its splitter reports on every word, which takes most of the time
    nlp = medspacy.load()
    nlp.remove_pipe("medspacy_target_matcher")
    return nlp


def negspacy(name: str, chunk_prefix: list[str]) -> Any:
    """Return negspacy with one of its sets of terms, on spaCy's rules for sentences."""
    import spacy
    from negspacy.negation import Negex  # noqa: F401 - its import registers the component
    from negspacy.termsets import termset

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    config = {"neg_termset": termset(name).get_patterns(), "chunk_prefix": chunk_prefix}
    nlp.add_pipe("negex", config=config)
    return nlp


def read(nlp: Any, text: str, spans: list[tuple[int, int]], said: dict[str, str]) -> list[Any]:
    """Return what is said of each span."""
    answers: list[Any] = [None] * len(spans)
    for layer in layers(spans):
        places, ends = {}, []
        doc = nlp.make_doc(text)
        for i in layer:
            entity = doc.char_span(*spans[i], label=LABEL, alignment_mode="expand")
            if any(entity.start < e.end and e.start < entity.end for e in ends):
                entity = None  # a word shared by two spans: read alone, below
            places[i] = entity
            ends += [entity] if entity is not None else []
        doc.ents = ends
        doc = nlp(doc)
        by_place = {(e.start, e.end): e for e in doc.ents}
        for i, entity in places.items():
            if entity is None:
                answers[i] = read(nlp, text, [spans[i]], said)[0]
                continue
            e = by_place[entity.start, entity.end]
            answers[i] = {name: bool(getattr(e._, flag)) for name, flag in said.items()}
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=("medspacy", "negspacy"))
    parser.add_argument("--termset", default="en_clinical")
    parser.add_argument("--chunk-prefix", action="append", default=[])
    args = parser.parse_args()
    if args.system == "medspacy":
        nlp, said = medspacy(), MEDSPACY
    else:
        nlp, said = negspacy(args.termset, args.chunk_prefix), NEGSPACY
    rows = [json.loads(line) for line in sys.stdin if line.strip()]
    if rows:  # the first text pays for what is built late
        read(nlp, rows[0]["text"], [tuple(s) for s in rows[0]["spans"]], said)
    begun = time.perf_counter()
    answers = [read(nlp, r["text"], [tuple(s) for s in r["spans"]], said) for r in rows]
    seconds = time.perf_counter() - begun
    for answer in answers:
        print(json.dumps(answer))
    versions = {name: version(name) for name in (args.system, "spacy")}
    print(json.dumps({"seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
