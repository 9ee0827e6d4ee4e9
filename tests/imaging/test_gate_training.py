"""Training of the gate: what pictures become, what is learnt from them, and honest borders."""

import io
import json
import tarfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assistant.records.picture import Modality
from assistant.training.imaging import gate_data
from assistant.training.imaging.data import PictureSet, is_dicom
from assistant.training.imaging.gate_changes import changed, spoilt
from assistant.training.imaging.gate_fit import Judged, border, folds_of
from tests.imaging.drawn import chest, page, skin

KNOWLEDGE = Path(__file__).parents[2] / "knowledge" / "models"


def dice(seed=0):
    return np.random.default_rng(seed)


def test_a_changed_picture_is_another_of_the_same_kind():
    pixels = skin(1)
    several = [changed(pixels, Modality.DERMOSCOPY, dice(seed)) for seed in range(20)]
    assert all(p.dtype == np.uint8 and p.ndim == 3 and min(p.shape[:2]) >= 8 for p in several)
    assert len({p.tobytes() for p in several}) == 20
    np.testing.assert_array_equal(several[3], changed(pixels, Modality.DERMOSCOPY, dice(3)))


def test_a_spoilt_picture_is_not_the_picture():
    """Every way of spoiling, at some seed: far from what both pictures were."""
    one, other = chest(1, ill=False)[0], skin(2)
    square = np.asarray(Image.fromarray(one).resize((160, 160))).astype(float)
    for seed in range(24):
        found = spoilt(one, other, dice(seed))
        shown = np.asarray(Image.fromarray(found).resize((160, 160))).astype(float)
        assert np.abs(shown - square).mean() > 3


def test_what_was_made_of_a_picture_is_in_its_fold():
    states = np.array([gate_data.PLAIN, gate_data.CHANGED, gate_data.SPOILT] * 12)
    kinds = np.where(states == gate_data.SPOILT, "other_medical", "chest_ct")
    rows = gate_data.Rows(
        np.zeros((36, 2), dtype=np.float32), kinds, np.array(["set"] * 36), states,
        np.repeat(np.arange(12), 3), np.array(["chest_ct"] * 36),
    )  # fmt: skip
    folds = folds_of(rows, 3)
    assert sorted(set(folds.tolist())) == [0, 1, 2]
    assert all(len(set(folds[rows.origins == at])) == 1 for at in range(12))
    assert (np.diff(folds) >= 0).all()  # neighbours together


def test_a_kind_left_out_takes_what_was_made_of_it_along():
    """Pieces of a scan that a gate has learnt from would make that kind half known."""
    rows = gate_data.Rows(
        np.zeros((4, 2), dtype=np.float32),
        np.array(["chest_ct", "other_medical", "other_medical", "head_ct"]),
        np.array(["set"] * 4), np.array(["plain", "spoilt", "spoilt", "plain"]), np.arange(4),
        np.array(["chest_ct", "head_ct chest_ct", "head_ct head_ct", "head_ct"]),
    )  # fmt: skip
    assert rows.of(["chest_ct"]).tolist() == [True, True, False, False]
    assert rows.of(["other_medical"]).tolist() == [False, True, True, False]


def test_a_border_refuses_its_share_of_each_kind():
    values = np.random.default_rng(0).normal(size=(2000, 1))
    scores = np.eye(2)[np.arange(2000) % 2]
    held = {
        "signal_mean": torch.zeros(2, 1), "signal_scale": torch.ones(2, 1),
        "foreign_weight": torch.ones(1),
    }  # fmt: skip
    bias = border(held, Judged(scores, values), [0.05, 0.2])["foreign_bias"].numpy()
    refused = values[:, 0] + bias[np.arange(2000) % 2] >= 0
    assert refused[::2].mean() == pytest.approx(0.05, abs=0.002)
    assert refused[1::2].mean() == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize("packed", [False, True])
def test_dicom_without_an_ending_is_found(tmp_path, packed):
    folder = tmp_path / "set"
    (folder / "scan").mkdir(parents=True)
    (folder / "scan" / "IM000001").write_bytes(bytes(128) + b"DICM" + bytes(20))
    (folder / "scan" / "README").write_text("not a picture" * 20)
    path = folder
    if packed:
        path = tmp_path / "set.tar"
        with tarfile.open(path, "w") as tar:
            tar.add(folder, arcname=".")
    assert [item.name for item in PictureSet(path).items] == ["scan/IM000001"]
    assert not is_dicom(b"DICM")


