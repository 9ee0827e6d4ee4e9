"""Put the figures of benchmarks/retrieval.py into docs/retrieval.md: `… FIGURES.jsonl DOCUMENT`.

The tables stand between `<!-- encoders -->` and `<!-- end of encoders -->`, and likewise for speed;
one whose figures are not in the file is left as it is.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    parser.add_argument("document", type=Path)
    args = parser.parse_args()
    lines = args.figures.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    text = args.document.read_text(encoding="utf-8")
    for name, table in (("encoders", _encoders(rows)), ("speed", _speed(rows))):
        if table:
            text = _placed(text, name, table)
    args.document.write_text(text, encoding="utf-8")


def _placed(text: str, name: str, table: list[str]) -> str:
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    made = "\n".join([begin, *table, end])
    return re.sub(f"{begin}.*?{end}", lambda _: made, text, flags=re.DOTALL)


def _encoders(rows: list[Row]) -> list[str]:
    found = [row for row in rows if "passages_per_second" in row]
    if not found:
        return []
    load = max(row["load"] for row in found)
    return [
        f"Load of the machine up to {load}; threads: {found[0]['threads']}.",
        "",
        "| encoder | passages/s (mean 128 words) | passages/s (256 pieces) | short sentences/s "
        "| letters: nDCG@10 | in one sentence: nDCG@10 |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row['encoder']} | {row['passages_per_second']:g} "
            f"| {row['full_passages_per_second']:g} | {row['short_sentences_per_second']:g} "
            f"| {_ndcg(row['consumer long'])} | {_ndcg(row['consumer short'])} |"
            for row in found
        ),
    ]


def _ndcg(figures: Row) -> str:
    low, high = figures["ndcg@10_ci95"]
    return f"{figures['ndcg@10']:.3f} [{low:.2f}–{high:.2f}]".replace("0.", ".")


def _speed(rows: list[Row]) -> list[str]:
    timed = [row for row in rows if "ms_p50" in row]
    if not timed:
        return []
    table = ["| search | threads | n | ms p50 / p99 | load |", "|---|---|---|---|---|"]
    for row in timed:
        times = f"{row['ms_p50']} / {row['ms_p99']}"
        table.append(f"| {row['what']} | {row['threads']} | {row['n']} | {times} | {row['load']} |")
    index = next((row for row in rows if row.get("what") == "medquad index"), None)
    cold = [row for row in rows if row.get("what") == "cold"]
    if index and cold:
        table += ["", _cold(index, cold)]
    return table


def _cold(index: Row, cold: list[Row]) -> str:
    opened = sorted(row["open_seconds"] for row in cold)
    first = sorted(row["first_query_ms"] for row in cold)
    return (
        f"Index of {index['passages']} passages: {index['bytes'] / 1e6:.0f} MB. A fresh process "
        f"opens it in {opened[0]}–{opened[-1]} s and answers its first query in "
        f"{first[0]}–{first[-1]} ms (n = {len(cold)})."
    )


if __name__ == "__main__":
    main()
