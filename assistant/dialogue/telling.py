"""What is said of a picture: its kind, what was seen and how sure, and how far to trust it."""

from dataclasses import dataclass

from assistant.dialogue.phrasing import Phrasing
from assistant.knowledge import Knowledge, Sight, kinds_of, why_of
from assistant.knowledge.schema import Compares, ImagingTask
from assistant.records.picture import ImageFinding, ImageReading, Verdict, Withheld
from assistant.records.terms import Language, Urgency

SURE_OF_KIND = 0.8  # probability of the kind below which that is put as a doubt, estimate
# Calibrated probability from which a finding is called so; estimates, said as words.
_SURE = ((0.9, "very_sure"), (0.7, "fairly_sure"), (0.0, "less_sure"))


@dataclass(frozen=True, slots=True)
class PictureTeller:
    """Puts a reading into words; what stands written in a picture is never among them."""

    knowledge: Knowledge
    phrasing: Phrasing
    language: Language

    def lines(
        self, reading: ImageReading, sights: tuple[Sight, ...], silent: str = ""
    ) -> list[str]:
        """Return the messages on a picture; `sights` are what this picture demands now.

        `silent` says why nothing is concluded from it; then nothing else of it is told.
        """
        notes = [self._say(f"notes.{n}") for n in reading.notes if self._has(f"notes.{n}")]
        if reading.refused is not None:
            return [self._run_on([self.refusal(reading), *notes])]
        if silent:
            notes = [n for n in notes if n != self._say("notes.unsteady")]  # of an answer untold
            return [self._run_on([self.kind(reading), silent, *notes])]
        seen = [self.kind(reading), *self._seen(reading), *self._demands(sights)]
        return [self._run_on(seen), self._run_on([*self._limits(reading), *notes])]

    def kind(self, reading: ImageReading) -> str:
        """Return what kind of picture it is."""
        line = "kind" if reading.modality_probability >= SURE_OF_KIND else "kind_unsure"
        return self._say(f"said.{line}", kind=self.modality(reading))

    def modality(self, reading: ImageReading) -> str:
        """Return the name of the kind."""
        return self._say(f"tasks.{reading.modality.value}")

    def summary(self, reading: ImageReading, silent: Withheld | None) -> str:
        """Return the kind of a picture, with why nothing is concluded from it where that is so."""
        if reading.refused is not None:
            return self.refusal(reading)
        why = self.withheld(reading, silent) if silent is not None else ""
        return self._run_on([self.kind(reading), why])

    def withheld(self, reading: ImageReading, why: Withheld) -> str:
        """Return that nothing is concluded from a picture, why, and who should read it."""
        return self._say(f"withheld.{why.value}", why=self._why_silent(reading))

    def asking_first(self, reading: ImageReading) -> str:
        """Return why a question comes before anything is said of a picture."""
        return self._say("withheld.asking", why=self._why_silent(reading))

    def _why_silent(self, reading: ImageReading) -> str:
        task = kinds_of(reading, self.knowledge)
        if task is None:
            return ""
        return (task.limit if task.confirm is None else task.confirm.why).get(self.language)

    def refusal(self, reading: ImageReading) -> str:
        """Return why a picture is not judged, and that nothing follows from it."""
        line = f"refused.{reading.refused}"
        if not self._has(line):
            return self._say("said.refused")
        why = self._say(line, kind=self.modality(reading))
        return self._run_on([why, self._say("said.refused_after")])

    def _seen(self, reading: ImageReading) -> list[str]:
        lines = [
            self._say("said.likely", label=self._label(f), sure=self.sure(f.probability))
            for f in reading.findings
            if f.verdict is Verdict.LIKELY and self._entry(f) is not None
        ]
        unsure = [f for f in reading.findings if f.verdict is Verdict.UNSURE]
        away = [f for f in reading.findings if f.verdict is Verdict.UNLIKELY]
        lines += self._named("unsure", unsure)
        lines += self._named("unlikely", [f for f in away if self._rules_in(f)])
        return lines or [self._say("said.nothing")]

    def _named(self, line: str, found: list[ImageFinding]) -> list[str]:
        names = [self._label(f) for f in found if self._entry(f) is not None]
        if not names:
            return []
        return [self._say(f"said.{line}", label=self.phrasing.join(names, self.language))]

    def _rules_in(self, found: ImageFinding) -> bool:
        """Whether it is worth saying that a label was not seen: only of what would raise."""
        task = self._entry(found)
        return (
            task is not None
            and task.compares is Compares.ALL
            and bool(task.labels[found.label].raises)
        )

    def _demands(self, sights: tuple[Sight, ...]) -> list[str]:
        """Return how soon it should be looked at, for the gravest that this picture shows."""
        gravest = max(sights, key=lambda sight: sight.level.rank, default=None)
        if gravest is None or gravest.level is Urgency.SELF_CARE:
            return []
        short = self.phrasing.say(f"urgency.{gravest.level.value}_short", self.language)
        short = short[:1].lower() + short[1:]  # within a sentence
        why = why_of(gravest.id, gravest.level, self.knowledge)
        words = why.get(self.language) if why is not None else ""
        return [self._say("said.demands", urgency=short, why=words).strip()]

    def _limits(self, reading: ImageReading) -> list[str]:
        """Return the one limit to know; the others stand beside the picture (`limits_of`)."""
        task = next((self._entry(f) for f in reading.findings), None)
        if task is None:
            return [self._say("said.hint")]
        return [self._say("said.hint"), task.limit.get(self.language)]

    def sure(self, probability: float) -> str:
        """Return a calibrated probability in words."""
        word = next(word for bound, word in _SURE if probability >= bound)
        return self._say(f"said.{word}")

    def _label(self, found: ImageFinding) -> str:
        task = self._entry(found)
        return task.labels[found.label].name.get(self.language) if task is not None else ""

    def _entry(self, found: ImageFinding) -> ImagingTask | None:
        """Return the task of a finding; only labels of the closed list have words at all."""
        task = self.knowledge.imaging.get(found.task)
        return task if task is not None and found.label in task.labels else None

    def _run_on(self, sentences: list[str]) -> str:
        return (" " if self.language is Language.ENGLISH else "").join(filter(None, sentences))

    def _say(self, line: str, **slots: object) -> str:
        return self.phrasing.say(f"picture.{line}", self.language, **slots)

    def _has(self, line: str) -> bool:
        return self.phrasing.has(f"picture.{line}")


def limits_of(task: ImagingTask, phrasing: Phrasing, language: Language) -> list[str]:
    """Return what a task's model is for, what it is not for, and where it is weak."""

    def say(line: str, **slots: object) -> str:
        return phrasing.say(f"picture.{line}", language, **slots)

    use, not_for = task.use.get(language), task.not_for.get(language)
    lines = [say("tasks.use", use=use, not_for=not_for)]
    lines.append(say("limits.weak", weak=task.weak.get(language)))
    if task.compares is Compares.LABELS:
        lines.append(say("limits.labels_only"))
    if task.compares is Compares.NOTHING:
        lines.append(say("limits.demonstration"))
    return lines