def small_set(path: Path, count: int) -> Path:
    """Write a tar of drawn chests and skin, by the names of kinds."""
    with tarfile.open(path, "w") as tar:
        for kind in ("chest_xray", "dermoscopy"):
            for at in range(count):
                pixels = skin(at) if kind == "dermoscopy" else chest(at, ill=bool(at % 2))[0]
                stream = io.BytesIO()
                Image.fromarray(pixels).save(stream, "png")
                member = tarfile.TarInfo(f"{kind}/{at:03d}.png")
                member.size = stream.tell()
                stream.seek(0)
                tar.addfile(member, stream)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from assistant.training.imaging.gate import GateTraining, train_gate

    place = tmp_path_factory.mktemp("gate-training")
    (place / "models").mkdir()
    looked = []
    config = GateTraining(
        data=(str(small_set(place / "small.tar", 24)),), models=place / "models",
        data_dir=place, limit=24, drawn=42, threads=1,
    )  # fmt: skip
    (place / "models" / "manifest.json").write_text("{}")
    folder = train_gate(config, looked.append)
    return folder, config, looked


def test_a_trained_gate_knows_and_refuses(made, backbone_dir):
    from assistant.imaging.folding import folded
    from assistant.imaging.gate import LinearGate, load_weights
    from assistant.imaging.lite0 import pretrained
    from tests.imaging.drawn import picture

    gate = LinearGate(load_weights(made[0]), folded(pretrained(backbone_dir)), threads=1)
    for seed in range(200, 205):
        assert gate.sort(picture(skin(seed))).modality is Modality.DERMOSCOPY
        assert gate.sort(picture(chest(seed, ill=False)[0])).modality is Modality.CHEST_XRAY
        sort = gate.sort(picture(page(seed)))
        assert sort.modality is Modality.NOT_MEDICAL or sort.foreign >= 0.5


def test_figures_are_of_pictures_that_were_not_learnt(made):
    metrics = json.loads((made[0] / "metrics.json").read_text(encoding="utf-8"))
    plain = metrics["in_source"]["plain"]
    assert plain["by_kind"]["chest_xray"]["n"] == 24
    assert plain["accuracy_medical"][0] > 0.9
    assert set(metrics["unknown"]["by_kind"]) == {"chest_xray", "dermoscopy", "nothing known"}
    text = (made[0] / "README.md").read_text(encoding="utf-8")
    assert "$" not in text
    assert "small.tar" in text


def test_a_set_is_looked_at_once(made):
    from assistant.training.imaging.gate import train_gate

    again = []
    train_gate(made[1], again.append)
    assert made[2]
    assert not again


def photographs() -> list[Path]:
    """Return real pictures that installed packages bring along; none of them was learnt from."""
    found = []
    for package, place in (
        ("gradio", "media_assets/images"),
        ("sklearn", "datasets/images"),
        ("skimage", "data"),
    ):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / place
            found += [p for p in sorted(folder.glob("*")) if _is_photograph(p)]
    return found


def _is_photograph(path: Path) -> bool:
    """Whether it is what its name says; one of the logos is an animation under another name."""
    head = path.read_bytes()[:4] if path.suffix in (".jpg", ".jpeg", ".png") else b""
    return head.startswith((b"\xff\xd8", b"\x89PNG"))


def test_photographs_and_drawings_are_shown_to_no_model(backbone_dir):
    """A cheetah, a flower, a tower, a logo: none may be read as somebody's scan."""
    from assistant.imaging.folding import folded
    from assistant.imaging.gate import LinearGate, load_weights
    from assistant.imaging.lite0 import pretrained
    from assistant.imaging.looking import Looker
    from assistant.imaging.reading import Limits, read_picture
    from tests.imaging.drawn import picture

    if not (KNOWLEDGE / "imaging-gate").is_dir():
        pytest.skip("the gate is not shipped here")
    files = photographs()
    if not files:
        pytest.skip("no installed package brings photographs")
    network = folded(pretrained(backbone_dir))
    gate = LinearGate(load_weights(KNOWLEDGE / "imaging-gate"), network, threads=1)
    looker = Looker(lambda: gate, {})
    pictures = {p.name: read_picture(p.read_bytes(), p.name, Limits()) for p in files}
    pictures |= {f"page {seed}": picture(page(seed)) for seed in range(3)}
    told = {n: looker.look(p, heat=False).reading for n, p in pictures.items()}
    # no_model with another kind is a refusal in words too; a kind that a model reads is not
    read = [n for n, r in told.items() if r.refused == "no_model" and r.modality in _read()]
    assert not read, read


def _read() -> set[Modality]:
    from assistant.imaging import TASKS

    return set(TASKS.values())
