"""Sentences for the tagger, put together from templates and the phrases of the knowledge."""

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.knowledge import Knowledge

_SLOT = re.compile(r"\{(?P<kind>[ncLrmws])(?P<marks>[-?~<^]*)\}")
_CLAUSE = re.compile(
    r"^(?:my |i |i'm |it |can't|cannot|couldn't|won't|keep |feel|he |she |the |not |haven't|unable)"
    r"|\b(?:hurts?|is|are|feels?|aches|won't|can't|has|went|keeps?|gets?)\b"
)
_HELD_OUT_TEMPLATES = 5  # every fifth


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stretch of a sentence that is a mention, and what is said of it."""

    start: int
    end: int
    concept: str
    assertion: str = "present"
    experiencer: str = "patient"
    time: str = "now"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sentence with its mentions."""

    text: str
    mentions: tuple[Labelled, ...]


class Generator:
    """Makes sentences; two of the same seed make the same ones."""

    def __init__(self, knowledge: Knowledge, share_held_out: float, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (data, no secrets)
        file = Path(__file__).with_name("templates_en.yaml")
        raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._words: dict[str, list[str]] = raw["words"]
        self._templates: dict[bool, list[str]] = {True: [], False: []}
        for template in (*raw["patient"], *raw["clinician"]):
            self._templates[_bucket(template, _HELD_OUT_TEMPLATES) == 0].append(template)
        self._phrases: dict[tuple[bool, str], list[tuple[str, list[str]]]] = {}
        for held_out in (True, False):
            for kind, sorted_out in _sorted_out(knowledge, held_out, share_held_out).items():
                self._phrases[held_out, kind] = sorted_out

    def samples(
        self, count: int, *, new_phrases: bool = False, new_templates: bool = False
    ) -> Iterator[Sample]:
        """Yield `count` sentences from the seen or the held-out phrases and templates."""
        templates = self._templates[new_templates]
        for _ in range(count):
            yield self._roughened(self._filled(self._template(templates), new_phrases))

    def _template(self, templates: Sequence[str]) -> str:
        """Return one template, or two put together, often with words around."""
        dice, choice = self._random.random, self._random.choice
        template = choice(templates)
        if dice() < 0.4:
            template = template.rstrip(".") + choice(self._words["joint"]) + choice(templates)
        if dice() < 0.2:
            template = choice(self._words["opener"]) + template
        if dice() < 0.2:
            template = template.rstrip(".") + choice(self._words["closer"])
        return template

    def _filled(self, template: str, held_out: bool) -> Sample:
        parts: list[str] = []
        mentions: list[Labelled] = []
        position = length = 0
        for slot in _SLOT.finditer(template):
            before = template[position : slot.start()]
            parts.append(before)
            length += len(before)
            for text, concept in self._words_for(slot["kind"], slot["marks"], held_out):
                if concept is not None:
                    mentions.append(
                        Labelled(length, length + len(text), concept, **_status(slot["marks"]))
                    )
                parts.append(text)
                length += len(text)
            position = slot.end()
        parts.append(template[position:])
        return Sample("".join(parts), tuple(mentions))

    def _words_for(self, kind: str, marks: str, held_out: bool) -> Iterator[tuple[str, str | None]]:
        if kind in "mws":
            yield self._random.choice(self._words[kind]), None
            return
        if kind != "L":
            yield self._phrase(kind, held_out)
            return
        count = self._random.randint(2, 5)
        for i in range(count):
            if i:
                last = i == count - 1
                joint = self._random.choice(
                    (" or ", ", or ", ", ") if "-" in marks else (" and ", ", and ", ", ")
                )
                yield (joint if last else ", "), None
            yield self._phrase("n", held_out)

    def _phrase(self, kind: str, held_out: bool) -> tuple[str, str]:
        concept, phrases = self._random.choice(self._phrases[held_out, kind])
        return self._random.choice(phrases), concept

    def _roughened(self, sample: Sample) -> Sample:
        """Return the sentence as hurried people write it, some of the time."""
        text, mentions = sample.text, list(sample.mentions)
        dice = self._random.random
        if dice() < 0.5:
            text = text[:1].upper() + text[1:]
        if dice() < 0.4:
            text += self._random.choice((".", ".", "!", "...", "?" if "?" in text else "."))
        if dice() < 0.15:
            text = text.replace("'", "’")
        if dice() < 0.1:
            text = text.upper() if dice() < 0.4 else text.lower()
        sample = Sample(text, tuple(mentions))
        for drop in (",", "'", "’", "."):
            if dice() < 0.08:
                sample = _without(sample, drop)
        return self._misspelt(sample) if dice() < 0.2 else sample

    def _misspelt(self, sample: Sample) -> Sample:
        """Drop, double or swap one letter of a long word; the mentions move along."""
        words = list(re.finditer(r"[a-z]{5,}", sample.text))
        if not words:
            return sample
        word = self._random.choice(words)
        at = self._random.randrange(word.start() + 1, word.end() - 1)
        letters = sample.text[at : at + 2]
        new = self._random.choice((letters[1:], letters[0] + letters, letters[::-1]))
        return _replaced(sample, at, at + 2, new)


def _bucket(text: str, buckets: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % buckets


def _sorted_out(
    knowledge: Knowledge, held_out: bool, share: float
) -> dict[str, list[tuple[str, list[str]]]]:
    """Return (finding, phrases) by kind of phrase: n noun, c clause, r history or risk."""
    kinds: Mapping[str, list[tuple[str, list[str]]]] = {"n": [], "c": [], "r": []}
    for concept, entry in sorted(knowledge.findings.items()):
        mine: dict[str, list[str]] = {"n": [], "c": [], "r": []}
        if concept.startswith("family_"):
            continue  # their phrases hold the relative already
        name = re.sub(r"\s*\(.*?\)", "", entry.name.en).lower()
        for phrase in sorted({*entry.phrases.en, name}):
            if (_bucket(concept + phrase, 1000) < share * 1000) is not held_out:
                continue
            if entry.is_background:
                if not _CLAUSE.search(phrase):
                    mine["r"].append(phrase)
            else:
                mine["c" if _CLAUSE.search(phrase) else "n"].append(phrase)
        for kind, phrases in mine.items():
            if phrases:
                kinds[kind].append((concept, phrases))
    return dict(kinds)


def _status(marks: str) -> dict[str, str]:
    assertion = {"-": "absent", "?": "possible", "~": "unsaid"}
    return {
        "assertion": next((assertion[m] for m in marks if m in assertion), "present"),
        "experiencer": "relative" if "^" in marks else "patient",
        "time": "past" if "<" in marks else "now",
    }


def _without(sample: Sample, mark: str) -> Sample:
    while mark in sample.text:
        at = sample.text.index(mark)
        sample = _replaced(sample, at, at + 1, "")
    return sample


def _replaced(sample: Sample, start: int, end: int, new: str) -> Sample:
    """Return the sample with [start, end) replaced and its mentions moved."""
    shift = len(new) - (end - start)

    def moved(place: int) -> int:
        return place if place <= start else max(start, place + shift)

    text = sample.text[:start] + new + sample.text[end:]
    kept: Sequence[Labelled] = [
        Labelled(moved(m.start), moved(m.end), m.concept, m.assertion, m.experiencer, m.time)
        for m in sample.mentions
    ]
    return Sample(text, tuple(m for m in kept if m.end > m.start))
