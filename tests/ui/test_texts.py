"""The page's words: each one is used, and each one used is there."""

import re

import pytest

from assistant.errors import KnowledgeError
from assistant.paths import shipped
from assistant.records.terms import Language
from assistant.ui.texts import PageTexts

FOLDER = shipped("prompts")
SOURCES = [
    path.read_text(encoding="utf-8")
    for path in sorted(shipped("prompts").parent.joinpath("assistant/ui").rglob("*"))
    if path.suffix in (".py", ".js", ".html")
]
TEMPLATES = [source for source in SOURCES if source.lstrip().startswith(("{%", "{#", "<"))]
# Names that the code puts together from two parts.
COMPOSED = re.compile(
    r"^(is|not|where)_(title|text)$|^progress_|^attribute_|^example_\d$|_hint$|^voice_"
    r"|^pic_(grip_(nw|ne|sw|se)|level|width|likely|unsure|unlikely)$"
)


def test_every_line_is_used():
    """A text that nobody shows is a text that nobody keeps right."""
    for line in PageTexts(FOLDER).catalogue()["en"]:
        quoted = re.compile(rf"""["']{line}["']""")
        assert COMPOSED.search(line) or any(quoted.search(s) for s in SOURCES), line


def test_every_line_in_a_template_exists():
    """A missing text is an error in front of a patient."""
    lines = PageTexts(FOLDER).catalogue()["en"]
    for source in TEMPLATES:
        for line in re.findall(r'\bt\("(\w+)"(?!\s*~)', source):
            assert line in lines
        for line in re.findall(r'data-(?:t|label|placeholder)="(\w+)"', source):
            assert line in lines


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (0.25, "6 hours", "6 小时"),
        (1, "a day", "1 天"),
        (2.5, "2 days", "2 天"),
        (14, "2 weeks", "2 周"),
        (90, "3 months", "3 个月"),
        (1000, "3 years", "3 年"),
    ],
)
def test_durations_in_words(days, english, chinese):
    """ "For 90 days" is not how anybody says it."""
    words = PageTexts(FOLDER)
    assert words.lasting(days, Language.ENGLISH) == english
    assert words.lasting(days, Language.CHINESE) == chinese


def test_a_language_left_out_is_found_at_the_start(tmp_path):
    """A half-translated page must not reach a patient."""
    (tmp_path / "page.yaml").write_text("hello: {en: Hello}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="hello"):
        PageTexts(tmp_path)
