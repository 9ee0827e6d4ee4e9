"""Settings of a run: own ones over those that ship, and what is wrong is named."""

import json

import pytest

from assistant.cli import BAD_INPUT, main
from assistant.errors import InvalidInputError
from assistant.paths import shipped
from assistant.training.options import SHIPPED, read_options


@pytest.fixture
def read(tmp_path):
    def of(text, language="en"):
        file = tmp_path / "own.yaml"
        file.write_text(text, encoding="utf-8")
        return read_options(language, file)

    return of


def test_own_settings_go_over_those_that_ship(read):
    shipped_ones = read_options("zh")

    options = read("batch: 32\nrepeats: {negex: 0}\nlayers: 6\nminutes: 4.3", "zh")

    assert options["batch"] == 32
    assert options["layers"] == 6
    assert options["repeats"] == {**shipped_ones["repeats"], "negex": 0}
    same = set(options) - {"batch", "repeats", "layers", "minutes"}
    assert all(options[key] == shipped_ones[key] for key in same)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("bacth: 3\nseeed: 1", "bacth, seeed"),
        ("repeats: {public: 1, negx: 2}", r"repeats\.negx"),
        ("weights: 3", "weights must be a mapping"),
        ("batch: many", "batch must be a whole number"),
        ("batch: 2.5", "batch must be a whole number"),
        ("batch: true", "batch must be a whole number"),
        ("batch: 0", "batch must be more than 0"),
        ("learning_rate: 2e-4x", "learning_rate must be a number"),
        ("dropout: 1.0", "dropout must be less than 1"),
        ("held_out_phrases: 0", "held_out_phrases must be more than 0"),
        ("languages: [fr]", "languages must be a list of words of en, zh"),
        ("languages: []", "languages must be a list"),
        ("name: ../elsewhere", "name must be a name of letters"),
        ("targets: query", "targets must be a list of words"),
        ("- batch", "must be a mapping of settings"),
        ("batch: [1", "is not YAML"),
        ("", "must be a mapping of settings"),
    ],
)
def test_what_is_wrong_is_named(read, text, word):
    with pytest.raises(InvalidInputError, match=word):
        read(text)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_options("en", tmp_path / "none.yaml")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_weights_were_trained_with_settings_that_are_still_known(language):
    """Threads and minutes were those of the machine; all else is in the file."""
    folder = shipped("knowledge") / "models" / f"extraction-{language}"
    trained = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["settings"]
    options = read_options(language)

    assert {k for k in options if options[k] != trained[k]} <= {"threads", "minutes"}
    assert trained.keys() == options.keys()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--data", "nowhere"], "nowhere is not a folder"),
        (["--options", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["--options", str(SHIPPED["en"].with_name("card_en.md"))], "is not YAML"),
    ],
)
def test_the_command_says_in_a_line_what_is_wrong(arguments, word, capsys):
    assert main(["train", "extraction", *arguments]) == BAD_INPUT
    told = capsys.readouterr().err.strip()
    assert told.startswith("anamnesis: ")
    assert word in told
    assert "\n" not in told
