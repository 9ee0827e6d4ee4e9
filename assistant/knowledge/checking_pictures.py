"""Lint: what picture models say leads somewhere, and only ever to more care."""

from collections.abc import Iterator

from assistant.knowledge.base import Knowledge
from assistant.knowledge.checking_problem import Problem, error, warning
from assistant.knowledge.schema import Compares, FindingKind, ImagingTask, LabelEntry
from assistant.records.picture import Modality, Verdict
from assistant.records.terms import Urgency

_UNREAD = {Modality.OTHER_MEDICAL, Modality.NOT_MEDICAL}


def check_imaging(knowledge: Knowledge) -> Iterator[Problem]:
    """Every label of every picture model must be sound by itself and within its task."""
    for task_id, task in knowledge.imaging.items():
        place = f"imaging/{task_id}"
        if task.modality in _UNREAD:
            yield error(f"{place}/modality", f"no model may be shown {task.modality.value}")
        yield from _confirming(place, task, knowledge)
        for label_id, label in task.labels.items():
            yield from _of_label(f"{place}/{label_id}", label, task, knowledge)


def _confirming(place: str, task: ImagingTask, knowledge: Knowledge) -> Iterator[Problem]:
    """A model of kinds alone must ask whether the thing is there; no other may be silenced so."""
    if (task.compares is Compares.LABELS) != (task.confirm is not None):
        yield error(f"{place}/confirm", "is needed where labels alone are compared, and only there")
    if task.confirm is None:
        return
    asked = knowledge.findings.get(task.confirm.finding)
    if asked is not None and asked.kind is not FindingKind.IMAGING:
        yield error(f"{place}/confirm", f"{task.confirm.finding} is no finding of kind imaging")
    apart = {c for label in task.labels.values() for c in label.conditions}
    for condition in sorted(apart & set(knowledge.conditions)):
        if task.confirm.finding not in knowledge.conditions[condition].findings:
            yield error(f"{place}/confirm", f"{condition} does not name {task.confirm.finding}")


def _of_label(
    place: str, label: LabelEntry, task: ImagingTask, knowledge: Knowledge
) -> Iterator[Problem]:
    for missing in sorted(set(label.conditions) - set(knowledge.conditions)):
        yield error(place, f"there is no condition called {missing}")
    yield from _finding(place, label, knowledge)
    if bool(label.conditions) != (label.finding is not None):
        yield error(place, "needs both a finding and conditions, or neither")
    if task.compares is Compares.NOTHING and (label.conditions or label.raises):
        yield error(place, "a demonstration may speak for nothing and raise nothing")
    if label.raises and label.finding is None:
        yield error(place, "raises, but names no finding by which it could be taken back")
    levels = {Verdict.LIKELY: Urgency.SELF_CARE, Verdict.UNSURE: Urgency.SELF_CARE}
    for demand in label.raises:
        if demand.verdict is Verdict.UNLIKELY:
            yield error(place, "what is unlikely can demand nothing")
            continue
        levels[demand.verdict] = max(levels[demand.verdict], demand.level)
        if demand.level.is_emergency:
            yield warning(place, f"a picture alone demands {demand.level.value}")
    if levels[Verdict.UNSURE] > levels[Verdict.LIKELY]:
        yield error(place, "unsure demands more than likely")


def _finding(place: str, label: LabelEntry, knowledge: Knowledge) -> Iterator[Problem]:
    entry = knowledge.findings.get(label.finding or "")
    if entry is None or label.finding is None:
        return  # an unknown id is reported with all the others
    if entry.kind is not FindingKind.IMAGING:
        yield error(f"{place}/finding", f"{label.finding} is no finding of kind imaging")
    for condition in label.conditions:
        named = knowledge.conditions.get(condition)
        if named is not None and label.finding not in named.findings:
            yield error(f"{place}/conditions", f"{condition} does not name {label.finding}")
