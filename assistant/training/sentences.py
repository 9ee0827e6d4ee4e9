"""Sentences for the network, put together from a grammar and the phrases of the knowledge."""

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from assistant.knowledge import Knowledge
from assistant.knowledge.schema import FindingKind
from assistant.records.terms import Language
from assistant.training.noise import roughened
from assistant.training.samples import Attribute, Labelled, Sample, Teaches
from assistant.training.written import is_clause, status

_SLOT = re.compile(r"\{(?P<kind>[ncLrmwsdfgt])(?P<marks>[-?~<^]*)\}")
_DETAILS = {"m": "when", "d": "severity", "f": "frequency", "g": "course", "t": "trigger"}
_HELD_OUT_TEMPLATES = 5  # every fifth
_MEASURED = 0.12  # share of names that are signs, laboratory values and the like
_TOLD = (FindingKind.SYMPTOM, FindingKind.HISTORY, FindingKind.RISK)
Phrases = dict[str, list[tuple[str, list[str]]]]


class Generator:
    """Makes sentences; two of the same seed make the same ones."""

    def __init__(
        self, knowledge: Knowledge, share_held_out: float, seed: int, language: Language
    ) -> None:
        """`share_held_out`: part of each finding's phrases, 0 to 1, that is never taught."""
        self._random = random.Random(seed)  # noqa: S311 (data, no secrets)
        self._chinese = language is Language.CHINESE
        file = Path(__file__).with_name(f"templates_{language.value}.yaml")
        raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._words: dict[str, list[str]] = raw["words"]
        self._templates: dict[bool, list[str]] = {True: [], False: []}
        for template in (*raw["patient"], *raw["clinician"]):
            self._templates[bucket(template, _HELD_OUT_TEMPLATES) == 0].append(template)
        self.phrases = {
            held_out: phrases_by_kind(knowledge, language, held_out, share_held_out)
            for held_out in (True, False)
        }

    def samples(
        self, count: int, *, new_phrases: bool = False, new_templates: bool = False
    ) -> Iterator[Sample]:
        """Yield `count` sentences from the seen or the held-out phrases and templates."""
        templates = self._templates[new_templates]
        for _ in range(count):
            sample = self._filled(self._template(templates), new_phrases)
            yield roughened(sample, self._random, self._chinese)

    def alone(self, *, held_out: bool) -> Iterator[Sample]:
        """Yield every phrase by itself, to learn which finding it means."""
        for of_kind in self.phrases[held_out].values():
            for concept, phrases in of_kind:
                for phrase in phrases:
                    mention = Labelled(0, len(phrase), concept)
                    yield Sample(phrase, (mention,), teaches=Teaches.LINK)

    def _template(self, templates: Sequence[str]) -> str:
        """Return one template, or two put together, often with words around."""
        dice, choice = self._random.random, self._random.choice
        template = choice(templates)
        if dice() < 0.4:
            template = template.rstrip(".。") + choice(self._words["joint"]) + choice(templates)
        if dice() < 0.2:
            template = choice(self._words["opener"]) + template
        if dice() < 0.2:
            template = template.rstrip(".。") + choice(self._words["closer"])
        return template

    def _filled(self, template: str, held_out: bool) -> Sample:
        parts: list[str] = []
        mentions: list[Labelled] = []
        attributes: list[Attribute] = []
        position = length = 0
        for slot in _SLOT.finditer(template):
            before = template[position : slot.start()]
            parts.append(before)
            length += len(before)
            for text, concept in self._words_for(slot["kind"], slot["marks"], held_out):
                end = length + len(text)
                if concept is not None:
                    mentions.append(Labelled(length, end, concept, **status(slot["marks"])))
                elif slot["kind"] in _DETAILS:
                    attributes.append(Attribute(length, end, _DETAILS[slot["kind"]]))
                parts.append(text)
                length = end
            position = slot.end()
        parts.append(template[position:])
        return Sample("".join(parts), tuple(mentions), tuple(attributes))

    def _words_for(self, kind: str, marks: str, held_out: bool) -> Iterator[tuple[str, str | None]]:
        if kind in "mwsdfgt":
            yield self._random.choice(self._words[kind]), None
            return
        if kind != "L":
            yield self._phrase(kind, held_out)
            return
        count = self._random.randint(2, 5)
        joints = self._words["or" if "-" in marks else "and"]
        for i in range(count):
            if i:
                between = joints if i == count - 1 else self._words["comma"]
                yield self._random.choice(between), None
            yield self._phrase("n", held_out)

    def _phrase(self, kind: str, held_out: bool) -> tuple[str, str]:
        if kind == "n" and self._random.random() < _MEASURED:
            kind = "x"
        concept, phrases = self._random.choice(self.phrases[held_out][kind])
        return self._random.choice(phrases), concept


def bucket(text: str, buckets: int) -> int:
    """Return a number below `buckets` that depends on `text` alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % buckets


def phrases_by_kind(
    knowledge: Knowledge, language: Language, held_out: bool, share: float
) -> Phrases:
    """Return (finding, phrases) by kind of phrase.

    The kinds are n name, c clause, r history or risk, x sign or value. In Chinese, names and
    clauses are not told apart. `share` of each finding's phrases, drawn by their hash, are held
    out; a background finding's clauses are left out.
    """
    kinds: Phrases = {"n": [], "c": [], "r": [], "x": []}
    chinese = language is Language.CHINESE
    for concept, entry in sorted(knowledge.findings.items()):
        mine: dict[str, list[str]] = {"n": [], "c": [], "r": [], "x": []}
        if concept.startswith("family_"):
            continue  # their phrases hold the relative already
        name, phrases = entry.name.en.lower(), entry.phrases.en
        if chinese:
            name, phrases = entry.name.zh, entry.phrases.zh
        for phrase in sorted({*phrases, re.sub(r"\s*[(（].*?[)）]", "", name)}):
            if (bucket(concept + phrase, 1000) < share * 1000) is not held_out:
                continue
            clause = not chinese and is_clause(phrase)
            if entry.kind not in _TOLD:
                mine["x"].append(phrase)
            elif entry.is_background:
                if not clause:
                    mine["r"].append(phrase)
            else:
                mine["c" if clause else "n"].append(phrase)
        for kind, of_kind in mine.items():
            if of_kind:
                kinds[kind].append((concept, of_kind))
    if chinese:
        kinds["c"].extend(kinds["n"])
    return kinds


def background(knowledge: Knowledge) -> frozenset[str]:
    """Return the findings that are history or risks, not complaints."""
    return frozenset(c for c, entry in knowledge.findings.items() if entry.is_background)
