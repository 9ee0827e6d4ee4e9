"""The doors that Gradio leaves open by itself are closed here."""

import pytest
from starlette.testclient import TestClient

from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Language


@pytest.fixture(scope="module")
def client(ui_service, ui_settings):
    """Return a client of an app of its own: when it ends, so does the queue of that app."""
    from assistant.portal import create_app
    from assistant.ui.mounting import mount_chat

    app = mount_chat(create_app(ui_service, ui_settings), ui_service, ui_settings)
    with TestClient(app) as running:
        yield running


@pytest.fixture
def consultation(ui_service) -> str:
    """Return a consultation in which something was said."""
    opened = ui_service.open(Profile(age_years=34, language=Language.ENGLISH)).consultation.id
    said = Turn(kind=TurnKind.SAY, text="<b>headache</b> since yesterday")
    return ui_service.turn(opened, said).consultation.id


def test_page_is_quiet(client):
    """No history in the browser, no footer, no statistics, no addresses of others."""
    config = client.get("/config").json()
    assert config["run_history"] is False
    assert config["footer_links"] == []
    assert config["analytics_enabled"] is False
    assert config["show_error"] is False
    assert config["title"].startswith("Anamnesis")
    assert "fonts.googleapis" not in client.get("/theme.css").text


def test_events_cannot_be_called_as_an_api(client):
    """The page's one event is for the page."""
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}


@pytest.mark.parametrize("path", ["/monitoring", "/monitoring/summary", "/gradio_api/runs"])
def test_nothing_watches_the_patients(client, path):
    """Neither times nor words of the talks are shown to anybody."""
    answer = client.get(path)
    assert answer.status_code >= 400 or "function" not in answer.text


def test_upload_is_limited(client):
    """The page takes no files: a large one is refused."""
    sent = client.post("/gradio_api/upload", files={"files": ("a.bin", b"0" * 2_000_000)})
    assert sent.status_code == 413


def test_headers_let_nothing_in(client):
    """The policy under which the page works forbids every other origin."""
    headers = client.get("/").headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_report_is_read_with_the_id_alone(client, consultation):
    """The id in the body of a POST opens the report; it is stored nowhere on the way."""
    view = client.post("/chat/report", data={"consultation": consultation, "form": "view"})
    assert view.status_code == 200
    assert "no-store" in view.headers["cache-control"]
    assert "<b>headache</b>" not in view.text
    for form, ending in (("html", ".html"), ("text", ".txt")):
        kept = client.post("/chat/report", data={"consultation": consultation, "form": form})
        assert ending in kept.headers["content-disposition"]


def test_report_is_for_its_owner(client, consultation):
    """A guessed id, or a form on another site, gets nothing."""
    assert client.post("/chat/report", data={"consultation": "0" * 32}).status_code == 404
    foreign = client.post(
        "/chat/report",
        data={"consultation": consultation},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert foreign.status_code == 403
    assert client.get(f"/chat/report?consultation={consultation}").status_code in (404, 405)


def test_resent_act_counts_once_and_only_from_here(client, ui_service, consultation):
    """After a lost connection the act comes again, with its key; nobody else may send one."""
    before = ui_service.get(consultation).turns
    sent = {
        "kind": "say",
        "key": "again",
        "consultation": consultation,
        "language": "en",
        "text": "and a cough",
    }
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post("/chat/act", json=sent, headers=foreign).status_code == 403
    assert client.post("/chat/act", content=b"{").status_code == 400
    assert client.post("/chat/act", content=b"0" * 500_000).status_code == 413
    assert client.post("/chat/act", json=sent).status_code == 204
    assert client.post("/chat/act", json=sent).status_code == 204
    assert ui_service.get(consultation).turns == before + 1
    assert client.post("/chat/act", json=sent | {"consultation": "0" * 32}).status_code == 409
