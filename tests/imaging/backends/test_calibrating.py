"""What a foreign model's word is worth: fitted on one half, measured on the other."""

import json

import numpy as np
import pytest

from assistant.errors import InvalidInputError, ModelFileError
from assistant.imaging.backends.calibrating import FLOOR, Calibration
from assistant.imaging.backends.choosing import Choice
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.measuring import Answers, Labelled, calibrate, fit
from assistant.imaging.backends.refusing import ModelRefusalError
from assistant.imaging.backends.scoring import Scores, task_of
from assistant.records.picture import Picture, Verdict

TASK = task_of("pneumonia")
MODEL = "double 0"


def answers(n=800, *, exclusive=True, sharp=3.0, noise=1.0, weighable=True, seed=0) -> Answers:
    """Simulated answers: log odds of 2 noisy points apart, told `sharp` times too surely."""
    dice = np.random.default_rng(seed)
    ill = dice.random(n) < 0.4
    odds = sharp * (np.where(ill, 1.0, -1.0) + dice.normal(0, noise, n))
    p = 1 / (1 + np.exp(-odds))
    scores = [
        Scores(
            probabilities={"pneumonia": float(x), "normal": float(1 - x)},
            exclusive=exclusive,
            weighable=weighable,
        )
        for x in p
    ]
    truth = ["pneumonia" if i else "normal" for i in ill]
    return Answers(scores=scores, truth=truth, groups=[str(g) for g in range(n)])


@pytest.mark.parametrize("exclusive", [True, False])
def test_too_sure_a_model_is_made_honest(exclusive):
    """A model that says 3 times its log odds is right less often than it says."""
    made = fit(TASK, MODEL, answers(exclusive=exclusive))
    fresh = answers(seed=1, exclusive=exclusive)

    def gap(raw: list[float]) -> float:
        table = np.array(raw)
        ill = np.array([t == "pneumonia" for t in fresh.truth])
        bins = np.minimum((table * 10).astype(int), 9)
        return sum(abs((table[bins == b] - ill[bins == b]).sum()) for b in range(10)) / len(ill)

    raw = [s.probabilities["pneumonia"] for s in fresh.scores]
    told = [
        made.probabilities(s.probabilities, exclusive=exclusive)["pneumonia"] for s in fresh.scores
    ]
    assert made.config.temperature == pytest.approx(1.5, abs=0.5)  # of 3, as noise has deviation 1
    assert gap(told) < 0.06 < gap(raw)


def test_verdicts_weigh_what_was_measured():
    made = fit(TASK, MODEL, answers())
    label = made.config.label("pneumonia")
    likely = label.likelihood_ratios[Verdict.LIKELY]
    unlikely = label.likelihood_ratios[Verdict.UNLIKELY]

    assert label.band[0] <= label.threshold <= label.band[1]
    assert likely.interval[0] > 1 > unlikely.interval[1]
    assert made.judge("pneumonia", 0.999) == (Verdict.LIKELY, likely.value)
    assert made.judge("pneumonia", 0.001) == (Verdict.UNLIKELY, unlikely.value)
    assert sum(m.n for m in label.likelihood_ratios.values()) == int(
        made.config.trained_on["measured"]
    )
    assert 0 < float(made.config.trained_on["ece"]) < 0.1


def test_model_that_knows_nothing_never_gets_a_weight():
    """Noise must not become evidence, whatever the seed."""
    for seed in range(8):
        plain = answers(n=300, seed=seed)
        dice = np.random.default_rng(seed + 100)
        guessed = Answers(
            scores=plain.scores, truth=list(dice.permutation(plain.truth)), groups=plain.groups
        )
        made = fit(TASK, MODEL, guessed)
        assert not made.measured
        for p in (FLOOR, 0.3, 0.7, 1 - FLOOR):
            assert made.judge("pneumonia", p) == (Verdict.UNSURE, 1.0)


def test_bare_words_stay_unsure_even_where_they_are_right():
    made = fit(TASK, MODEL, answers(noise=0.1, weighable=False))

    assert not made.measured


def test_people_stay_in_one_half():
    """Two pictures of one person on both sides would measure memory."""
    plain = answers(n=600)
    one = Answers(scores=plain.scores, truth=plain.truth, groups=["one"] * 600)

    with pytest.raises(InvalidInputError, match="Too few"):
        fit(TASK, MODEL, one)


