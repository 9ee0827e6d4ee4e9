"""What the network is taught: grammar, written utterances, annotated public ones, phrases."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.knowledge import Knowledge
from assistant.records.terms import Language
from assistant.training.noise import roughened
from assistant.training.public import read_annotated, read_negex
from assistant.training.samples import Sample
from assistant.training.sentences import Generator, background, bucket
from assistant.training.written import Exchange, read_written

WRITTEN = Path(__file__).with_name("data")
_HELD_OUT_LINES = 12  # every twelfth written utterance is watched, never taught


@dataclass(frozen=True, slots=True)
class Mixture:
    """Training samples, what is watched to stop early, and what is scored at the end."""

    training: list[Sample]
    watched: list[Sample]
    tests: dict[str, list[Sample]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)  # samples by source


def mixture(
    knowledge: Knowledge, options: Mapping[str, Any], data: Path | None, seed: int
) -> Mixture:
    """Return the samples of the settings' languages; `data` holds public sets, None goes without.

    Raises InvalidInputError where an annotated public utterance is not the one that was annotated.
    """
    dice = random.Random(seed)  # noqa: S311 (order of data, no secrets)
    made = Mixture([], [])
    for code in options["languages"]:
        language = Language(code)
        share = options["held_out_phrases"]
        maker = Generator(knowledge, share, seed, language)
        exchange = Exchange(maker.phrases[False], background(knowledge))
        chinese = language is Language.CHINESE
        taught, watched = _split(read_written(WRITTEN / f"written_{code}.txt"))
        public: list[Sample] = []
        if data is not None and not chinese:
            public = read_annotated(WRITTEN / "annotated_en.jsonl", data)
            negex = read_negex(data) * options["repeats"]["negex"]
            _add(made, f"negex-{code}", _varied(negex, None, dice, chinese))
        grammar = list(maker.samples(options["sentences"]))
        _add(made, f"grammar-{code}", grammar)
        often = taught * options["repeats"]["written"]
        _add(made, f"written-{code}", _varied(often, exchange, dice, chinese))
        often = public * options["repeats"]["public"]
        _add(made, f"annotated-{code}", _varied(often, exchange, dice, chinese))
        _add(
            made,
            f"phrases-{code}",
            list(maker.alone(held_out=False)) * options["repeats"]["phrases"],
        )
        made.watched.extend(watched)
        made.tests[f"written-{code}"] = watched
        for name, held in (("new_phrases", (True, False)), ("new_templates", (False, True))):
            wanted = maker.samples(
                options["evaluation"], new_phrases=held[0], new_templates=held[1]
            )
            made.tests[f"{name}-{code}"] = list(wanted)
        made.tests[f"phrases-{code}"] = list(maker.alone(held_out=True))
    return made


def _add(made: Mixture, source: str, samples: Sequence[Sample]) -> None:
    made.training.extend(samples)
    made.counted[source] = len(samples)


def _split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    held = [bucket(s.text, _HELD_OUT_LINES) == 0 for s in samples]
    taught = [s for s, out in zip(samples, held, strict=True) if not out]
    return taught, [s for s, out in zip(samples, held, strict=True) if out]


def _varied(
    samples: Sequence[Sample], exchange: Exchange | None, dice: random.Random, chinese: bool
) -> list[Sample]:
    return list(_each(samples, exchange, dice, chinese))


def _each(
    samples: Sequence[Sample], exchange: Exchange | None, dice: random.Random, chinese: bool
) -> Iterator[Sample]:
    """Yield each sample as it is, with words exchanged, or with slips put in."""
    for sample in samples:
        if exchange is not None and dice.random() < 0.55:
            sample = exchange.varied(sample, dice)
        yield roughened(sample, dice, chinese) if dice.random() < 0.6 else sample
