"""Every sentence stands in both languages, with the same slots, and names no country's numbers."""

import re
import string
from pathlib import Path

import pytest
import yaml

from assistant.paths import shipped

FILES = sorted(shipped("prompts").glob("*.yaml"))
LINES = [
    pytest.param(words, id=f"{file.stem}.{line}")
    for file in FILES
    for line, words in yaml.safe_load(file.read_text(encoding="utf-8")).items()
]


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("words", LINES)
def test_line_is_authored_in_both_languages(words):
    """A slot missing in one language is a sentence that breaks in front of a patient."""
    assert set(words) == {"en", "zh"}
    assert slots(words["en"]) == slots(words["zh"])
    assert not re.search(r"[\u4e00-\u9fff]", words["en"])
    spoken = re.sub(r"\{\w+\}", "", words["en"])
    assert re.search(r"[\u4e00-\u9fff]", words["zh"]) or not re.search(r"[a-z]{4}", spoken)


@pytest.mark.parametrize("words", LINES)
def test_tone_is_calm(words):
    """No exclamation marks, no emoji, never "you have" a disease."""
    for text in words.values():
        assert "!" not in text
        assert "！" not in text
        assert not re.search(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", text)


def test_no_country_number_in_shared_texts(knowledge):
    """An ambulance number in a red flag's words would be wrong in every other country."""
    for flag in knowledge.red_flags.values():
        for text in (flag.do.en, flag.do.zh, flag.why.en, flag.why.zh):
            assert not re.search(r"(?<![\d/])(911|999|112|110|119|120|12356)(?!\d)", text), text


def test_every_country_has_its_numbers(knowledge):
    """Without a number to call, a crisis card is an empty page."""
    for country in knowledge.bundle.countries.values():
        assert re.search(r"\d", country.ambulance)
        assert country.crisis.en
        assert country.crisis.zh
    assert Path(shipped("knowledge") / "countries.yaml").is_file()
