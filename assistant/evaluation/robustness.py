"""Whether sentences are still understood when they are said otherwise, shouted or misheard.

For each change: of the findings read from the sentence as it is, the share still read from the
changed one ("kept"); of those, the share with the same assertion ("polarity"); and how many turned
from present to absent or back ("flipped"), which is the most dangerous error of all.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from assistant.evaluation.changes import CHANGES, DATA, Said
from assistant.evaluation.figures import Figures
from assistant.evaluation.metrics import wilson
from assistant.extraction import Extractor
from assistant.knowledge import Knowledge
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Language

_SIGNS = {"-": Assertion.ABSENT, "?": Assertion.POSSIBLE}
_OPPOSITE = {Assertion.PRESENT: Assertion.ABSENT, Assertion.ABSENT: Assertion.PRESENT}


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence and what it must yield; () where the extractor's own reading is the measure."""

    text: str
    language: Language
    expected: tuple[tuple[str, Assertion], ...] = ()


@dataclass(slots=True)
class Tally:
    """What became of the findings under one change."""

    findings: int = 0
    kept: int = 0
    same: int = 0
    flipped: int = 0
    variants: int = 0
    lost: Counter[str] = field(default_factory=Counter)


def written(language: Language) -> list[Told]:
    """Return the sentences of our own, each with what it must yield."""
    lines = (DATA / f"robustness_{language.value}.txt").read_text(encoding="utf-8").splitlines()
    told = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            text, _, labels = line.partition(" | ")
            told.append(Told(text.strip(), language, tuple(map(_label, labels.split()))))
    return told


def _label(label: str) -> tuple[str, Assertion]:
    return label.lstrip("-?"), _SIGNS.get(label[0], Assertion.PRESENT)


def red_flag_examples(knowledge: Knowledge, language: Language) -> list[Told]:
    """Return the examples of all red flags."""
    return [
        Told(text, language)
        for flag in knowledge.red_flags.values()
        for text in getattr(flag.examples, language.value)
    ]


class Robustness:
    """Measures one extractor under every change."""

    def __init__(self, knowledge: Knowledge, extractor: Extractor, seed: int = 0) -> None:
        """`seed` decides which synonym and which errors a sentence gets."""
        self._knowledge, self._extractor, self._seed = knowledge, extractor, seed

    def read(self, text: str, language: Language) -> tuple[Finding, ...]:
        """Return the findings of a text that are about the patient, now."""
        found = self._extractor.extract(text, language=language).findings
        return tuple(f for f in found if f.counts_now)

    def understood(self, told: Told) -> list[tuple[str, Assertion]]:
        """Return which expected findings (or all that it reads) the plain sentence yields."""
        found = self.read(told.text, told.language)
        if not told.expected:
            return list(dict.fromkeys((f.concept, f.assertion) for f in found))
        return [
            (concept, assertion)
            for concept, assertion in told.expected
            if assertion in self.assertions_of(concept, assertion, found)
        ]

    def assertions_of(
        self, concept: str, assertion: Assertion, found: Iterable[Finding]
    ) -> set[Assertion]:
        """Return what `found` says of a finding; of one that is there, also by a special form."""
        names = {concept}
        if assertion is not Assertion.ABSENT:
            names |= self._knowledge.descendants(concept)
        return {f.assertion for f in found if f.concept in names}

    def variants(self, told: Told, change: str) -> list[str]:
        """Return the changed sentences, the same for the same seed."""
        dice = random.Random(f"{self._seed}:{change}:{told.text}")  # noqa: S311 (no secret)
        said = Said(
            told.text,
            told.language,
            self.read(told.text, told.language),
            lambda concept: self._knowledge.findings[concept].phrases.get(told.language),
        )
        return list(CHANGES[change](said, dice))

    def measure(
        self,
        sentences: Sequence[Told],
        progress: Callable[[int], None] = lambda done: None,
        only: Iterable[str] = tuple(CHANGES),
    ) -> dict[str, Tally]:
        """Return what became of the findings of `sentences` under each change in `only`."""
        tallies = {name: Tally() for name in only}
        for number, told in enumerate(sentences, start=1):
            base = self.understood(told)
            for name, tally in tallies.items():
                for text in self.variants(told, name):
                    tally.variants += 1
                    self._count(tally, base, self.read(text, told.language))
            progress(number)
        return tallies

    def _count(
        self, tally: Tally, base: Iterable[tuple[str, Assertion]], found: Sequence[Finding]
    ) -> None:
        for concept, assertion in base:
            said = self.assertions_of(concept, assertion, found)
            tally.findings += 1
            tally.kept += bool(said)
            tally.same += assertion in said
            tally.flipped += bool(said) and said == {_OPPOSITE.get(assertion)}
            if not said:
                tally.lost[concept] += 1


def recall(robustness: Robustness, sentences: Sequence[Told]) -> tuple[int, int]:
    """Return how many expected findings the plain sentences yield, and how many there are."""
    expected = [told for told in sentences if told.expected]
    hits = sum(len(robustness.understood(told)) for told in expected)
    return hits, sum(len(told.expected) for told in expected)


def figures_of(tallies: dict[str, Tally]) -> Figures:
    """Return the shares with their intervals (Wilson, 95 %)."""
    figures = Figures()
    for name, tally in tallies.items():
        if tally.findings:
            figures.add_share(f"{name}_kept", wilson(tally.kept, tally.findings))
        if tally.kept:
            figures.add_share(f"{name}_polarity", wilson(tally.same, tally.kept))
            figures.add_share(f"{name}_flipped", wilson(tally.flipped, tally.kept))
    return figures
