"""Cases that the triage head learns from: our own red flags and simulated patients, in words.

A simulated patient has findings drawn from P(finding | condition), tells some of them in phrases of
the knowledge, denies some of the others, and may speak of what is only feared or a relative's. The
level is what the policy says of the findings that were told: the head learns from the words alone
what the rules know of the facts. Held out are whole conditions, red flags and phrases.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from assistant.diagnosis import Belief
from assistant.evaluation.typical import sampled_case
from assistant.knowledge import Knowledge, facts_of
from assistant.knowledge.schema import FindingKind
from assistant.records.case import Case
from assistant.records.finding import Finding
from assistant.records.terms import Assertion, Experiencer, Language, Sex, Time, Urgency
from assistant.training.mixture import WRITTEN
from assistant.training.noise import roughened
from assistant.training.samples import Labelled, Sample
from assistant.training.sentences import bucket, phrases_by_kind
from assistant.training.written import is_clause, read_written
from assistant.triage import NEGLIGIBLE, triage

SHARE_HELD_OUT = 0.2  # of each finding's phrases
EVERY = 5  # every fifth condition and red flag is held out, by its hash
MOST_TOLD, MOST_DENIED = 6, 3
_TOLD = (FindingKind.SYMPTOM, FindingKind.HISTORY, FindingKind.RISK)
Names = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One text and the level that it should get."""

    text: str
    level: Urgency
    group: str  # the condition or red flag that it is of
    kind: str  # "red_flag", "written" or "simulated"
    held_out: bool
    row: Mapping[str, object]  # age and sex, as in a row of the public contract


def red_flag_cases(knowledge: Knowledge, language: Language) -> Iterator[Told]:
    """Yield the example sentences of every red flag, with its level."""
    for name, entry in sorted(knowledge.red_flags.items()):
        examples = entry.examples.zh if language is Language.CHINESE else entry.examples.en
        row: dict[str, object] = {"age": entry.profile.age}
        if entry.profile.sex is not None:
            row["sex"] = entry.profile.sex.value
        for text in examples:
            yield Told(
                text=text, level=entry.level, group=name, kind="red_flag",
                held_out=bucket(name, EVERY) == 0, row=row,
            )  # fmt: skip


def written_cases(
    knowledge: Knowledge, belief: Belief, language: Language, count: int, seed: int
) -> Iterator[Told]:
    """Yield `count` utterances of this project, with the level of what they are marked to say.

    They show the head how people write who are not in danger, or who only fear it.
    """
    file = WRITTEN / f"written_{language.value}.txt"
    dice = random.Random(f"{seed}/{language}")  # noqa: S311 (data, no secrets)
    for sample in dice.sample(read_written(file), count):
        marked = [m for m in sample.mentions if m.concept in knowledge.findings]
        case = Case(findings=tuple(_marked(m) for m in marked if m.assertion != "hypothetical"))
        yield Told(
            text=sample.text, level=level(case, knowledge, belief), group=sample.text,
            kind="written", held_out=bucket(sample.text, EVERY) == 0, row={},
        )  # fmt: skip


def _marked(mention: Labelled) -> Finding:
    return Finding(
        concept=mention.concept,
        assertion=Assertion(mention.assertion),
        evidence="",
        experiencer=Experiencer(mention.experiencer),
        time=Time(mention.time),
    )


def level(case: Case, knowledge: Knowledge, belief: Belief) -> Urgency:
    """Return what the policy says of true findings; never below their red flags."""
    facts = facts_of(case, knowledge)
    posterior = belief.posterior(facts, case.profile)
    weighed = int((posterior.probabilities[:-1] >= NEGLIGIBLE).sum())
    beliefs = belief.differential(facts, posterior, weighed, 0)
    return triage(case, facts, beliefs, knowledge).level


