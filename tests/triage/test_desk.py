"""The learned triage desk: it judges the risk where vital signs are known, above all rules."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from assistant.errors import ModelFileError
from assistant.knowledge import facts_of
from assistant.models import sha256
from assistant.paths import shipped
from assistant.records.case import Case, Profile
from assistant.records.diagnosis import Differential, Hypothesis
from assistant.records.finding import Finding, Measurement
from assistant.records.terms import Assertion, Urgency
from assistant.triage import load_desk, triage
from assistant.triage.desk import features

WELL = {"heart_rate": 74, "respiratory_rate": 16, "sbp": 124, "temperature_c": 36.7, "spo2": 98}


def case_of(*told, age=60, **values):
    return Case(
        profile=Profile(age_years=age),
        findings=tuple(Finding(concept=c, assertion=Assertion.PRESENT, evidence=c) for c in told),
        measurements=tuple(
            Measurement(measure=m, value=v, evidence=str(v)) for m, v in (WELL | values).items()
        ),
    )


@pytest.fixture(scope="module")
def desk():
    return load_desk(shipped("knowledge") / "models")


def judged(case, knowledge, desk, believed=()):
    beliefs = Differential(
        hypotheses=tuple(Hypothesis(condition=c, probability=p) for c, p in believed)
    )
    return triage(case, facts_of(case, knowledge), beliefs, knowledge, desk)


def test_it_needs_measurements_and_an_adult(desk):
    assert desk.applies(case_of("cough"))
    assert not desk.applies(case_of("cough", age=4))
    assert not desk.applies(Case(profile=Profile(age_years=60)))


def test_chance_rises_with_what_is_worse(desk, knowledge):
    """A desk that calms down when the pressure falls would be worse than none."""

    def chance(*told, **values):
        case = case_of(*told, **values)
        return desk.chance(features(case, facts_of(case, knowledge), {}, flagged=False))

    assert 0 <= chance("cough") < chance("chest_pain") <= 1
    assert chance("weakness_general") < chance("weakness_general", temperature_c=39.5)
    assert chance("abdominal_pain") < chance("abdominal_pain", pain_score=9)


def test_it_decides_about_emergencies_only_and_never_below_a_rule(desk, knowledge):
    """A model may raise the urgency; what a red flag or a complaint demands stands."""
    sore = [("osteoarthritis", 0.9)]
    assert not judged(case_of("knee_pain"), knowledge, desk, sore).level.is_emergency
    flagged = case_of("knee_pain", "unresponsive")
    assert judged(flagged, knowledge, desk, sore).level is Urgency.EMERGENCY_AMBULANCE
    chest = judged(case_of("chest_pain"), knowledge, desk, sore)
    assert chest.level.is_emergency


@pytest.fixture
def models(tmp_path):
    """Return a copy of the shipped desk with its line of the manifest."""
    source = shipped("knowledge") / "models"
    shutil.copytree(source / "triage-desk", tmp_path / "triage-desk")
    listed = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    entry = {"triage-desk": listed["triage-desk"]}
    (tmp_path / "manifest.json").write_text(json.dumps(entry), encoding="utf-8")
    return tmp_path


def test_changed_weights_are_refused(models):
    file = models / "triage-desk" / "weights.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelFileError, match="SHA-256"):
        load_desk(models)


def test_weights_that_are_no_numbers_are_refused(models):
    """NaN compares false with every threshold: everybody would be well."""
    file = models / "triage-desk" / "weights.safetensors"
    kept = load_file(file)
    save_file(kept | {"weights": np.full_like(kept["weights"], np.nan)}, file)
    manifest = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
    manifest["triage-desk"]["files"]["weights.safetensors"] = sha256(file)
    (models / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelFileError, match="finite"):
        load_desk(models)
