"""The gate: which kind, how sure, and how foreign."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load, save_file

from assistant.errors import ModelFileError
from assistant.imaging import gate as gates
from assistant.records.picture import Modality
from tests.imaging.drawn import chest, page, picture, skin, stripes


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (lambda seed: chest(seed, ill=False)[0], Modality.CHEST_XRAY),
        (skin, Modality.DERMOSCOPY),
        (page, Modality.NOT_MEDICAL),
    ],
)
def test_new_pictures_of_known_kinds_are_known(gate, draw, kind):
    sorts = [gate.sort(picture(draw(seed))) for seed in range(900, 906)]
    assert [s.modality for s in sorts] == [kind] * 6
    assert sum(s.foreign < 0.5 for s in sorts) >= 5


def test_what_it_has_never_seen_is_foreign(gate):
    """Static was not among the foreign pictures it was fitted with, nor was a chessboard."""
    dice = np.random.default_rng(0)
    rows, columns = np.mgrid[0:120, 0:120]
    board = np.repeat((((rows // 15 + columns // 15) % 2) * 255)[..., None], 3, 2).astype(np.uint8)
    static = dice.integers(0, 256, (120, 120, 3), dtype=np.uint8)
    for pixels in (board, static, stripes(77)):
        assert gate.sort(picture(pixels)).foreign >= 0.5


def test_resolution_says_nothing(gate):
    """The sets differ in size alone: a gate that sees it has learned the sets."""
    from assistant.imaging.preparing import resized

    pixels = chest(901, ill=True)[0]
    large = np.repeat(np.repeat(pixels, 4, 0), 4, 1)
    small = resized(pixels, 64)
    kinds = {gate.sort(picture(p)).modality for p in (pixels, large, small)}
    assert kinds == {Modality.CHEST_XRAY}


def test_header_is_not_believed(gate):
    """What a header declares must not move the gate: it is compared with it later."""
    from dataclasses import replace

    plain = picture(chest(902, ill=False)[0])
    assert gate.sort(plain) == gate.sort(replace(plain, declared=Modality.HEAD_CT))


def test_probability_is_divided_by_the_temperature(gate):
    from dataclasses import replace

    features = gates.gate_features(gate._network, [skin(3)], gate.weights.config)
    colder = replace(gate.weights.config, temperature=gate.weights.config.temperature * 50)
    vague = gates.GateWeights(colder, gate.weights.held)
    assert vague.sort(features)[0].probability < gate.weights.sort(features)[0].probability


def test_saved_gate_is_the_same(gate, gate_folder, tmp_path):
    gates.save_gate(gate.weights, tmp_path)
    features = gates.gate_features(gate._network, [skin(3), page(4)], gate.weights.config)
    again = gates.load_weights(tmp_path)
    assert again.config == gate.weights.config
    assert again.foreign(features) == pytest.approx(gate.weights.foreign(features), abs=1e-3)


def test_each_kind_has_its_own_border(gate):
    """A stricter border of one kind must not send pictures of another away."""
    features = gates.gate_features(gate._network, [skin(3), page(4)], gate.weights.config)
    plain = gate.weights.foreign(features)
    at = gate.weights.kinds.index(Modality.DERMOSCOPY)
    held = {name: value.clone() for name, value in gate.weights.held.items()}
    held["foreign_bias"][at] += 50
    strict = gates.GateWeights(gate.weights.config, held).foreign(features)
    assert strict[0] > 0.99
    assert strict[1] == plain[1]


def test_neighbours_are_of_the_kind_that_is_said(gate):
    """A picture close to another kind's is no better known for that."""
    pixels = skin(3)
    features = gates.gate_features(gate._network, [pixels], gate.weights.config)
    held = dict(gate.weights.held)
    near = gates.SIGNALS.index("neighbours")
    before = gate.weights.signals(features)[0]
    at = gate.weights.kinds.index(Modality.DERMOSCOPY)
    held["bank_kind"] = torch.where(held["bank_kind"] == at, float(at + 1), held["bank_kind"])
    after = gates.GateWeights(gate.weights.config, held).signals(features)[0]
    assert before[near] < 1
    assert after[near] == 2  # none of its own kind is left: as far as can be
    assert after[gates.SIGNALS.index("mahalanobis")] == before[gates.SIGNALS.index("mahalanobis")]


def test_features_are_two_unit_vectors(gate):
    features = gates.gate_features(gate._network, [skin(3), page(4)], gate.weights.config)
    for part in (features[:, : -gates.GRAIN], features[:, -gates.GRAIN :]):
        assert np.linalg.norm(part, axis=1) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["weight", "centres", "bank", "grain_bank", "foreign_bias"])
@pytest.mark.parametrize("harm", ["missing", "cut", "nan"])
def test_gate_that_makes_no_sense_is_refused(gate_folder, tmp_path, name, harm):
    held = load((gate_folder / gates.WEIGHTS).read_bytes())
    if harm == "missing":
        del held[name]
    elif harm == "cut":
        held[name] = held[name].flatten()[:-1].clone() if held[name].ndim > 1 else torch.zeros(7)
    else:
        held[name] = held[name] * float("nan")
    save_file(held, tmp_path / gates.WEIGHTS)
    (tmp_path / gates.CONFIG).write_bytes((gate_folder / gates.CONFIG).read_bytes())
    with pytest.raises(ModelFileError, match="cannot be used"):
        gates.load_weights(tmp_path)


def test_unknown_kind_is_refused(gate_folder, tmp_path):
    (tmp_path / gates.WEIGHTS).write_bytes((gate_folder / gates.WEIGHTS).read_bytes())
    held = json.loads((gate_folder / gates.CONFIG).read_text())
    (tmp_path / gates.CONFIG).write_text(json.dumps(held | {"kinds": ["moon", "sun", "sea"]}))
    with pytest.raises(ModelFileError, match="cannot be used"):
        gates.load_weights(tmp_path)
