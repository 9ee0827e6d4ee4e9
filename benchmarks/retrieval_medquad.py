"""MedQuAD questions with their own answers as gold, as BEIR files: `… DIR OUT [--index DIR]`.

Each question is the query, its answer the one relevant passage. Add the corpus with
`anamnesis index add DIR --without-questions`, so that no passage carries its own question; with
`--index`, only questions whose answer is in that index are drawn. Then:
`anamnesis evaluate retrieval --index … --queries OUT/queries.jsonl --qrels OUT/qrels.tsv`.
"""

import argparse
import json
import random
import sqlite3
from pathlib import Path

from assistant.retrieval.library.readers import Reading, documents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("-n", type=int, default=400)
    args = parser.parse_args()
    pairs = {}
    for document in documents(args.folder, "medquad", Reading(), lambda *_: None):
        for section in document.sections:
            if section.text.strip():
                pairs[section.id] = section.path[-1]
    if args.index:
        with sqlite3.connect(args.index / "catalogue.db") as db:
            kept = {name for (name,) in db.execute("SELECT id FROM passages WHERE alive")}
        pairs = {name: asked for name, asked in pairs.items() if name in kept}
    drawn = random.Random(0).sample(sorted(pairs), min(args.n, len(pairs)))
    args.out.mkdir(parents=True, exist_ok=True)
    queries = [json.dumps({"_id": name, "text": pairs[name]}) for name in drawn]
    (args.out / "queries.jsonl").write_text("\n".join(queries) + "\n", encoding="utf-8")
    lines = ["query-id\tcorpus-id\tscore", *(f"{name}\t{name}\t1" for name in drawn)]
    (args.out / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(drawn)} questions of {len(pairs)}")


if __name__ == "__main__":
    main()
