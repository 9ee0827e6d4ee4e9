"""Model cards as pages: read by a patient, escaped, and only those that ship."""

import pytest
from starlette.testclient import TestClient

from assistant.ui.cards import cards
from assistant.ui.markdown import to_html


@pytest.fixture(scope="module")
def client(ui_app):
    return TestClient(ui_app)


def test_every_card_is_a_page(client, ui_settings):
    """Each with its title, as HTML that runs nothing."""
    known = cards(ui_settings.knowledge_dir / "models")
    assert "extraction-en" in known
    for name in known:
        answer = client.get(f"/chat/models/{name}")
        assert answer.status_code == 200
        assert "<h1>" in answer.text or "<h2>" in answer.text, name
        assert "<script" not in answer.text
        assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["none", "..%2f..%2fREADME", "manifest.json", "%2e%2e"])
def test_nothing_else_is_served(client, name):
    answer = client.get(f"/chat/models/{name}", params={"language": "zh"}, follow_redirects=False)
    assert answer.status_code in (404, 307)
    assert "Anamnesis (Greek" not in answer.text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("## A & b", "<h2>A &amp; b</h2>"),
        ("one\ntwo\n\nthree", "<p>one two</p>\n<p>three</p>"),
        ("Said:\n- a\n- b\n  c", "<p>Said:</p>\n<ul><li>a</li><li>b c</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("```\n<b>*x*\n```", "<pre><code>&lt;b&gt;*x*</code></pre>"),
        ("`a*b` and **c**", "<p><code>a*b</code> and <strong>c</strong></p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](x.json)", "<p>a</p>"),
        (
            '[a](https://b.example/"on="x)',
            '<p><a href="https://b.example/&quot;on=&quot;x" rel="noopener noreferrer">a</a></p>',
        ),
        (
            "| a | b |\n|---|---:|\n| 1 | `2` |",
            '<div><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
            "<tbody><tr><td>1</td><td><code>2</code></td></tr></tbody></table></div>",
        ),
    ],
)
def test_only_a_little_markdown_is_read(text, html):
    """A card can bring no element of its own, whoever wrote it."""
    assert to_html(text) == html