class Simulator:
    """Tells simulated patients in words; two of the same seed tell the same ones."""

    def __init__(self, knowledge: Knowledge, belief: Belief, language: Language, seed: int) -> None:
        self._knowledge, self._belief = knowledge, belief
        self._dice = random.Random(f"{seed}/{language}")  # noqa: S311 (data, no secrets)
        self._chinese = language is Language.CHINESE
        here = Path(__file__).parent
        file = here / f"templates_{language.value}.yaml"
        raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._words: dict[str, list[str]] = raw["words"]
        frames = yaml.safe_load((here / "triage_frames.yaml").read_text(encoding="utf-8"))
        self._frames: dict[str, list[str]] = frames[language.value]
        self._names = {held: self._phrases(held, language) for held in (False, True)}
        self._dangers = sorted(
            {c for flag in knowledge.red_flags.values() for c in flag.concepts}
            & self._names[False].keys()
        )

    def cases(self, count: int) -> Iterator[Told]:
        """Yield `count` patients, every condition in turn; held-out ones in held-out phrases."""
        conditions = sorted(self._knowledge.conditions)
        self._dice.shuffle(conditions)
        made = number = 0
        while made < count:
            condition = conditions[number % len(conditions)]
            number += 1
            told = self._told(condition)
            if told is not None:
                made += 1
                yield told

    def _told(self, condition: str) -> Told | None:
        held_out = bucket(condition, EVERY) == 0
        case = sampled_case(condition, self._knowledge, self._dice)
        names = self._names[False] | (self._names[True] if held_out else {})
        there = self._chosen(case, names, Assertion.PRESENT, self._dice.randint(2, MOST_TOLD))
        if not there:
            return None
        denied = self._chosen(case, names, Assertion.ABSENT, self._dice.randint(0, MOST_DENIED))
        denied += self._safe_dangers(case, names)
        told = replace(case, findings=(*there, *denied))
        text = self._text([f.concept for f in there], [f.concept for f in denied], names, told)
        row = {"age": told.profile.age_years, "sex": (told.profile.sex or Sex.FEMALE).value}
        return Told(
            text=text, level=level(told, self._knowledge, self._belief), group=condition,
            kind="simulated", held_out=held_out, row=row,
        )  # fmt: skip

    def _chosen(self, case: Case, names: Names, said: Assertion, most: int) -> list[Finding]:
        """Return some findings that a patient can name; complaints before history."""
        some = [f for f in case.findings if f.assertion is said and f.concept in names]
        self._dice.shuffle(some)
        some.sort(key=lambda f: self._knowledge.findings[f.concept].is_background)
        return some[:most]

    def _safe_dangers(self, case: Case, names: Names) -> list[Finding]:
        """Return dangers that are denied although the condition does not know them."""
        if self._dice.random() > 0.35:
            return []
        known = {f.concept for f in case.findings}
        some = [c for c in self._dice.sample(self._dangers, 2) if c not in known and c in names]
        return [Finding(concept=c, assertion=Assertion.ABSENT, evidence="") for c in some]

    def _text(self, there: list[str], denied: list[str], names: Names, case: Case) -> str:
        """Put the findings into frames, with asides, and roughen what came out."""
        dice, full = self._dice, "。" if self._chinese else ". "
        parts = [self._frame("there", self._name(c, names)) for c in there[:1]]
        rest = [self._name(c, names) for c in there[1:]]
        while rest:
            size = min(len(rest), dice.randint(1, 3))
            parts.append(self._frame("more", self._listed(rest[:size], "and")))
            rest = rest[size:]
        if denied:
            words = self._listed([self._name(c, names, noun=True) for c in denied], "or")
            parts.append(self._frame("denied", words))
        if dice.random() < 0.25:
            danger = self._name(dice.choice(self._dangers), names, noun=True)
            parts.append(self._frame(dice.choice(("feared", "relative", "past")), danger))
        if dice.random() < 0.3:
            parts.insert(0, self._person(case))
        if dice.random() < 0.2:
            parts.append(dice.choice(self._words["s"]))
        text = "".join(part.strip(" .。") + full for part in parts).strip()
        if dice.random() < 0.25:
            text = dice.choice(self._words["opener"]) + text
        return roughened(Sample(text), dice, self._chinese).text

    def _frame(self, kind: str, words: str) -> str:
        frames = self._frames[kind]
        if kind in ("there", "more") and not self._chinese and is_clause(words):
            frames = self._frames["clause"]
        frame = self._dice.choice(frames).replace("{n}", words)
        for slot in "mdgw":
            frame = frame.replace(f"{{{slot}}}", self._dice.choice(self._words[slot]))
        return frame

    def _name(self, concept: str, names: Names, *, noun: bool = False) -> str:
        phrases = names[concept]
        if noun and not self._chinese:
            phrases = [p for p in phrases if not is_clause(p)] or [
                self._knowledge.findings[concept].name.en.lower()
            ]
        return self._dice.choice(phrases)

    def _listed(self, words: Sequence[str], joint: str) -> str:
        joints, comma = self._words[joint], self._words["comma"]
        text = words[0]
        for i, word in enumerate(words[1:], start=1):
            text += self._dice.choice(joints if i == len(words) - 1 else comma) + word
        return text

    def _person(self, case: Case) -> str:
        age = int(case.profile.age_years or 0)
        sex = "male" if case.profile.sex is Sex.MALE else "female"
        young = "_child" if age < 14 else ""
        return self._dice.choice(self._frames[f"{sex}{young}"]).replace("{age}", str(age))

    def _phrases(self, held_out: bool, language: Language) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        by_kind = phrases_by_kind(self._knowledge, language, held_out, SHARE_HELD_OUT)
        for kind in ("n", "c", "r"):
            for concept, phrases in by_kind.get(kind, []):
                if self._knowledge.findings[concept].kind in _TOLD:
                    found.setdefault(concept, []).extend(phrases)
        return {concept: sorted(set(phrases)) for concept, phrases in found.items()}