def test_too_few_pictures_and_foreign_labels_are_said():
    with pytest.raises(InvalidInputError, match="Too few pictures"):
        fit(TASK, MODEL, answers(n=30))
    plain = answers(n=30)
    wrong = Answers(scores=plain.scores, truth=["tumour"] * 30, groups=plain.groups)
    with pytest.raises(InvalidInputError, match="tumour is no label"):
        fit(TASK, MODEL, wrong)
    with pytest.raises(InvalidInputError, match="none of the pictures"):
        fit(TASK, MODEL, Answers(scores=[], truth=[], groups=[]))


def test_file_comes_back_as_it_was(tmp_path):
    made = fit(TASK, MODEL, answers())
    file = tmp_path / "calibration.json"
    made.write(file)

    assert Calibration.read(file, TASK, MODEL) == made


def test_file_of_other_weights_task_or_labels_is_refused(tmp_path):
    """Figures that were measured on another model would be invented ones here."""
    file = tmp_path / "calibration.json"
    fit(TASK, MODEL, answers()).write(file)

    with pytest.raises(ModelFileError, match="measured on double 0"):
        Calibration.read(file, TASK, "double 1")
    with pytest.raises(ModelFileError, match="of the task pneumonia"):
        Calibration.read(file, task_of("covid_ct"), MODEL)
    held = json.loads(file.read_text())
    held["labels"] = held["labels"][:1]
    held["shift"] = held["shift"][:1]
    file.write_text(json.dumps(held))
    with pytest.raises(ModelFileError, match="other labels"):
        Calibration.read(file, TASK, MODEL)


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{"labels": 3}', " " * 1_000_001])
def test_broken_file_is_a_clear_error(tmp_path, text):
    file = tmp_path / "calibration.json"
    file.write_text(text)

    with pytest.raises(ModelFileError):
        Calibration.read(file, TASK, MODEL)
    with pytest.raises(ModelFileError):
        Calibration.read(tmp_path / "none.json", TASK, MODEL)


def test_what_fits_no_label_stays_outside():
    """A picture that the model calls something else must not be shared out among our labels."""
    none = Calibration.none(task_of("brain_tumor"))
    raw = {"glioma": 0.06, "meningioma": 0.03, "pituitary": 0.01}

    told = none.probabilities(raw, exclusive=True)

    assert told == pytest.approx(raw, abs=1e-6)


class Double(ForeignModel):
    """A model that answers from the brightness of a picture: named as what it is."""

    def __init__(self, choice: Choice = Choice()) -> None:  # noqa: B008 - frozen
        super().__init__(MODEL, TASK, choice)

    def scores(self, picture: Picture) -> Scores:
        bright = float(picture.pixels.mean()) / 255
        if bright > 0.99:
            raise ModelRefusalError("model_unusable")
        return Scores(probabilities={"pneumonia": bright, "normal": 1 - bright}, exclusive=True)


def shown(value: float) -> Picture:
    return Picture(pixels=np.full((8, 8, 3), value * 255, dtype=np.uint8), format="png")


def test_measured_model_is_heard(tmp_path):
    """From pictures to a file to a finding with weight."""
    dice = np.random.default_rng(5)
    pictures = []
    for at in range(400):
        ill = at % 2 == 0
        value = float(np.clip(dice.normal(0.62 if ill else 0.38, 0.1), 0, 0.98))
        label = "pneumonia" if ill else "normal"
        pictures.append(Labelled(picture=shown(value), label=label, group=str(at)))
    pictures.append(Labelled(picture=shown(1.0), label="normal", group="white"))
    made = calibrate(Double(), TASK, pictures)
    file = tmp_path / "calibration.json"
    made.write(file)

    model = Double(Choice(calibration=file))

    assert made.config.trained_on["refused"] == "1"
    assert model.calibrated
    assert not Double().calibrated
    first = model.read(shown(0.8))[0]
    assert (first.label, first.verdict) == ("pneumonia", Verdict.LIKELY)
    assert first.likelihood_ratio > 3
    assert Double().read(shown(0.8))[0].verdict is Verdict.UNSURE


def test_numbers_that_are_none_are_refused():
    class Broken(Double):
        def scores(self, picture: Picture) -> Scores:
            told = {"pneumonia": float("nan"), "normal": 0.5}
            return Scores(probabilities=told, exclusive=True)

    with pytest.raises(ModelRefusalError):
        Broken().read(shown(0.5))
