"""Sets of pictures, folds that do not leak, what probabilities mean, and which kind a class is."""

import numpy as np
import pytest
import torch
from training.small_pictures import as_tar, drawn, write_set

from assistant.errors import InvalidInputError
from assistant.evaluation.imaging_metrics import figures, wilson
from assistant.imaging.locating import cut, found
from assistant.records.picture import Modality, Verdict
from assistant.training.imaging.calibration import (
    cross_fitted,
    decided,
    fitted,
    label_configs,
    likelihood_ratio,
)
from assistant.training.imaging.data import Item, PictureSet
from assistant.training.imaging.kinds import Named, kind_of
from assistant.training.imaging.locating import ellipses
from assistant.training.imaging.negatives import non_medical, other_medical
from assistant.training.imaging.sources import block, box, kept, lesion, paper, person, task_of
from assistant.training.imaging.splits import (
    Sides,
    by_column,
    by_group,
    checked,
    clusters,
    contradictory,
    hashed,
)
from assistant.training.imaging.twins import crops, matched


def item(name, kind="", **row):
    return Item(name=name, kind=kind, row=row)


def test_a_tar_a_folder_and_an_npz_are_read_alike(tmp_path):
    pictures = {f"ill/{at}.png": drawn(at, True) for at in range(3)}
    rows = [[name, "ill", "7"] for name in pictures]
    folder = write_set(tmp_path / "set", pictures, ("file", "class", "lesion_id"), rows)
    packed = as_tar(folder, tmp_path / "set.tar")
    np.savez(
        tmp_path / "m.npz",
        train_images=np.stack([p[..., 0] for p in pictures.values()]),
        train_labels=np.ones((3, 1), dtype=np.uint8),
    )
    for path in (folder, packed, tmp_path / "m.npz"):
        held = PictureSet(path)
        assert len(held) == 3
        for one, pixels in zip(held.items, pictures.values(), strict=True):
            np.testing.assert_array_equal(held.pixels(one), pixels)
    assert PictureSet(packed).items[0].row == {"lesion_id": "7"}
    assert PictureSet(tmp_path / "m.npz").items[0].kind == "1"


def test_without_labels_the_folder_is_the_class(tmp_path):
    folder = write_set(tmp_path / "set", {"NORMAL/a.png": drawn(1, False)})

    assert [one.kind for one in PictureSet(folder).items] == ["NORMAL"]


@pytest.mark.parametrize(
    ("content", "told"), [(b"no tar", "neither a tar"), (b"", "neither a tar")]
)
def test_what_is_no_set_is_told(tmp_path, content, told):
    (tmp_path / "x.tar").write_bytes(content)

    with pytest.raises(InvalidInputError, match=told):
        PictureSet(tmp_path / "x.tar")


def test_a_picture_that_labels_csv_names_must_be_there(tmp_path):
    folder = write_set(tmp_path, {"a.png": drawn(1, True)}, rows=[["a.png", "x"], ["b.png", "x"]])

    with pytest.raises(InvalidInputError, match=r"lacks 1 picture.*b\.png"):
        PictureSet(folder)


def test_who_belongs_together_is_read_from_the_names():
    assert person(item("PNEUMONIA/person12_virus_3.jpg")) == "person12"
    assert person(item("PNEUMONIA/person12_bacteria_9.jpg")) == "person12"
    assert person(item("NORMAL/NORMAL2-IM-0427-0001.jpg")) == "NORMAL2-IM-0427"
    assert person(item("NORMAL/IM-0427-0001-0002.jpg")) == "IM-0427"
    assert lesion(item("nv/a.jpg", lesion_id="HAM_1")) == "HAM_1"
    assert paper(item("COVID/2020.01.24.919183-p27-132.jpg", "COVID")) == (
        "COVID/2020.01.24.919183"
    )
    assert paper(item("NonCOVID/25%0.jpg", "NonCOVID")) == "NonCOVID/25"
    slices = [item(f"glioma/{n}.jpg", "glioma", block_fold5="1") for n in (50, 74, 75)]
    assert block(slices[0]) == block(slices[1]) != block(slices[2])
    assert box(item("a", yolo_bbox="2 0.5 0.4 0.1 0.2")) == (0.5, 0.4, 0.1, 0.2)
    assert box(item("a")) is None


