"""What the network is taught: grammar, written utterances, annotated public ones, phrases."""

import hashlib
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
_GENERATED_TESTS = {"new_phrases": (True, False), "new_templates": (False, True)}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Training samples, what is watched to stop early, and what is scored at the end."""

    training: list[Sample]
    watched: list[Sample]
    tests: dict[str, list[Sample]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)  # samples by source

    @property
    def digest(self) -> str:
        """SHA-256 of all that is taught and watched."""
        total = hashlib.sha256()
        for sample in (*self.training, *self.watched):
            total.update(repr(sample).encode())
        return total.hexdigest()


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
        maker = Generator(knowledge, options["held_out_phrases"], seed, language)
        exchange = Exchange(maker.phrases[False], background(knowledge))
        _add_language(made, maker, exchange, options, data, dice, language)
    return made


def _add_language(
    made: Mixture, maker: Generator, exchange: Exchange, options: Mapping[str, Any],
    data: Path | None, dice: random.Random, language: Language,
) -> None:  # fmt: skip
    """Add one language's samples; the order of the sources fixes what the dice say of each."""
    code, often = language.value, options["repeats"]
    chinese = language is Language.CHINESE
    taught, watched = split(read_written(WRITTEN / f"written_{code}.txt"))
    public: list[Sample] = []
    if data is not None and not chinese:
        public = read_annotated(WRITTEN / "annotated_en.jsonl", data)
        negex = read_negex(data) * often["negex"]
        _add(made, f"negex-{code}", _varied(negex, None, dice, chinese))
    _add(made, f"grammar-{code}", maker.samples(options["sentences"]))
    _add(made, f"written-{code}", _varied(taught * often["written"], exchange, dice, chinese))
    _add(made, f"annotated-{code}", _varied(public * often["public"], exchange, dice, chinese))
    _add(made, f"phrases-{code}", list(maker.alone(held_out=False)) * often["phrases"])
    made.watched.extend(watched)
    made.tests[f"written-{code}"] = watched
    for name, (phrases, templates) in _GENERATED_TESTS.items():
        made.tests[f"{name}-{code}"] = list(
            maker.samples(options["evaluation"], new_phrases=phrases, new_templates=templates)
        )
    made.tests[f"phrases-{code}"] = list(maker.alone(held_out=True))


def _add(made: Mixture, source: str, samples: Iterator[Sample] | Sequence[Sample]) -> None:
    before = len(made.training)
    made.training.extend(samples)
    made.counted[source] = len(made.training) - before


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return the written utterances that are taught, and those that are only watched."""
    held = [bucket(s.text, _HELD_OUT_LINES) == 0 for s in samples]
    taught = [s for s, out in zip(samples, held, strict=True) if not out]
    return taught, [s for s, out in zip(samples, held, strict=True) if out]


def _varied(
    samples: Sequence[Sample], exchange: Exchange | None, dice: random.Random, chinese: bool
) -> Iterator[Sample]:
    """Yield each sample as it is, with words exchanged, or with slips put in."""
    for sample in samples:
        changed = sample
        if exchange is not None and dice.random() < 0.55:
            changed = exchange.varied(sample, dice)
        yield roughened(changed, dice, chinese) if dice.random() < 0.6 else changed
