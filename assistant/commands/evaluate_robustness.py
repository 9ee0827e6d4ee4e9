"""`anamnesis evaluate robustness`: what is still understood when it is said otherwise."""

import argparse
import json
from typing import TYPE_CHECKING

from assistant.commands.common import Subparsers, at_least_one, counter, settings

if TYPE_CHECKING:
    from assistant.extraction import Extractor
    from assistant.knowledge import Knowledge
    from assistant.settings import Settings


def add(what: Subparsers) -> None:
    """Describe the command."""
    command = what.add_parser("robustness", help="findings kept when sentences are said otherwise")
    command.add_argument("--extractor", choices=("transformer", "lexicon"), help="instead of ours")
    command.add_argument("--language", choices=("en", "zh"), help="one language (default: both)")
    command.add_argument("--n", type=at_least_one, metavar="N", help="sentences of a language")
    command.add_argument("--seed", type=int, default=0, help="of the errors and the sample")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Change sentences in many ways and print which findings and polarities are kept."""
    from assistant.evaluation import robustness
    from assistant.evaluation.gold import sample
    from assistant.knowledge import Knowledge
    from assistant.records.terms import Language

    chosen = settings(**({"extractor": args.extractor} if args.extractor else {}))
    knowledge = Knowledge.load(chosen.knowledge_dir, chosen.data_dir)
    measured = robustness.Robustness(knowledge, _extractor(knowledge, chosen), args.seed)
    line: dict[str, object] = {"evaluation": "robustness", "extractor": chosen.extractor}
    for language in [Language(args.language)] if args.language else list(Language):
        examples = robustness.red_flag_examples(knowledge, language)
        told = sample([*robustness.written(language), *examples], args.n, args.seed)
        status, progress = counter(f"{language.value}: sentences changed", len(told))
        with status:
            tallies = measured.measure(told, progress)
        figures = robustness.figures_of(tallies)
        hits, expected = robustness.recall(measured, told)
        print(f"{language.value}: {len(told)} sentences; {hits} of {expected} labels read as is")
        print(figures.table() + "\n")
        counts = {name: [tally.kept, tally.findings] for name, tally in tallies.items()}
        line[language.value] = {
            "n": len(told),
            "labels": [hits, expected],
            **figures.as_json(),
            "kept": counts,
        }
    print(json.dumps(line | {"seed": args.seed, "knowledge": knowledge.bundle.digest}))
    return 0


def _extractor(knowledge: "Knowledge", chosen: "Settings") -> "Extractor":
    """Return the extractor of the settings; an error where its model is missing."""
    from assistant.assembly import build_encoder
    from assistant.extraction import EXTRACTORS

    lexical = EXTRACTORS.create("lexicon", knowledge=knowledge)
    if chosen.extractor == "lexicon":
        return lexical
    return EXTRACTORS.create(
        chosen.extractor,
        knowledge=knowledge,
        encoder=build_encoder(chosen),
        settings=chosen,
        lexical=lexical,
    )
