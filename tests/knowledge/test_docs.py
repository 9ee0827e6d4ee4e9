"""The examples that clinicians copy from the documentation have the right shape."""

import re
from pathlib import Path

import pytest
import yaml

from assistant.knowledge.schema import ConditionEntry, FindingEntry, RedFlagEntry

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("adding-a-condition.md", "adding-a-condition.zh-CN.md")


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_entries(page):
    """An example that does not pass the check teaches a mistake."""
    text = (DOCS / page).read_text(encoding="utf-8")
    condition, flags, findings = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", text, re.S))

    assert ConditionEntry.model_validate(condition)
    for flag in flags.values():
        assert RedFlagEntry.model_validate(flag)
    for finding in findings.values():
        assert FindingEntry.model_validate(finding)


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page):
    text = (DOCS / page).read_text(encoding="utf-8")

    for name in re.findall(r"`(knowledge/[\w/.]+\.yaml)`", text):
        assert (DOCS.parent / name).is_file(), name