def test_pictures_of_an_unknown_side_of_the_ct_set_are_left_out():
    task, column = task_of("covid_ct"), "split_from_JeongchanKim_folders"

    assert kept(task, item("a", "COVID", **{column: "train"}))
    assert not kept(task, item("a", "COVID", **{column: ""}))
    assert not kept(task, item("a", "no_tumor"))


def test_no_group_stands_in_two_folds_and_labels_are_shared_out():
    dice = np.random.default_rng(3)
    labels = ["a" if at % 4 else "b" for at in range(400)]
    groups = [f"{labels[at]}{dice.integers(0, 60)}" for at in range(400)]
    sides = by_group(labels, groups, 5, seed=1, dropped=(3, 9))

    assert sides.overlap() == 0
    assert sides.folds[3] == sides.folds[9] == -1
    for label in "ab":
        own = np.array(labels) == label
        shares = np.bincount(sides.folds[own & (sides.folds >= 0)], minlength=5)
        assert shares.max() - shares.min() <= 0.2 * own.sum() / 5 + 6


def test_a_group_astride_is_found():
    with pytest.raises(ValueError, match="1 group"):
        checked(Sides(np.array([0, 1, 1]), ("x", "x", "y")))
    with pytest.raises(ValueError, match="group"):
        by_column(["0", "1"], ["x", "x"])


def test_near_copies_are_one_cluster_and_a_picture_under_two_labels_is_dropped():
    first = drawn(1, True, 64)
    brighter = np.clip(first.astype(int) + 20, 0, 255).astype(np.uint8)
    hashes = np.stack([hashed(p) for p in (first, brighter, drawn(2, False, 64), first)])

    of = clusters(hashes)
    assert of[0] == of[1] == of[3] != of[2]
    assert contradictory(hashes, ["a", "a", "a", "b"]) == (0, 1, 3)


def test_a_small_copy_finds_its_original():
    originals = [drawn(at, True, 120) for at in range(6)]
    copies = [drawn(at, True, 120)[:, 12:-12][::4, ::4][:28, :28] for at in (4, 1)]
    small = [crops(p) for p in (*originals, *copies)]

    assert matched(small, ["big"] * 6 + ["small"] * 2) == {6: 4, 7: 1}


SETTINGS = {
    "prior": "data", "bias": False, "threshold": "argmax", "unsure": 0.1, "positive": 1,
    "target_sensitivity": 0.95,
}  # fmt: skip


def overconfident(n=3000):
    """Return logits three times too large, and the truth that they should tell."""
    dice = np.random.default_rng(1)
    odds = dice.normal(0, 1.5, n)
    truth = (dice.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    return np.stack([np.zeros(n), 3 * odds], 1), truth


def test_the_temperature_is_found_and_the_error_falls():
    logits, truth = overconfident()
    scaling = fitted(logits, truth, SETTINGS)
    before = figures(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), truth, "ab")
    after = figures(scaling.probabilities(logits), truth, "ab")

    assert scaling.temperature == pytest.approx(3, rel=0.1)
    assert after.value("ece") < 0.03 < before.value("ece")


def test_probabilities_are_those_of_the_prior_that_is_asked_for():
    logits, truth = overconfident()
    logits[:, 1] += 3
    found_ = fitted(logits, truth, SETTINGS | {"bias": True, "prior": "balanced"})
    weights = np.where(truth == 1, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))

    mean = np.average(found_.probabilities(logits)[:, 1], weights=weights)
    assert mean == pytest.approx(0.5, abs=0.02)


def test_the_threshold_keeps_the_sensitivity_that_is_asked_for():
    logits, truth = overconfident()
    scaling = fitted(logits, truth, SETTINGS)
    probabilities = scaling.probabilities(logits)
    chosen = decided(probabilities, truth, SETTINGS | {"threshold": "sensitivity"})(probabilities)

    assert (chosen[truth == 1] == 1).mean() == pytest.approx(0.95, abs=0.01)


