"""A foreign model behind the gate: its refusals have a sentence, its bare words no weight."""

import numpy as np
import pytest

from assistant.imaging.backends.choosing import Choice
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.refusing import ModelRefusalError
from assistant.imaging.backends.scoring import Scores, task_of
from assistant.imaging.looking import Looker
from assistant.records.picture import Modality, Picture, Verdict
from assistant.records.terms import Language

MODEL = "double 0"


class Certain:
    """A stand-in for what a gate says: a chest X-ray, surely."""

    modality, probability, foreign = Modality.CHEST_XRAY, 0.99, 0.0


class GateDouble:
    def sort(self, picture: Picture) -> Certain:
        return Certain()


class Double(ForeignModel):
    """Answers pneumonia, or refuses with the reason that it was given."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(MODEL, task_of("pneumonia"), Choice())
        self.reason = reason

    def scores(self, picture: Picture) -> Scores:
        if self.reason is not None:
            raise ModelRefusalError(self.reason)
        return Scores(probabilities={"pneumonia": 0.97, "normal": 0.03}, exclusive=True)


def look(model: ForeignModel):
    dice = np.random.default_rng(0)
    pixels = dice.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    looker = Looker(GateDouble, {Modality.CHEST_XRAY: lambda: model})
    return looker.look(Picture(pixels=pixels, format="png")).reading


def test_unmeasured_model_is_shown_and_weighs_nothing():
    reading = look(Double())

    assert reading.refused is None
    assert reading.model == MODEL
    assert reading.findings[0].label == "pneumonia"
    assert {(f.verdict, f.likelihood_ratio) for f in reading.findings} == {(Verdict.UNSURE, 1.0)}
    assert {(f.sensitivity, f.specificity) for f in reading.findings} == {(None, None)}


@pytest.mark.parametrize("reason", ["model_unusable", "model_silent", "text_not_sent"])
def test_refusal_of_a_model_keeps_its_reason(reason):
    reading = look(Double(reason))

    assert (reading.refused, reading.findings) == (reason, ())
    for language in Language:
        assert ModelRefusalError(reason).said(language)
