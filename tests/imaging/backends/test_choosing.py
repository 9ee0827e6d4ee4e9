"""The operator's file and the folders that it names: closed, bounded, and clear when wrong."""

import json

import pytest
from safetensors.torch import save_file
from torch import zeros

from assistant.errors import InvalidInputError, MissingExtraError, ModelFileError
from assistant.imaging import IMAGE_MODELS, TASKS
from assistant.imaging.backends.checkpoints import FETCHED, find
from assistant.imaging.backends.choosing import Choice, choice_of
from assistant.imaging.backends.scoring import LABELS, Naming, task_of
from assistant.models import sha256
from assistant.paths import shipped
from assistant.registry import Backend, Registry
from assistant.settings import Settings

COMMIT = "0123456789" * 4


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "weights"
    place.mkdir()
    save_file({"a": zeros(2)}, place / "model.safetensors")
    (place / "config.json").write_text("{}")
    return place


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"folder": "x", "trust_remote_code": True}, "trust_remote_code"),
        ({"hub": "owner/name"}, "go together"),
        ({"hub": "owner/name", "revision": "main"}, "revision"),
        ({"hub": "../../etc/passwd", "revision": COMMIT}, "hub"),
        ({"folder": "x", "hub": "owner/name", "revision": COMMIT}, "either"),
        ({"folder": "x", "temperature": 0}, "temperature"),
        ({"folder": "x", "temperature": float("nan")}, "temperature"),
    ],
)
def test_entry_that_is_not_sound_is_named(chosen, entry, said):
    with pytest.raises(InvalidInputError, match=said):
        choice_of("pneumonia", chosen("pneumonia", entry))


@pytest.mark.parametrize("text", ["- a\n", "a: [\n", "!!python/object:os.system {}\n", ""])
def test_file_that_is_none(tmp_path, text):
    file = tmp_path / "models.yaml"
    file.write_text(text)

    with pytest.raises(InvalidInputError, match=r"models\.yaml"):
        choice_of("pneumonia", Settings(_env_file=None, image_models_file=file))


def test_missing_file_missing_entry_and_no_setting(chosen, tmp_path):
    with pytest.raises(InvalidInputError, match="has no entry for the task covid_ct"):
        choice_of("covid_ct", chosen("pneumonia", {"folder": "x"}))
    with pytest.raises(InvalidInputError, match="IMAGE_MODELS_FILE"):
        choice_of("covid_ct", Settings(_env_file=None))
    with pytest.raises(InvalidInputError, match="cannot be read"):
        choice_of("covid_ct", Settings(_env_file=None, image_models_file=tmp_path / "none"))


def test_name_of_an_unknown_task():
    with pytest.raises(InvalidInputError, match="choose one of"):
        task_of("bones")


def test_closed_lists_are_those_of_the_tasks():
    assert set(LABELS) == set(TASKS)
    file = shipped("knowledge") / "imaging.yaml"
    if file.is_file():
        import yaml

        known = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert {t: set(e["labels"]) for t, e in known.items()} == {
            t: set(labels) for t, labels in LABELS.items()
        }


def test_folder_is_known_by_its_weights(folder):
    found = find(Choice(folder=folder), Settings(_env_file=None))

    assert found.identity == f"weights-{sha256(folder / 'model.safetensors')[:12]}"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"), "Pickles are never"),
        (lambda f: (f / "adapter_config.json").write_text("{}"), "adapter"),
        (lambda f: (f / "config.json").unlink(), r"config\.json is missing"),
        (lambda f: (f / "config.json").write_text("[]"), "not an object"),
        (lambda f: (f / "config.json").write_text("[" * 200_000), "not JSON"),
        (lambda f: (f / "config.json").write_text(" " * 2_100_000), "larger"),
        (lambda f: (f / "config.json").write_text(json.dumps({"auto_map": {}})), "code of its own"),
    ],
)
def test_folder_that_may_not_be_used(folder, spoil, said):
    spoil(folder)

    with pytest.raises(ModelFileError, match=said):
        find(Choice(folder=folder), Settings(_env_file=None))


def test_hashes_of_the_operator_are_checked(folder):
    right = {"model.safetensors": sha256(folder / "model.safetensors").upper()}
    find(Choice(folder=folder, sha256=right), Settings(_env_file=None))

    for wrong in ({"model.safetensors": "0" * 64}, {"other": "0" * 64}, {"../x": "0" * 64}):
        with pytest.raises(ModelFileError):
            find(Choice(folder=folder, sha256=wrong), Settings(_env_file=None))


def test_no_folder(tmp_path):
    for choice in (Choice(), Choice(folder=tmp_path / "none")):
        with pytest.raises(ModelFileError, match="no such folder"):
            find(choice, Settings(_env_file=None))


def test_hub_is_asked_only_where_the_network_is_allowed(folder, tmp_path, monkeypatch):
    """A stand-in for the hub, which cannot be reached in a test, notes what it was asked for."""
    import huggingface_hub

    asked = []

    def stand_in(name, **how):
        asked.append((name, how))
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", stand_in)
    choice = Choice(hub="owner/name", revision=COMMIT)
    with pytest.raises(ModelFileError, match="ALLOW_NETWORK"):
        find(choice, Settings(_env_file=None))
    assert asked == []

    find(choice, Settings(_env_file=None, allow_network=True, data_dir=tmp_path))

    name, how = asked[0]
    assert (name, how["revision"]) == ("owner/name", COMMIT)
    assert how["cache_dir"] == tmp_path / "hub"
    assert not [p for p in FETCHED if p.endswith((".py", ".bin", ".pt", ".pth", "*"))]


def test_hub_that_does_not_answer(monkeypatch, tmp_path):
    import huggingface_hub

    def stand_in(name, **how):
        raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", stand_in)
    settings = Settings(_env_file=None, allow_network=True, data_dir=tmp_path)
    with pytest.raises(ModelFileError, match="did not answer"):
        find(Choice(hub="owner/name", revision=COMMIT), settings)


def test_missing_extra_is_named():
    """As for every part: no other model steps in in silence."""
    entry = IMAGE_MODELS.backends["torchxrayvision"]
    absent = Registry(
        "image model", {"x": Backend("no_such_library_here:X", "no_such_library_here", entry.extra)}
    )

    assert not absent.available("x")
    with pytest.raises(MissingExtraError, match=r"anamnesis\[xray\]"):
        absent.create("x")


@pytest.mark.parametrize(("name", "extra"), [("torchxrayvision", "xray"), ("timm", "timm")])
def test_library_that_is_not_here_is_a_missing_extra(name, extra):
    if IMAGE_MODELS.available(name):
        pytest.skip(f"{name} is installed here; its own tests run instead")
    with pytest.raises(MissingExtraError, match=rf"anamnesis\[{extra}\]"):
        IMAGE_MODELS.create(name, task="pneumonia", settings=Settings(_env_file=None))


def test_nothing_is_imported_before_it_is_chosen():
    import subprocess
    import sys

    code = "import assistant.imaging, assistant.imaging.backends, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"torch", "transformers", "timm", "torchxrayvision", "http.client"}


def test_outputs_that_exclude_each_other_are_added_and_the_rest_is_left_over():
    naming = Naming(labels={"a": "covid", "b": "covid"}, rest="other")
    outputs = {"a": 0.2, "b": 0.3, "c": 0.5}

    assert naming.scores(outputs, exclusive=True).probabilities == {"covid": 0.5, "other": 0.5}
    assert naming.scores(outputs, exclusive=False).probabilities == {"covid": 0.3, "other": 0.7}
