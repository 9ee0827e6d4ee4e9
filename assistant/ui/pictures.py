"""Pictures as the page shows them: in the talk with the heatmap, in the case with what was read."""

from dataclasses import dataclass

from assistant.dialogue.telling import PictureTeller, limits_of
from assistant.knowledge import withheld
from assistant.knowledge.schema import ImagingTask
from assistant.records.dialogue import Consultation
from assistant.records.picture import ImageFinding, SeenPicture, Verdict
from assistant.records.terms import Language
from assistant.ui.cards import cards
from assistant.ui.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLabel:
    """One label of a model on a picture, in words."""

    name: str
    words: str  # how much the picture looks like it


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """One picture that the consultation holds."""

    number: int
    kind: str  # "a chest X-ray"
    source: str  # where its reduced copy is; the heatmap lies beside it
    labels: tuple[SeenLabel, ...]
    withheld: str  # why nothing of the reading is shown; empty where it is
    limits: tuple[str, ...]  # what the model is for, and what not
    card: str  # address of the model's card; empty where it ships none


def address(consultation: str, number: int) -> str:
    """Return where the reduced copy of a picture is, from the page."""
    return f"api/v1/consultations/{consultation}/pictures/{number}"


def pictures(consultation: Consultation, wording: Wording) -> tuple[PictureView, ...]:
    """Return the pictures that the consultation holds, the newest first."""
    return tuple(picture(seen, consultation, wording) for seen in reversed(consultation.readings))


def picture(seen: SeenPicture, consultation: Consultation, wording: Wording) -> PictureView:
    """Return one picture as it is shown."""
    language = consultation.profile.language
    phrasing, knowledge = wording.speaker.phrasing, wording.knowledge
    task_id = seen.reading.findings[0].task if seen.reading.findings else ""
    task = knowledge.imaging.get(task_id)
    teller = PictureTeller(knowledge, phrasing, language)
    silent = withheld(seen.reading, consultation.case, knowledge)
    return PictureView(
        number=seen.turn,
        kind=teller.modality(seen.reading),
        source=address(consultation.id, seen.turn),
        withheld="" if silent is None else teller.withheld(seen.reading, silent),
        labels=()
        if task is None or silent is not None
        else tuple(_label(found, task, wording, language) for found in _named(seen, task)),
        limits=() if task is None else tuple(limits_of(task, phrasing, language)),
        card=_card(task_id, wording, language),
    )


def _named(seen: SeenPicture, task: ImagingTask) -> tuple[ImageFinding, ...]:
    """Return what is worth naming: what may be seen, else of which signs nothing is seen."""
    known = [f for f in seen.reading.findings if f.label in task.labels]
    seen_in_it = tuple(f for f in known if f.verdict is not Verdict.UNLIKELY)
    return seen_in_it or tuple(f for f in known if task.labels[f.label].finding)


def _label(
    found: ImageFinding, task: ImagingTask, wording: Wording, language: Language
) -> SeenLabel:
    return SeenLabel(
        name=task.labels[found.label].name.get(language),
        words=wording.texts.say(f"pic_{found.verdict.value}", language),
    )


def _card(task: str, wording: Wording, language: Language) -> str:
    name = f"imaging-{task}"
    known = cards(wording.settings.knowledge_dir / "models")
    return f"chat/models/{name}?language={language.value}" if name in known else ""
