"""One picture: a finding of the right model, or a refusal with a reason; never an exception."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import yaml

from assistant.errors import ModelFileError, UnknownBackendError
from assistant.imaging.gate import Sort
from assistant.imaging.looking import Looker, Refusal, build_looker
from assistant.imaging.steady import CHANGES, steadiness
from assistant.paths import shipped
from assistant.records.picture import ImageFinding, Modality, Verdict
from tests.imaging.drawn import chest, page, picture, skin, stripes

CHEST = picture(chest(701, ill=True)[0])


@dataclass
class Says:
    """A gate that says what it is told to."""

    modality: Modality = Modality.CHEST_XRAY
    probability: float = 0.99
    foreign: float = 0.01

    def sort(self, picture):
        return Sort(modality=self.modality, probability=self.probability, foreign=self.foreign)


class Fails:
    """A part that breaks, as a damaged file or a full memory would make it."""

    id, task, modality = "broken", "pneumonia", Modality.CHEST_XRAY

    def sort(self, picture):
        raise RuntimeError("the patient's words")

    read = sort

    def heat(self, picture, label):
        raise RuntimeError("the patient's words")


class Remote(Fails):
    """A model of another maker: it reads, and cannot say where it looked."""

    answer = (
        ImageFinding(task="pneumonia", label="pneumonia", probability=0.8, verdict=Verdict.LIKELY),
    )

    def read(self, picture):
        return self.answer


def looker(gate=None, model=None):
    return Looker(lambda: gate or Says(), {Modality.CHEST_XRAY: lambda: model} if model else {})


def test_from_picture_to_finding(chosen):
    """Real gate, real model, real files, checked against their manifest."""
    seen = build_looker(chosen).look(CHEST)
    assert seen.reading.refused is None
    assert seen.reading.modality is Modality.CHEST_XRAY
    assert seen.reading.findings[0].label == "pneumonia"
    assert seen.reading.findings[0].sensitivity == 0.9
    assert seen.reading.model.startswith("imaging-pneumonia-")
    assert seen.heat.shape == CHEST.pixels.shape[:2]


def test_what_is_normal_has_no_place(chosen):
    """A heatmap over healthy lungs would show something where there is nothing."""
    seen = build_looker(chosen).look(picture(chest(702, ill=False)[0]))
    assert seen.reading.findings[0].label == "normal"
    assert seen.heat is None


@pytest.mark.parametrize(
    ("pixels", "refused"),
    [
        (page(700), (Refusal.NOT_MEDICAL,)),
        (stripes(700), (Refusal.FOREIGN, Refusal.NOT_MEDICAL)),  # either is true of it
        (skin(700), (Refusal.FAILED,)),  # its model does not ship in this manifest
        (np.full((50, 50, 3), 90, dtype=np.uint8), (Refusal.BLANK,)),
    ],
)
def test_refusal_has_its_reason(chosen, pixels, refused):
    seen = build_looker(chosen).look(picture(pixels))
    assert seen.reading.refused in refused
    assert seen.reading.findings == ()
    assert seen.heat is None


def test_kind_without_a_model_is_said(chosen):
    off = chosen.model_copy(update={"image_models": {"skin_lesion": "none"}})
    seen = build_looker(off).look(picture(skin(700)))
    assert (seen.reading.modality, seen.reading.refused) == (Modality.DERMOSCOPY, "no_model")


@pytest.mark.parametrize(
    ("gate", "refused"),
    [
        (Says(foreign=0.5), Refusal.FOREIGN),
        (Says(probability=0.4), Refusal.FOREIGN),
        (Says(modality=Modality.NOT_MEDICAL), Refusal.NOT_MEDICAL),
        (Says(modality=Modality.HAND_XRAY), Refusal.NO_MODEL),
        (Says(modality=Modality.OTHER_MEDICAL), Refusal.FOREIGN),
        (Says(probability=float("nan")), Refusal.FAILED),
        (Says(foreign=float("nan")), Refusal.FAILED),
        (Fails(), Refusal.FAILED),
    ],
)
def test_gate_decides_before_any_model_sees_it(gate, refused):
    """A CT handed to the X-ray model gives an answer that means nothing."""
    seen = Looker(lambda: gate, {Modality.CHEST_XRAY: lambda: pytest.fail("it was shown")})
    assert seen.look(CHEST).reading.refused == refused


def test_header_that_says_otherwise_is_refused(model):
    declared = replace(CHEST, declared=Modality.CHEST_CT)
    assert looker(model=model).look(declared).reading.refused == "declared_otherwise"
    same = replace(CHEST, declared=Modality.CHEST_XRAY)
    assert looker(model=model).look(same).reading.refused is None


@pytest.mark.parametrize(
    "harm",
    [
        {"probability": float("nan")},
        {"probability": 1.2},
        {"likelihood_ratio": float("inf")},
        {"likelihood_ratio": 0.0},
    ],
)
def test_numbers_that_are_none_are_no_finding(harm):
    """A model that has gone wrong must not move a differential."""
    wrong = Remote()
    wrong.answer = (replace(Remote.answer[0], **harm),)
    seen = looker(model=wrong).look(CHEST)
    assert (seen.reading.refused, seen.reading.findings) == ("failed", ())


def test_failure_is_logged_without_words(caplog):
    assert looker(model=Fails()).look(CHEST).reading.refused == "failed"
    assert "RuntimeError" in caplog.text
    assert "patient's words" not in caplog.text


def test_heatmap_that_fails_takes_no_finding_with_it():
    seen = looker(model=Remote()).look(CHEST)
    assert seen.reading.findings == Remote.answer
    assert seen.heat is None


def test_part_that_failed_to_load_is_tried_again(model):
    """A file that was restored must work without a new start."""
    tries = []

    def gate():
        tries.append(1)
        if len(tries) == 1:
            raise ModelFileError("imaging-gate", "is missing.")
        return Says()

    seen = Looker(gate, {Modality.CHEST_XRAY: lambda: model})
    assert seen.look(CHEST).reading.refused == "failed"
    assert seen.look(CHEST).reading.refused is None


def test_parts_are_loaded_once(model):
    made = []
    seen = Looker(Says, {Modality.CHEST_XRAY: lambda: made.append(1) or model})
    seen.look(CHEST)
    seen.look(CHEST)
    assert made == [1]


class Shaky:
    """The real model, but with the probabilities of changed pictures replaced."""

    def __init__(self, model, changed):
        self._model, self._changed = model, changed

    def __getattr__(self, name):
        return getattr(self._model, name)

    id = property(lambda self: "shaky")
    task = property(lambda self: "pneumonia")
    modality = property(lambda self: Modality.CHEST_XRAY)
    labels = property(lambda self: self._model.labels)
    unsteady = property(lambda self: self._model.unsteady)
    mirrors = property(lambda self: self._model.mirrors)

    def prepare(self, pixels):
        return self._model.prepare(pixels)

    def findings(self, probabilities):
        return self._model.findings(probabilities)

    def read(self, picture):
        return self._model.read(picture)

    def heat(self, picture, label):
        return self._model.heat(picture, label)

    def probabilities(self, pictures):
        return np.array([[0.1, 0.9], *self._changed])


def test_answer_that_moves_is_unsure(model):
    shaky = Shaky(model, [[0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.45, 0.55]])
    reading = looker(model=shaky).look(CHEST).reading
    assert {f.verdict for f in reading.findings} == {Verdict.UNSURE}
    assert {f.likelihood_ratio for f in reading.findings} == {1.0}
    assert reading.notes == ("unsteady",)


def test_answer_that_turns_is_refused(model):
    shaky = Shaky(model, [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
    assert looker(model=shaky).look(CHEST).reading.refused == "unsteady"


def test_steady_answer_stays(model):
    reading = looker(model=Shaky(model, [[0.12, 0.88]] * 4)).look(CHEST).reading
    assert [f.verdict for f in reading.findings] == [Verdict.LIKELY, Verdict.UNLIKELY]
    assert reading.notes == ()


def test_mirror_image_is_not_read_where_it_cannot_differ(model):
    class Mirroring(Shaky):
        mirrors = property(lambda self: True)

        def probabilities(self, pictures):
            assert len(pictures) == 4
            return super().probabilities(pictures)

    steady = Mirroring(model, [[0.12, 0.88]] * 3)
    assert looker(model=steady).look(CHEST).reading.notes == ()
    # The mirror image agrees: with one of three others, that is half, and no refusal yet.
    turned = Mirroring(model, [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
    assert looker(model=turned).look(CHEST).reading.refused is None


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("shape", [(40, 60, 3), (8, 8, 3), (5, 300, 3)])
def test_changes_keep_a_picture_a_picture(change, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    changed = change(pixels)
    assert changed.dtype == np.uint8
    assert changed.shape[2] == 3
    assert min(changed.shape) > 0


def test_steadiness_counts_the_farthest_move():
    steady = steadiness(np.array([0.75, 0.25]), np.array([[0.5, 0.5], [0.25, 0.75]]))
    assert (steady.moved, steady.agreeing) == ((0.5, 0.5), 0.5)


@pytest.mark.parametrize("models", [{"moon": "shipped"}, {"pneumonia": "moon"}])
def test_setting_that_names_nothing_is_an_error(chosen, models):
    with pytest.raises(UnknownBackendError):
        build_looker(chosen.model_copy(update={"image_models": models}))


@pytest.mark.parametrize("refusal", sorted(Refusal))
def test_every_refusal_is_said_in_both_languages(refusal):
    said = yaml.safe_load((shipped("prompts") / "picture.yaml").read_text(encoding="utf-8"))
    assert said[f"refused.{refusal}"]["en"]
    assert said[f"refused.{refusal}"]["zh"]
    assert said["notes.unsteady"]["zh"]
