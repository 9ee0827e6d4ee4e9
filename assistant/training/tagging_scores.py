"""How well a tagger does: mentions found whole, and what it says of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from torch import Tensor

from assistant.extraction.heads import HEADS

_ANSWERS = ("assertion", "experiencer", "time", "attribute")


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts over one set of sentences; ratios are made from them."""

    gold: int
    found: int
    right: int  # found with exactly the right words
    answers: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)  # (true, given)
    linked: int = 0  # mentions whose finding is known
    linked_right: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall over exact mentions."""
        return 2 * self.right / (self.gold + self.found) if self.gold + self.found else 0.0

    def accuracy(self, head: str) -> float:
        """Share of word pieces in mentions whose answer is right."""
        counts = self.answers[head]
        total = sum(counts.values())
        return (
            sum(n for (true, given), n in counts.items() if true == given) / total if total else 0.0
        )

    @property
    def overall(self) -> float:
        """What training watches: exact mentions, assertions by class and findings."""
        return self.f1 + self.class_f1("assertion") + 0.5 * self.link_accuracy

    @property
    def link_accuracy(self) -> float:
        """Share of mentions whose nearest finding is the right one."""
        return self.linked_right / self.linked if self.linked else 0.0

    def class_f1(self, head: str) -> float:
        """Mean F1 over the answers of a head that occur, by word pieces in mentions."""
        counts = self.answers[head]
        found = [
            2 * counts[answer, answer] / total
            for answer in HEADS[head]
            if (total := sum(n * (t, g).count(answer) for (t, g), n in counts.items()))
            and any(t == answer for t, _ in counts)
        ]
        return sum(found) / len(found) if found else 0.0

    def rounded(self) -> dict[str, float]:
        """Return the figures of a report."""
        figures = {
            "mention_f1": self.f1,
            "mention_recall": self.right / self.gold if self.gold else 0.0,
            **{f"{head}_accuracy": self.accuracy(head) for head in _ANSWERS},
            **{f"{head}_f1": self.class_f1(head) for head in _ANSWERS},
            "link_accuracy": self.link_accuracy,
        }
        for answer in HEADS["assertion"]:
            counts = self.answers["assertion"]
            total = sum(n for (true, _), n in counts.items() if true == answer)
            figures[f"recall_{answer}"] = counts[answer, answer] / total if total else 0.0
        return {name: round(value, 4) for name, value in figures.items()}


def score(batches: Iterable[tuple[dict[str, Tensor], dict[str, Tensor]]]) -> Scores:
    """Return the scores of (given, true) label tensors, each of shape (batch, pieces),
    and "link", of shape (mentions,)."""
    gold = found = right = linked = linked_right = 0
    answers: dict[str, Counter[tuple[str, str]]] = {head: Counter() for head in _ANSWERS}
    for given, true in batches:
        linked += true["link"].numel()
        linked_right += int((true["link"] == given["link"]).sum())
        for i in range(true["mention"].shape[0]):
            valid = true["mention"][i] >= 0
            wanted = _spans(true["mention"][i][valid].tolist())
            seen = _spans(given["mention"][i][valid].tolist())
            gold, found, right = gold + len(wanted), found + len(seen), right + len(wanted & seen)
        for head in _ANSWERS:
            inside = true[head] >= 0
            pairs = zip(true[head][inside].tolist(), given[head][inside].tolist(), strict=True)
            answers[head].update((HEADS[head][a], HEADS[head][b]) for a, b in pairs)
    return Scores(gold, found, right, answers, linked, linked_right)


def _spans(tags: list[int]) -> set[tuple[int, int]]:
    spans: set[tuple[int, int]] = set()
    start: int | None = None
    for i, tag in enumerate([*tags, 0]):
        if start is not None and tag != 2:
            spans.add((start, i))
            start = None
        if tag == 1 or (tag == 2 and start is None):
            start = i
    return spans
