"""Looking at one picture: the gate first, then the model of its kind, or a refusal with a reason.

Whatever fails here becomes a refusal: a patient who shows a picture gets an answer, and a refused
picture changes nothing in the consultation.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np

from assistant.errors import MissingExtraError, ModelFileError, UnknownBackendError
from assistant.imaging import IMAGE_MODELS, TASKS, Gate, ImageModel, Sorted
from assistant.imaging.reading.errors import PictureError
from assistant.imaging.steady import CHANGES, Probabilities, mirrored, steadiness
from assistant.log import failure
from assistant.records.picture import (
    Heat,
    ImageFinding,
    ImageReading,
    Look,
    Modality,
    Picture,
    Pixels,
    Verdict,
)
from assistant.settings import Settings

_FOREIGN = 0.5  # and above: the gate's own scale
_DOUBTFUL = 0.5  # below this the kind of picture is not known well enough to choose a model
_FLAT = 2.0  # levels of 255: a picture with less variation shows nothing
_LEAST_AGREEING = 0.5  # share of slightly changed pictures that must give the same first label
OFF = "none"  # in ANAMNESIS_IMAGE_MODELS: pictures of this task are not judged
NOTHING_TO_SHOW = ("normal", "other")  # labels without a place where they would be seen
UNSTEADY = "unsteady"  # note, and refusal


class Refusal(StrEnum):
    """Why a picture is not judged; the sentences stand in prompts/picture.yaml."""

    BLANK = "blank"  # one even surface
    NOT_MEDICAL = "not_medical"
    FOREIGN = "foreign"  # like nothing that is known
    DECLARED_OTHERWISE = "declared_otherwise"  # the header says another kind than the gate
    NO_MODEL = "no_model"  # its kind is known, and nothing here judges it
    UNSTEADY = "unsteady"  # the answer changes with the light
    FAILED = "failed"  # the gate or the model; another picture may go


@runtime_checkable
class Tested(Protocol):
    """An image model whose steadiness can be tested without reading the whole picture again."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, in the order of the probabilities."""

    @property
    def unsteady(self) -> float:
        """How far a probability may move under slight changes."""

    @property
    def mirrors(self) -> bool:
        """Whether it says the same of a picture and of its mirror image, whatever it shows."""

    def prepare(self, pixels: Pixels) -> Pixels:
        """Return what the network is shown."""

    def probabilities(self, pictures: list[Pixels]) -> Probabilities:
        """Return calibrated probabilities, shape (pictures, labels)."""

    def findings(self, probabilities: Probabilities) -> tuple[ImageFinding, ...]:
        """Return the findings that they amount to."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a model said."""

    findings: tuple[ImageFinding, ...]
    notes: tuple[str, ...] = ()
    refused: Refusal | None = None


class Looker:
    """Looks at pictures; gate and models are loaded when they are first needed."""

    def __init__(
        self,
        gate: Callable[[], Gate],
        models: Mapping[Modality, Callable[[], ImageModel]],
    ) -> None:
        """`gate` and `models` make the parts; a kind of picture without a model is not judged."""
        self._make_gate, self._make_models = gate, dict(models)
        self._gate: Gate | None = None
        self._models: dict[Modality, ImageModel] = {}
        self._loading = threading.Lock()

    def gate(self) -> Gate:
        """Return the gate, loaded; ModelFileError says why it cannot be."""
        with self._loading:
            if self._gate is None:
                self._gate = self._make_gate()
            return self._gate

    def model(self, modality: Modality) -> ImageModel | None:
        """Return the model of a kind of picture, loaded; None where there is none."""
        with self._loading:
            if modality not in self._models and modality in self._make_models:
                self._models[modality] = self._make_models[modality]()
            return self._models.get(modality)

    def look(self, picture: Picture, *, heat: bool = True) -> Look:
        """Return what is seen in a picture, or why it is not judged; raises nothing."""
        try:
            sort = _finite(self.gate().sort(picture))
        except Exception as error:  # whatever fails, the patient must get an answer
            failure("picture gate", error)
            return Look(reading=_unknown(Refusal.FAILED, picture))
        if (refusal := _refused(picture, sort)) is not None:
            return Look(reading=_reading(picture, sort, refused=refusal))
        try:
            return self._judged(picture, sort, heat)
        except PictureError as error:  # the model itself refused, and its reason has a sentence
            failure(f"picture model of {sort.modality}", error)
            return Look(reading=replace(_reading(picture, sort), refused=error.reason))
        except Exception as error:  # as above; no finding is better than half a one
            failure(f"picture model of {sort.modality}", error)
            return Look(reading=_reading(picture, sort, refused=Refusal.FAILED))

    def _judged(self, picture: Picture, sort: Sorted, heat: bool) -> Look:
        model = self.model(sort.modality)
        if model is None:
            # "Something medical" is all that the gate knows then: that is no kind to name.
            other = sort.modality is Modality.OTHER_MEDICAL
            why = Refusal.FOREIGN if other else Refusal.NO_MODEL
            return Look(reading=_reading(picture, sort, refused=why))
        if model.modality is not sort.modality:
            raise ModelFileError(model.id, f"it reads {model.modality}, not {sort.modality}.")
        answer = _tested(model, picture) if isinstance(model, Tested) else _read(model, picture)
        reading = _reading(picture, sort, refused=answer.refused)
        reading = replace(
            reading,
            findings=answer.findings,
            model=model.id,
            notes=(*reading.notes, *answer.notes),
        )
        shown = _worth_showing(answer.findings) if heat else None
        return Look(reading=reading, heat=_heat(model, picture, shown) if shown else None)