def test_config_ratios_rise_with_the_verdict_and_thresholds_lie_in_their_bands():
    logits, truth = overconfident()
    folds = np.arange(len(truth)) % 3
    probabilities, _ = cross_fitted(logits, truth, folds, SETTINGS)
    decision = decided(probabilities, truth, SETTINGS)
    for label in label_configs(probabilities, truth, ("a", "b"), decision, SETTINGS):
        ratios = [
            label.likelihood_ratios[v].value
            for v in (Verdict.UNLIKELY, Verdict.UNSURE, Verdict.LIKELY)
        ]
        assert ratios == sorted(ratios)
        assert ratios[0] < 1 < ratios[2]
        assert label.band[0] <= label.threshold <= label.band[1]
        assert sum(m.n for m in label.likelihood_ratios.values()) == len(truth)


def test_of_several_labels_one_at_most_is_likely():
    dice = np.random.default_rng(2)
    truth = dice.integers(0, 3, 900)
    logits = dice.normal(size=(900, 3)) + 1.5 * np.eye(3)[truth]
    probabilities = fitted(logits, truth, SETTINGS).probabilities(logits)
    decision = decided(probabilities, truth, SETTINGS)

    for label in label_configs(probabilities, truth, ("a", "b", "c"), decision, SETTINGS):
        assert label.band[1] > 0.5


def test_a_ratio_is_finite_where_nothing_was_counted():
    ratio = likelihood_ratio(0, 10, 0, 20)

    assert ratio.low < ratio.value < ratio.high < 1000


def test_metrics_agree_with_scikit_learn():
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score

    logits, truth = overconfident(400)
    found_ = figures(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), truth, ("a", "b"))

    assert found_.value("auc") == pytest.approx(roc_auc_score(truth, logits[:, 1]))
    assert found_.value("balanced_accuracy") == pytest.approx(
        balanced_accuracy_score(truth, found_.chosen)
    )
    assert wilson(0, 0).high == 1.0


def test_a_place_is_found_and_cut_out():
    odds = torch.full((1, 12, 12), -6.0)
    odds[0, 2:4, 8:10] = 4.0
    where, sure = found(odds)
    picture = torch.zeros(1, 1, 96, 96)
    picture[0, 0, 16:32, 64:80] = 1.0  # the same place
    cuts = cut(picture, where, 2.2, 32)

    assert where[0, 0] == pytest.approx(0.75, abs=0.02)
    assert where[0, 1] == pytest.approx(0.25, abs=0.02)
    assert float(sure) > 0.9
    assert cuts[0, 0, 12:20, 12:20].mean() > 0.9
    assert cuts[0, 0].mean() > 5 * picture.mean()


def test_the_ellipse_of_a_box_is_where_the_box_is():
    mask = ellipses(torch.tensor([[0.75, 0.25, 0.2, 0.2]]), 100)[0, 0]

    assert mask[25, 75] == 255
    assert mask[75, 25] == 0
    assert float(mask.mean()) / 255 == pytest.approx(np.pi * 0.01, rel=0.1)


def test_kinds_are_known_by_their_classes(tmp_path):
    assert kind_of(item("a", "AbdomenCT")) is Modality.ABDOMINAL_CT
    assert kind_of(item("a", "PNEUMONIA")) is Modality.CHEST_XRAY
    assert kind_of(item("a", "no_tumor")) is Modality.BRAIN_MRI
    assert kind_of(item("a", "dermoscopy")) is Modality.DERMOSCOPY
    assert kind_of(item("a", "cats")) is None
    folder = write_set(tmp_path / "cats", {"cats/a.png": drawn(1, True)})
    with pytest.raises(InvalidInputError, match="KIND="):
        Named.parsed(str(folder))
    assert [kind for kind, _ in Named.parsed(f"foreign={folder}").read()] == ["foreign"]
    with pytest.raises(InvalidInputError, match="no kind of picture"):
        Named.parsed(f"dogs={folder}")


def test_drawings_differ_and_are_the_seeds():
    first, again, other = non_medical(11, 1), non_medical(11, 1), non_medical(11, 2)

    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert any(a.shape != b.shape or (a != b).any() for a, b in zip(first, other, strict=True))
    assert all(p.std() > 0 for p in other_medical(3, 1))
