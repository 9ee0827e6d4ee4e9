"""Judged questions for benchmarks/retrieval.py; what is ours lies in benchmarks/data.

    lay        300 questions of patients, English and Chinese, for our own passages
    consumer   long, rambling letters on 99 MedQuAD topics, each also in one sentence
    templated  MedQuAD topics asked in sentences of our own, plain and inside a letter

In MedQuAD, an answer of the kind that is asked for counts 3, any other answer on the topic 1; its
own questions are in none of ours. Every second question is `tuned` on, the others are `held` out.
"""

import csv
import random
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from xml.etree import ElementTree

DATA = Path(__file__).with_name("data")
SECTIONS = ("what", "do", "seek")


class Judged(NamedTuple):
    """One question, and the grade of each passage that answers it."""

    id: str
    text: str
    grades: dict[str, int]
    held: bool


class About(NamedTuple):
    """What a MedQuAD answer is about."""

    topic: str
    kind: str  # "treatment", "symptoms", …


def lay(language: str) -> list[Judged]:
    """Return the questions for our own passages, "en" or "zh"."""
    found = []
    for number, row in enumerate(_table(f"lay_questions_{language}.tsv")):
        grades: dict[str, int] = {}
        for place, name in enumerate(row["relevant"].split()):
            grades |= _graded(name, 2 if place else 3, grades)
        found.append(Judged(f"{language}{number:03}", row["question"], grades, bool(number % 2)))
    return found


def _graded(name: str, grade: int, known: dict[str, int]) -> dict[str, int]:
    """Return the grades of a text, or of a condition's part and, with 1, its other parts."""
    if ":" not in name:
        return {name: max(grade, known.get(name, 0))}
    condition, asked = name.split(":")
    parts = {f"{condition}.{part}": grade if part == asked else 1 for part in SECTIONS}
    return {part: max(value, known.get(part, 0)) for part, value in parts.items()}


def medquad(folder: Path) -> dict[str, About]:
    """Return what each answer of MedQuAD is about, by its corpus id; empty answers are left out."""
    found = {}
    for name, root in _documents(folder):
        source = root.get("source") or root.get("corpus") or ""
        topic = " ".join(_first(root, ("Focus", "doctitle-focus")).split())
        pairs = [e for e in root.iter() if e.tag in ("QAPair", "pair")]
        for number, pair in enumerate(pairs, start=1):
            asked = next((e for e in pair.iter() if e.tag.lower() == "question"), None)
            kind = asked.get("qtype", "") if asked is not None else ""
            identity = f"{source}_{PurePosixPath(name).stem}-{pair.get('pid', str(number))}"
            if _first(pair, ("Answer", "answer")).strip():
                found[identity] = About(topic, kind)
    return found


def consumer(about: dict[str, About], long: bool) -> list[Judged]:
    """Return the letters, or each in one sentence."""
    by_topic = _by_topic(about)
    found = []
    for number, row in enumerate(_table("consumer_questions.tsv")):
        kinds = row["kinds"].split(",")
        grades = {
            name: 3 if kind in kinds else 1
            for topic in row["topics"].split(";")
            for kind, names in by_topic[topic.lower()].items()
            for name in names
        }
        text = row["long" if long else "short"]
        found.append(Judged(f"consumer{number:02}", text, grades, bool(number % 2)))
    return found


def templated(about: dict[str, About], long: bool, n: int = 300) -> list[Judged]:
    """Return n topics of MedQuAD, drawn at random, in questions of ours; long: inside a letter."""
    templates = defaultdict(list)
    for row in _table("question_templates.tsv"):
        templates[row["kind"]].append(row["text"])
    by_topic = _by_topic(about)
    pairs = sorted(
        (topic, kind)
        for topic, kinds in by_topic.items()
        for kind in kinds
        if kind in templates and 0 < len(topic) < 60
    )
    random_ = random.Random(5)
    shown = {a.topic.lower(): a.topic for a in about.values()}
    found = []
    for number, (topic, kind) in enumerate(random_.sample(pairs, min(n, len(pairs)))):
        name = shown[topic].split("(")[0].removeprefix("Parasites - ")
        name = name.removeprefix("What I need to know about ").strip()
        asked = random_.choice(templates[kind]).format(x=name)
        asked = asked[0].upper() + asked[1:]
        letter = random_.choice(templates["around"]).format(x=name, q=asked)
        grades = {
            id_: 3 if other == kind else 1
            for other, names in by_topic[topic].items()
            for id_ in names
        }
        text = letter if long else asked
        found.append(Judged(f"templated{number:03}", text, grades, bool(number % 2)))
    return found


def _by_topic(about: dict[str, About]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, (topic, kind) in sorted(about.items()):
        found[topic.lower()][kind].append(name)
    return found


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def _documents(folder: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as packed:
            for member in sorted(packed.getmembers(), key=lambda m: m.name):
                opened = packed.extractfile(member) if member.name.endswith(".xml") else None
                if opened is not None:
                    try:
                        yield member.name, ElementTree.fromstring(opened.read())
                    except ElementTree.ParseError:
                        continue  # `index add` names the file that is broken


def _first(element: ElementTree.Element, names: tuple[str, ...]) -> str:
    return next(("".join(e.itertext()) for e in element.iter() if e.tag in names), "")
