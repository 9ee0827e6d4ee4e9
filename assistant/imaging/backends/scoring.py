"""From what a model calls things to our closed list of labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.errors import InvalidInputError
from assistant.imaging import TASKS
from assistant.records.picture import Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What may be said about one kind of picture; nothing outside of `labels` ever is."""

    id: str  # in knowledge/imaging.yaml
    modality: Modality
    labels: tuple[str, ...]


# The closed lists, as in knowledge/imaging.yaml; a test holds the two together.
LABELS: dict[str, tuple[str, ...]] = {
    "pneumonia": ("normal", "pneumonia"),
    "brain_tumor": ("glioma", "meningioma", "pituitary"),
    "skin_lesion": ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"),
    "breast_ultrasound": ("benign", "malignant", "normal"),
    "covid_ct": ("covid", "other"),
}


def task_of(name: str) -> Task:
    """Return the closed list of a task; InvalidInputError where there is none."""
    if name not in LABELS:
        known = ", ".join(sorted(LABELS))
        raise InvalidInputError(f"There is no image task called {name}; choose one of {known}.")
    return Task(id=name, modality=TASKS[name], labels=LABELS[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What a model says before it is calibrated."""

    probabilities: Mapping[str, float]  # of every label of the task, 0 to 1
    exclusive: bool  # exactly one label is true, so that they share out at most 1
    weighable: bool = True  # False: a bare word without probabilities, so always UNSURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Which output of a model means which label of ours, by name and never by position."""

    labels: Mapping[str, str] = field(default_factory=dict)  # its name -> our label
    rest: str | None = None  # our label for whatever no output speaks of

    def check(self, task: Task, outputs: tuple[str, ...], model: str) -> None:
        """Raise InvalidInputError unless every label of the task is told by some output."""
        unknown = sorted(set(self.labels) - set(outputs))
        if unknown:
            known = ", ".join(sorted(filter(None, outputs))[:40])
            raise InvalidInputError(f"{model} has no output {', '.join(unknown)}; it has {known}.")
        told = {*self.labels.values(), *([self.rest] if self.rest else [])}
        foreign = sorted(told - set(task.labels))
        if foreign:
            listed = ", ".join(task.labels)
            raise InvalidInputError(f"{', '.join(foreign)} is no label of {task.id}: {listed}.")
        missing = [label for label in task.labels if label not in told]
        if missing:
            raise InvalidInputError(
                f"{model} says nothing about {', '.join(missing)}: name an output for it under "
                "`labels`, or name it under `rest`."
            )
        if self.rest in self.labels.values():
            raise InvalidInputError(f"{self.rest} stands under `rest` and under `labels`.")

    def scores(self, outputs: Mapping[str, float], *, exclusive: bool) -> Scores:
        """Return the scores of our labels from the probabilities of a model's outputs.

        Where outputs exclude each other, those of one label are added; else the greatest counts.
        """
        told: dict[str, float] = {}
        for name, label in self.labels.items():
            value = outputs[name]
            told[label] = (
                told.get(label, 0.0) + value if exclusive else max(told.get(label, 0.0), value)
            )
        if self.rest is not None:
            known = sum(told.values()) if exclusive else max(told.values(), default=0.0)
            told[self.rest] = 1.0 - known
        bounded = {label: min(1.0, max(0.0, value)) for label, value in told.items()}
        return Scores(probabilities=bounded, exclusive=exclusive)
