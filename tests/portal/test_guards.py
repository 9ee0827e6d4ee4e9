"""What stands around the app: headers, hosts, origins, logs."""

import logging

import pytest
from starlette.testclient import TestClient

from assistant.portal.accepting import NotAcceptableError, preferred
from assistant.portal.privacy import WithoutIds
from assistant.portal.rates import RateLimit

CONSULTATIONS = "/api/v1/consultations"
SECRET = "zq-canary-headache"


def test_every_answer_carries_the_security_headers(client, opened):
    """Errors as well: a page that may be framed once may be framed by anybody."""
    answers = [
        client.get("/healthz"),
        client.get(opened),
        client.get("/api/v1/none"),
        client.post(CONSULTATIONS, content=b"x", headers={"Content-Type": "text/plain"}),
        client.get("/healthz", headers={"Host": "evil.example"}),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self' https://portal.example" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    assert [a.headers.get("Cache-Control") for a in answers[1:4]] == ["no-store"] * 3


def test_the_page_may_do_what_gradio_needs_and_the_api_nothing(client, opened):
    page, api = (
        client.get(path).headers["Content-Security-Policy"] for path in ("/healthz", opened)
    )
    assert page.startswith("script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self'")
    assert api.startswith("default-src 'none'")
    assert "script-src" not in api


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:7860"}, 200),
        ({"Host": "LOCALHOST"}, 200),
        ({"Host": "evil.example"}, 400),
        ({"Host": "localhost.evil.example"}, 400),
        ({"Host": ""}, 400),
        ({"X-Forwarded-Host": "localhost"}, 200),
        ({"X-Forwarded-Host": "evil.example"}, 400),
        ({"X-Forwarded-Host": "localhost, evil.example"}, 400),
    ],
)
def test_only_our_hosts_are_answered_for(client, headers, status):
    assert client.get("/healthz", headers=headers).status_code == status


def test_wildcards_and_addresses_are_hosts(make_client):
    client = make_client(allowed_hosts=("*.clinic.example", "[::1]", "testserver"))
    for host, status in (
        ("a.clinic.example", 200),
        ("clinic.example", 400),
        ("[::1]:7860", 200),
        ("[::1]", 200),
        ("[::2]", 400),
    ):
        assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", [CONSULTATIONS, f"/care{CONSULTATIONS}"])
def test_the_guards_stand_below_a_path_as_well(make_client, path):
    """A proxy may cut the path off or leave it."""
    client = TestClient(make_client(max_consultations_per_minute=1).app, root_path="/care")
    answers = [client.post(path, json={}) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 429]
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answers[0].headers["Content-Security-Policy"]


def test_only_the_portal_may_call_from_its_pages(client):
    asked = {"Access-Control-Request-Method": "POST"}
    ours = client.options(CONSULTATIONS, headers={"Origin": "https://portal.example", **asked})
    assert ours.headers["Access-Control-Allow-Origin"] == "https://portal.example"
    assert "Access-Control-Allow-Credentials" not in ours.headers
    for origin in ("https://evil.example", "null"):
        theirs = client.get("/healthz", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in theirs.headers


def test_no_log_line_holds_an_id_or_a_word_of_the_patient(client, opened, caplog):
    """An id in a log is a key under the doormat."""
    caplog.set_level(logging.DEBUG)
    id = opened.rpartition("/")[2]
    for body in ({"kind": "say", "text": SECRET}, {"kind": SECRET}, {"kind": "say", "x": SECRET}):
        client.post(f"{opened}/turns", json=body)
    client.get(f"{opened}/report")
    client.get(f"{opened}/{SECRET}")
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    lines = [r.getMessage() for r in ours if r.name == "anamnesis.access"]
    assert any("/api/v1/consultations/{consultation_id}/turns 200" in line for line in lines)
    for record in ours:
        assert id not in record.getMessage()
        assert SECRET not in record.getMessage()


def test_an_error_that_nobody_expected_is_answered_without_its_words(
    client, opened, monkeypatch, caplog
):
    def broken(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("assistant.portal.api.render_html", broken)
    answer = client.get(f"{opened}/report", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:anamnesis:problem:internal"
    assert SECRET not in answer.text
    assert SECRET not in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Content-Security-Policy" in answer.headers


def test_uvicorn_logs_no_ids():
    id = "0123456789abcdef" * 2
    path = f"/api/v1/consultations/{id}/turns?x={id}"
    parts = ("::1", "GET", path, "1.1", 200)
    line = '%s - "%s %s HTTP/%s" %d'
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, line, parts, None)
    assert WithoutIds().filter(record)
    assert id not in record.getMessage()
    assert "/api/v1/consultations/…/turns" in record.getMessage()


def test_tokens_come_back_with_time():
    now = 0.0
    limit = RateLimit(2, clock=lambda: now)
    assert [limit.take("10.0.0.1") for _ in range(3)] == [0.0, 0.0, 30.0]
    assert limit.take("10.0.0.2") == 0.0
    now = 30.0
    assert limit.take("10.0.0.1") == 0.0
    assert limit.take("10.0.0.1") == 30.0


def test_one_network_is_one_address_and_the_memory_is_bounded():
    limit = RateLimit(1, clock=lambda: 0.0)
    assert limit.take("2001:db8:0:1::1") == 0.0
    assert limit.take("2001:db8:0:1::ffff") > 0
    assert limit.take("2001:db8:0:2::1") == 0.0
    for n in range(11_000):
        limit.take(f"10.0.{n // 256}.{n % 256}")
    assert len(limit._buckets) == 10_000


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/plain; q=0.5, text/html; q=0.4", "text/plain"),
        ("text/html;q=x, TEXT/PLAIN", "text/plain"),
        ("application/json;q=0, */*", "text/html"),
    ],
)
def test_the_form_that_is_wanted_most_is_given(accept, form):
    assert preferred(accept) == form


@pytest.mark.parametrize("accept", ["application/pdf", "*/*;q=0", "image/*, audio/*", ";"])
def test_a_form_that_is_not_offered_is_said(accept):
    with pytest.raises(NotAcceptableError):
        preferred(accept)


def test_a_client_that_keeps_a_body_back_is_not_waited_for(client, opened, monkeypatch):
    """Slow senders must not hold the server."""
    monkeypatch.setattr("assistant.portal.guards.API_SECONDS", 0.2)
    assert isinstance(client, TestClient)
    answer = _send_half_a_body(client.app, f"{opened}/turns")
    assert answer == 408


def _send_half_a_body(app, path):
    """Run one request whose body never ends; return the status.

    In a thread of its own: where browser tests ran before, this one already has an event loop.
    """
    from concurrent.futures import ThreadPoolExecutor

    import anyio

    sent, first = [], [{"type": "http.request", "body": b'{"kind"', "more_body": True}]

    async def receive():
        if first:
            return first.pop()
        await anyio.sleep_forever()

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "scheme": "http",
        "query_string": b"", "headers": headers, "client": ("10.9.9.9", 1), "root_path": "",
        "http_version": "1.1", "server": ("testserver", 80), "asgi": {"version": "3.0"},
    }  # fmt: skip
    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, app, scope, receive, send).result()
    return sent[0]["status"]
