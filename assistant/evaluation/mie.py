"""Chinese consultations in windows: which symptoms are spoken of, and what is said of each.

The layout of MIE (Zhang et al., MIE: A Medical Information Extractor towards Medical Dialogues,
ACL 2020): a file is a list of dialogues, a dialogue a list of windows {"utterances": five lines
that begin with 患者: or 医生:, "label": ["症状:头晕-状态:阳性", …]}. Other kinds of label (检查,
手术, 一般信息) are passed over.

What we say of a window comes from the extractor alone: each line is read with what the doctor
asked before it, and a bare "有" or "没有" answers that, as in a consultation.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.dialogue.answers import plain_answer
from assistant.errors import InvalidInputError
from assistant.evaluation.bootstrap import (
    Estimate,
    Figure,
    estimates,
    f1,
    macro_f1,
    micro_f1,
    precision,
    recall,
)
from assistant.extraction import Extractor
from assistant.extraction.chinese import folded
from assistant.knowledge import Knowledge
from assistant.records.extraction import Heard
from assistant.records.terms import Assertion, Language

STATUSES = {
    "阳性": "positive",
    "医生阳性": "doctor_positive",
    "阴性": "negative",
    "医生阴性": "doctor_negative",
    "未知": "unknown",
}
POLARITIES = ("positive", "negative", "unknown")
_LABEL = re.compile(r"症状:(.+?)-状态:(.+)")
_LINE = re.compile(r"(患者|医生)[:：](.*)", re.S)
_ANSWERED = {
    Assertion.PRESENT: "positive",
    Assertion.ABSENT: "negative",
    Assertion.POSSIBLE: "unknown",
    Assertion.UNKNOWN: "unknown",
}
_SAID = {"present": "positive", "absent": "negative"}
Said = tuple[str, str]  # label of a symptom, one of STATUSES' values


@dataclass(frozen=True, slots=True)
class Window:
    """Five lines, and what people marked in them."""

    lines: tuple[tuple[bool, str], ...]  # whether a doctor speaks, and the words
    marked: frozenset[Said]


def read_dialogues(text: str) -> list[list[Window]]:
    """Return the windows of each dialogue; InvalidInputError where the layout is another one."""
    try:
        return [[_window(one) for one in dialogue] for dialogue in json.loads(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            'The file is not in the layout of MIE: a list of lists of {"utterances", "label"} '
            f"with a known status ({', '.join(STATUSES)})."
        ) from error


def _window(one: dict[str, list[str]]) -> Window:
    spoken = [found for line in one["utterances"] if (found := _LINE.match(line))]
    marked = [found for label in one["label"] if (found := _LABEL.fullmatch(label))]
    return Window(
        tuple((found[1] == "医生", found[2].strip()) for found in spoken),
        frozenset((found[1], STATUSES[found[2]]) for found in marked),
    )


def labels_of(dialogues: Iterable[Iterable[Window]]) -> list[str]:
    """Return every symptom that is marked somewhere."""
    return sorted({s for windows in dialogues for w in windows for s, _ in w.marked})


def concepts_of(labels: Iterable[str], knowledge: Knowledge) -> dict[str, frozenset[str]]:
    """Return what each label means in our list, by its name alone: findings and their forms.

    A label means the findings whose Chinese name or one of whose phrases it is; where there is
    none, those that a condition of this name is told by ("had it", "has it in the family" apart).
    """
    named: dict[str, set[str]] = {}
    for concept, entry in knowledge.findings.items():
        if not concept.startswith("family_"):
            for words in (entry.name.zh, *entry.phrases.zh):
                named.setdefault(folded(words), set()).add(concept)
    found: dict[str, frozenset[str]] = {}
    for label in labels:
        plain = folded(label)
        meant = named.get(plain) or named.get(folded(f"有{label}")) or named.get(f"{plain}史")
        meant = meant or _told_of_condition(label, named, knowledge)
        if meant:
            below = (knowledge.descendants(concept) for concept in meant)
            found[label] = frozenset(meant).union(*below)
    return found


def _told_of_condition(label: str, named: dict[str, set[str]], knowledge: Knowledge) -> set[str]:
    """Return the findings that one of the other names of a condition of this name means."""
    for entry in knowledge.conditions.values():
        names = (entry.name.zh, *entry.synonyms.zh)
        if label in names:
            return {c for name in names for c in named.get(folded(name), ())}
    return set()


class Reader:
    """Reads windows with one extractor; a line that was read before is not read again."""

    def __init__(self, extractor: Extractor, concepts: dict[str, frozenset[str]]) -> None:
        self._extractor, self._concepts = extractor, concepts
        self._read: dict[tuple[str, tuple[str, ...]], tuple[Heard, ...]] = {}

    def said(self, window: Window) -> frozenset[Said]:
        """Return each symptom of our labels that is spoken of, with what is said of it.

        A plain answer of the patient outweighs a question of the doctor; what is said last counts.
        """
        patient: dict[str, str] = {}
        doctor: dict[str, str] = {}
        asked: tuple[str, ...] = ()
        for by_doctor, words in window.lines:
            heard = self._heard(words, () if by_doctor else asked)
            for label, status in self._labelled(heard):
                if by_doctor and status != "unknown":
                    doctor[label] = f"doctor_{status}"
                elif by_doctor or (status == "unknown" and label in patient):
                    patient.setdefault(label, "unknown")
                else:
                    patient[label] = status
            if by_doctor:
                asked = tuple(dict.fromkeys(h.concept for h in heard if h.concept))
                continue
            for label in self._labels(asked) - {label for label, _ in self._labelled(heard)}:
                answer = plain_answer(words)
                if answer is not None:
                    patient[label] = _ANSWERED[answer]
            asked = ()
        known = {label for label, status in patient.items() if status != "unknown"} | doctor.keys()
        open_ones = {(s, v) for s, v in patient.items() if v != "unknown" or s not in known}
        return frozenset(open_ones | set(doctor.items()))

    def _heard(self, words: str, asked: tuple[str, ...]) -> tuple[Heard, ...]:
        key = (words, asked)
        if key not in self._read:
            found = self._extractor.extract(words, language=Language.CHINESE, context=asked)
            self._read[key] = found.heard
        return self._read[key]

    def _labelled(self, heard: Sequence[Heard]) -> list[Said]:
        return [
            (label, _SAID.get(one.assertion, "unknown"))
            for one in heard
            if one.concept and one.experiencer == "patient"
            for label in sorted(self._labels((one.concept,)))
        ]

    def _labels(self, concepts: Iterable[str]) -> set[str]:
        wanted = set(concepts)
        return {label for label, meant in self._concepts.items() if meant & wanted}


def counts(windows: Sequence[Window], reader: Reader, labels: Iterable[str]) -> dict[str, float]:
    """Return the counts of one dialogue; `labels` are those that our list has a finding for."""
    known = set(labels)
    tally: Counter[str] = Counter()
    for window in windows:
        every = {label for label, _ in window.marked}
        marked = {(label, status) for label, status in window.marked if label in known}
        said = reader.said(window)
        spoken, heard = {label for label, _ in marked}, {label for label, _ in said}
        _add(tally, "symptom", spoken, heard)
        _add(tally, "symptom_all", every, heard)
        for status in STATUSES.values():
            _add(tally, status, _of(marked, status), _of(said, status))
        for polarity in POLARITIES:
            both = (polarity, f"doctor_{polarity}")
            _add(tally, f"either_{polarity}", _of(marked, *both), _of(said, *both))
    return dict(tally)


def _of(said: Iterable[Said], *statuses: str) -> set[str]:
    return {label for label, status in said if status in statuses}


def _add(tally: Counter[str], name: str, marked: set[str], said: set[str]) -> None:
    tally[f"{name}.gold"] += len(marked)
    tally[f"{name}.ours"] += len(said)
    tally[f"{name}.hit"] += len(marked & said)


def figures_of(tallies: Sequence[dict[str, float]]) -> dict[str, Estimate]:
    """Return every figure with its interval, dialogues being drawn."""
    every, merged = list(STATUSES.values()), [f"either_{p}" for p in POLARITIES]
    figures: dict[str, Figure] = {
        "symptom_precision": precision("symptom"),
        "symptom_recall": recall("symptom"),
        "symptom_f1": f1("symptom"),
        "symptom_f1_with_unmapped": f1("symptom_all"),
        **{f"{status}_f1": f1(status) for status in every},
        "status_micro_f1": micro_f1(every),
        "status_macro_f1": macro_f1(every),
        **{f"{name}_f1": f1(name) for name in merged},
        "polarity_micro_f1": micro_f1(merged),
        "polarity_macro_f1": macro_f1(merged),
    }
    return estimates(tallies, figures)
