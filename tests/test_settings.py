"""Every setting is documented, and every documented setting exists."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


def test_page_and_code_name_the_same_settings():
    """An operator must be able to trust the page."""
    headings = set(re.findall(r"^## ANAMNESIS_(\w+)$", PAGE.read_text(encoding="utf-8"), re.M))

    assert headings == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_setting_says_what_it_is(name):
    """The description in the code is the one on the page."""
    described = Settings.model_fields[name].description

    assert described
    assert described in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("COUNTRY", "England"), ("LANGUAGE", "fr"), ("THREADS", "0"), ("INDEX", "x")],
)
def test_impossible_value_is_refused(monkeypatch, name, value):
    """A typing error must not start a server that behaves otherwise than thought."""
    monkeypatch.setenv(f"ANAMNESIS_{name}", value)

    with pytest.raises(ValidationError):
        Settings()


def test_environment_overrides_default(monkeypatch, tmp_path):
    """Where the store lies follows the data folder."""
    monkeypatch.setenv("ANAMNESIS_DATA_DIR", str(tmp_path))

    assert Settings().store_url == f"sqlite:///{tmp_path / 'consultations.db'}"
