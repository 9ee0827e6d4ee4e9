"""The pictures of a report: kind, what a model read, how far to trust it, and the copy."""

from base64 import b64encode
from dataclasses import dataclass

from assistant.knowledge import Knowledge, withheld
from assistant.knowledge.schema import Compares, ImagingTask, LabelEntry
from assistant.records.picture import ImageFinding, SeenPicture, Withheld
from assistant.records.report import Report
from assistant.records.terms import Language
from assistant.reporting.wording import Sentences, in_words, printable


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """One picture in words; `uri` is the copy with its heatmap, "" where none is kept."""

    head: str
    findings: tuple[str, ...]
    trust: tuple[str, ...]  # how often the model is right, what it is for, where it is weak
    model: str
    uri: str
    alt: str


@dataclass(frozen=True, slots=True)
class Album:
    """Puts the pictures of a report into words."""

    report: Report
    knowledge: Knowledge
    sentences: Sentences
    language: Language

    def pictures(self) -> tuple[ShownPicture, ...]:
        """Return every picture that stands, in the order in which they came."""
        copies = dict(self.report.copies)
        return tuple(
            self._picture(number, seen, copies.get(seen.turn))
            for number, seen in enumerate(self.report.case.readings, start=1)
        )

    def _picture(self, number: int, seen: SeenPicture, copy: bytes | None) -> ShownPicture:
        reading = seen.reading
        known = [f for f in reading.findings if self._task(f) is not None]
        task = self._task(known[0]) if known else None
        kind = self.sentences.say(f"picture.tasks.{reading.modality.value}", self.language)
        silent = withheld(reading, self.report.case, self.knowledge)
        if silent is not None:
            known = []
        return ShownPicture(
            head=self._say("picture_item", n=number, kind=kind),
            findings=tuple(self._finding(f) for f in known) or self._silent(task, silent),
            trust=(
                *((self._say("picture_task", task=task.name.get(self.language)),) if task else ()),
                *(self._measured(f) for f in known if self._named(f).finding is not None),
                *(self._limits(task) if task else ()),
            ),
            model=self._say("picture_model", model=printable(reading.model, 100)),
            uri=f"data:image/webp;base64,{b64encode(copy).decode()}" if copy else "",
            alt=self._say("picture_alt", n=number),
        )

    def _silent(self, task: ImagingTask | None, why: Withheld | None) -> tuple[str, ...]:
        """Return that a reading is withheld, and why; nothing where it is not."""
        if why is None or task is None:
            return ()
        words = (task.limit if task.confirm is None else task.confirm.why).get(self.language)
        return (self._say("picture_withheld", why=words, answer=self._say(f"answer_{why.value}")),)

    def _finding(self, found: ImageFinding) -> str:
        return self._say(
            "picture_finding",
            label=self._name(found),
            verdict=self._say(f"picture_{found.verdict.value}"),
            words=in_words(found.probability, self.sentences, self.language),
            percent=round(100 * found.probability),
        )

    def _measured(self, found: ImageFinding) -> str:
        """Return sensitivity and specificity as counts of 100, as the card gives them."""
        label = self._name(found)
        if found.sensitivity is None or found.specificity is None:
            return self.sentences.say("picture.limits.unmeasured", self.language, label=label)
        return self.sentences.say(
            "picture.limits.sensitivity",
            self.language,
            label=label,
            found=round(100 * found.sensitivity),
            spared=round(100 * found.specificity),
        )

    def _limits(self, task: ImagingTask) -> list[str]:
        use, not_for = task.use.get(self.language), task.not_for.get(self.language)
        say = self.sentences.say
        lines = [say("picture.tasks.use", self.language, use=use, not_for=not_for)]
        weak = task.weak.get(self.language)
        lines.append(say("picture.limits.weak", self.language, weak=weak))
        apart = {Compares.LABELS: "labels_only", Compares.NOTHING: "demonstration"}
        if task.compares in apart:
            lines.append(say(f"picture.limits.{apart[task.compares]}", self.language))
        return lines

    def _task(self, found: ImageFinding) -> ImagingTask | None:
        task = self.knowledge.imaging.get(found.task)
        return task if task is not None and found.label in task.labels else None

    def _named(self, found: ImageFinding) -> LabelEntry:
        return self.knowledge.imaging[found.task].labels[found.label]

    def _name(self, found: ImageFinding) -> str:
        return self._named(found).name.get(self.language)

    def _say(self, line: str, **slots: object) -> str:
        return self.sentences.say(f"report.{line}", self.language, **slots)