def build_looker(settings: Settings) -> Looker:
    """Return the looker that the settings ask for; nothing heavy is loaded yet.

    Raises UnknownBackendError where a setting names a task or a model that is not there, and
    MissingExtraError where the model needs a package that is not installed.
    """
    for task in settings.image_models:
        if task not in TASKS:
            raise UnknownBackendError("task of pictures", task, sorted(TASKS))
    return Looker(_gate_maker(settings), _model_makers(settings))


def _gate_maker(settings: Settings) -> Callable[[], Gate]:
    def make() -> Gate:
        from assistant.imaging.gate import shipped_gate  # torch is loaded with the first picture

        return shipped_gate(settings)

    return make


def _model_makers(settings: Settings) -> dict[Modality, Callable[[], ImageModel]]:
    made: dict[Modality, Callable[[], ImageModel]] = {}
    for task, modality in TASKS.items():
        name = settings.image_models.get(task, "shipped")
        if name != OFF:
            if name not in IMAGE_MODELS.backends:
                raise UnknownBackendError(
                    "image model", name, [*sorted(IMAGE_MODELS.backends), OFF]
                )
            if not IMAGE_MODELS.available(name):
                raise MissingExtraError(name, IMAGE_MODELS.backends[name].extra)
            made[modality] = _maker(name, task, settings)
    return made


def _maker(name: str, task: str, settings: Settings) -> Callable[[], ImageModel]:
    return lambda: IMAGE_MODELS.create(name, task=task, settings=settings)


def _refused(picture: Picture, sort: Sorted) -> Refusal | None:
    """Return why no model may see this picture; None where one may."""
    if _blank(picture.pixels):
        return Refusal.BLANK
    if sort.modality is Modality.NOT_MEDICAL:
        return Refusal.NOT_MEDICAL
    if sort.foreign >= _FOREIGN or sort.probability < _DOUBTFUL:
        return Refusal.FOREIGN
    if picture.declared is not None and picture.declared is not sort.modality:
        return Refusal.DECLARED_OTHERWISE
    return None


def _finite(sort: Sorted) -> Sorted:
    """Return what the gate said; ValueError where a number in it is none."""
    if not (np.isfinite(sort.probability) and np.isfinite(sort.foreign)):
        raise ValueError("a gate whose numbers are none")
    return sort


def _blank(pixels: Pixels) -> bool:
    """Whether a picture is one even surface, judged by a grid of its points."""
    high, wide = (max(1, side // 200) for side in pixels.shape[:2])
    return float(np.std(pixels[::high, ::wide])) < _FLAT


def _read(model: ImageModel, picture: Picture) -> _Answer:
    return _Answer(_sound(model.read(picture)))


def _tested(model: Tested, picture: Picture) -> _Answer:
    """Return what the model says, unless it says otherwise of the same picture a little changed."""
    square = model.prepare(picture.pixels)
    # A model that reads both sides anyway cannot change its answer there: it agrees unread.
    changes = [change for change in CHANGES if not (model.mirrors and change is mirrored)]
    plain, *changed = model.probabilities([square, *(change(square) for change in changes)])
    found = _sound(model.findings(plain))
    agreed = [plain] * (len(CHANGES) - len(changes))
    steady = steadiness(plain, np.array([*changed, *agreed]))
    if steady.agreeing < _LEAST_AGREEING:
        return _Answer((), refused=Refusal.UNSTEADY)
    moved = dict(zip(model.labels, steady.moved, strict=True))
    kept = tuple(f if moved[f.label] <= model.unsteady else _left_open(f) for f in found)
    return _Answer(kept, notes=() if kept == found else (UNSTEADY,))


def _heat(model: ImageModel, picture: Picture, label: str) -> Heat | None:
    """Return where the model looked; a heatmap that fails takes no finding with it."""
    try:
        return model.heat(picture, label)
    except Exception as error:  # as in `look`
        failure("heatmap", error)
        return None


def _left_open(finding: ImageFinding) -> ImageFinding:
    """Return a finding that says nothing: neither for nor against."""
    return replace(finding, verdict=Verdict.UNSURE, likelihood_ratio=1.0)


def _sound(findings: tuple[ImageFinding, ...]) -> tuple[ImageFinding, ...]:
    """Return findings as they are; ValueError where a number in them is none."""
    if not findings:
        raise ValueError("a model that says nothing")
    for finding in findings:
        if not 0 <= finding.probability <= 1 or not 0 < finding.likelihood_ratio < np.inf:
            raise ValueError("a model whose numbers are none")
    return findings


def _worth_showing(findings: tuple[ImageFinding, ...]) -> str | None:
    """Return the most probable label that has a place in the picture and is not unlikely."""
    for finding in findings:
        if finding.label not in NOTHING_TO_SHOW and finding.verdict is not Verdict.UNLIKELY:
            return finding.label
    return None


def _reading(picture: Picture, sort: Sorted, *, refused: Refusal | None = None) -> ImageReading:
    return ImageReading(
        modality=sort.modality,
        modality_probability=sort.probability,
        foreign=sort.foreign,
        refused=None if refused is None else refused.value,
        notes=picture.notes,
    )


def _unknown(refused: Refusal, picture: Picture) -> ImageReading:
    """Return the reading of a picture whose kind could not be told."""
    return ImageReading(
        modality=Modality.OTHER_MEDICAL,
        modality_probability=0.0,
        refused=refused.value,
        notes=picture.notes,
    )
