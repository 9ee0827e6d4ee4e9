"""Encoders of extraction by size: what each weighs, takes, and finds (gold, tuning half).

    python -m benchmarks.extraction_sizes
    python -m benchmarks.extraction_sizes --small DIR   # with an adapter for fewer layers of MiniLM

`DIR` is what `anamnesis train extraction` writes with `layers: 3` in `extraction_en.yaml`. English
gold stands off (docs/annotating.md): it is measured where the data folder is. Each row is the whole
extractor, lexicon and rules included, with another network in it; milliseconds are of one utterance
after the other on one thread, rows in turn on the same utterances. Phrases that a network has not
yet encoded are encoded first (minutes) and kept in `--keep`.
"""

import argparse
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from assistant.evaluation.bootstrap import Estimate
from assistant.evaluation.extraction_figures import figures_of
from assistant.evaluation.extraction_gold import GoldUtterance
from assistant.evaluation.extraction_matching import counts, heard_in
from assistant.extraction.lexical import LexicalExtractor
from assistant.extraction.transformer import TransformerExtractor
from assistant.knowledge import Knowledge
from assistant.records.extraction import Extraction
from assistant.records.terms import Language
from assistant.settings import Settings
from benchmarks.extraction_parts import adapter_folder, gold_of, parameters_of, percentile

SHOWN = ("mention_f1", "concept_accuracy", "assertion_macro_f1")
JUDGED = (
    *SHOWN, "present_f1", "absent_f1", "possible_f1", "hypothetical_f1", "relative_f1", "past_f1",
    "flipped_polarity",
)  # fmt: skip
WORSE_ABOVE = ("flipped_polarity",)


@dataclass(frozen=True, slots=True)
class Row:
    """One network on the utterances of one language."""

    name: str
    network: str
    language: Language
    adapter: Path | None = None

    def built(
        self, knowledge: Knowledge, settings: Settings, lexical: LexicalExtractor
    ) -> TransformerExtractor:
        """Return the extractor with this network for this language."""
        both = self.language is Language.ENGLISH and self.network == "extraction-zh"
        own = settings.model_copy(
            update={"extraction_model": "multilingual" if both else "by-language"}
        )
        adapters = {self.network: self.adapter} if self.adapter else None
        return TransformerExtractor(knowledge, None, own, lexical=lexical, adapters=adapters)


def rows(small: Path | None, english: bool) -> list[Row]:
    """Return what can be measured here."""
    en, zh = Language.ENGLISH, Language.CHINESE
    found = []
    if english and small:
        found.append(Row("MiniLM, its own layers", "extraction-en", en, small))
    if english:
        found.append(Row("MiniLM-L6", "extraction-en", en))
        found.append(Row("e5-small", "extraction-zh", en))
    return [*found, Row("e5-small", "extraction-zh", zh)]


def measure(
    extractor: TransformerExtractor, gold: list[GoldUtterance], knowledge: Knowledge
) -> tuple[dict[str, Estimate], list[float]]:
    """Return the figures, and the milliseconds of each utterance."""
    extractor.extract(gold[0].text, language=gold[0].language)
    found: list[Extraction] = []
    took = []
    for one in gold:
        begun = time.perf_counter()
        found.append(extractor.extract(one.text, language=one.language))
        took.append((time.perf_counter() - begun) * 1000)
    heard, feared = heard_in(found)
    pairs = zip(gold, heard, strict=True)
    return figures_of([counts(one, ours, knowledge, feared) for one, ours in pairs]), took


def weight(row: Row, models: Path) -> dict[str, Any]:
    """Return layers, parameters of the encoder (without its word table) and bytes of ours."""
    folder = row.adapter or adapter_folder(row.network, models)
    layers, parameters = parameters_of(folder, models)
    ours = 0
    for file in ("adapter.safetensors", "heads.safetensors"):
        with safe_open(folder / file, framework="numpy") as stored:
            ours += sum(stored.get_tensor(name).size for name in stored.keys())  # noqa: SIM118
    size = sum((folder / f).stat().st_size for f in ("adapter.safetensors", "heads.safetensors"))
    return {
        "layers": layers, "encoder_parameters": parameters, "trained_parameters": ours,
        "adapter_bytes": size,
    }  # fmt: skip


def compared(
    one: Mapping[str, Estimate], other: Mapping[str, Estimate]
) -> dict[str, dict[str, float]]:
    """Return the figures of `other` that are worse than the whole interval of `one`."""
    worse = {}
    for name in JUDGED:
        if name in one and name in other:
            a, b = one[name], other[name].value
            if (b > a.high) if name in WORSE_ABOVE else (b < a.low):
                worse[name] = {"english": a.value, "low": a.low, "high": a.high, "multilingual": b}
    return worse


def main() -> None:
    """Print the table, and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=Path, metavar="DIR", help="another adapter of MiniLM")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="DIR")
    parser.add_argument(
        "--keep", type=Path, default=None, metavar="DIR", help="instead of data_dir"
    )
    args = parser.parse_args()
    settings = Settings(threads=1)
    if args.keep:
        settings = settings.model_copy(update={"data_dir": args.keep})
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    lexical = LexicalExtractor(knowledge)
    gold = gold_of(knowledge, args.data)
    table, figures = [], {}
    for row in rows(args.small, Language.ENGLISH in gold):
        texts = gold[row.language]
        found, took = measure(row.built(knowledge, settings, lexical), texts, knowledge)
        figures[row.network, row.language, row.adapter is None] = found
        cells = {name: [found[name].value, found[name].low, found[name].high] for name in JUDGED}
        table.append({
            "encoder": row.name, "language": row.language.value, "n": len(texts),
            **weight(row, settings.knowledge_dir / "models"),
            "p50_ms": percentile(took, 50), "p99_ms": percentile(took, 99), **cells,
        })  # fmt: skip
        shown = "  ".join(
            f"{found[n].value:.3f} [{found[n].low:.3f}-{found[n].high:.3f}]" for n in SHOWN
        )
        last = table[-1]
        print(
            f"{row.name:24}{row.language.value:4}{last['layers']:>3} layers"
            f"{last['encoder_parameters'] / 1e6:7.1f} M{last['adapter_bytes'] / 1e6:6.1f} MB"
            f"{last['p50_ms']:8.1f} ms  {shown}",
            flush=True,
        )  # fmt: skip
    english = figures.get(("extraction-en", Language.ENGLISH, True))
    multilingual = figures.get(("extraction-zh", Language.ENGLISH, True))
    worse = compared(english, multilingual) if english and multilingual else None
    print(f"English figures of the multilingual network below the English one's interval: {worse}")
    print(json.dumps({
        "benchmark": "extraction_sizes", "half": "tune", "rows": table, "shown": SHOWN,
        "multilingual_worse": worse, "knowledge": knowledge.bundle.digest,
        "load": round(os.getloadavg()[0], 1), "cpus": os.cpu_count(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
