"""The pages for review say what the files say, and never lag behind them."""

from pathlib import Path

import pytest

from assistant.knowledge.pages import Pages, differing, write

DOCS = Path(__file__).parents[2] / "docs" / "conditions"


@pytest.fixture(scope="module")
def pages(knowledge):
    return Pages(knowledge)


def test_a_page_shows_numbers_both_languages_and_look_alikes(pages, knowledge):
    page = pages.page("gout")
    entry = knowledge.conditions["gout"]
    assert entry.name.en in page
    assert entry.name.zh in page
    assert entry.text.zh.what in page
    for finding, p in entry.findings.items():
        assert f"`{finding}`" in page
        assert f"| {p:.3g} |" in page
    assert page.count("nats apart") == 5


def test_pages_in_docs_are_up_to_date(pages):
    """A reviewer who reads an old number corrects the wrong thing."""
    assert differing(pages, DOCS) == []


def test_writing_mends_what_differs(tree, tmp_path):
    small = Pages(tree.load())
    folder = tmp_path / "pages"
    assert write(small, folder) == 4
    assert differing(small, folder) == []
    (folder / "lung" / "flu.md").write_text("old", encoding="utf-8")
    (folder / "lung" / "gone.md").write_text("no condition", encoding="utf-8")
    assert differing(small, folder) == ["lung/flu.md", "lung/gone.md"]
    write(small, folder)
    assert differing(small, folder) == []
