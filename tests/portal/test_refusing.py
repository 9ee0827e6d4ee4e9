"""Every error is a problem document that says what to do, repeats nothing, and loses nothing."""

import sqlite3

import pytest

CONSULTATIONS = "/api/v1/consultations"
SECRET = "zq-canary-headache"


def problem(answer, status, code):
    """Check a problem document and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:anamnesis:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert SECRET not in answer.text
    return body


def test_4001_characters_are_refused_and_the_consultation_is_as_before(client, opened):
    before = client.get(opened).json()
    answer = client.post(f"{opened}/turns", json={"kind": "say", "text": SECRET[0] * 4001})
    assert "4000 characters" in problem(answer, 422, "input-limit")["detail"]
    assert client.get(opened).json() == before
    allowed = client.post(f"{opened}/turns", json={"kind": "say", "text": "头" * 4000})
    assert allowed.status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": SECRET}, "/kind"),
        ({"kind": SECRET}, "/kind"),
        ({"kind": "say", "text": 5}, "/text"),
        ({"kind": "say", "text": SECRET, "voice": SECRET}, "/voice"),
        ({"kind": "answer", "severity": 11}, "/severity"),
        ({"kind": "answer", "answers": {"cough": SECRET}}, "/answers/cough"),
        ({"kind": "say", "text": SECRET, "key": "two words"}, "/key"),
        ({"kind": "language", "language": "fr"}, "/language"),
        ([SECRET], "/"),
    ],
)
def test_a_body_that_is_not_valid_is_named_part_by_part(client, opened, body, pointer):
    before = client.get(opened).json()
    answer = client.post(f"{opened}/turns", json=body)
    found = problem(answer, 422, "validation")
    assert pointer in [e["pointer"] for e in found["errors"]]
    assert client.get(opened).json() == before


@pytest.mark.parametrize(
    "turn",
    [
        {"kind": "say", "text": "  "},
        {"kind": "answer"},
        {"kind": "correct", "answers": {"no_such_finding": "present"}},
    ],
)
def test_a_turn_that_cannot_be_used_is_said(client, opened, turn):
    problem(client.post(f"{opened}/turns", json=turn), 422, "invalid-input")
    assert client.get(opened).json()["turns"] == 0


@pytest.mark.parametrize(
    "profile",
    [
        {"age_years": 126},
        {"age_years": -1},
        {"age_years": True},
        {"sex": SECRET},
        {"country": "gb"},
    ],
)
def test_a_profile_that_is_not_valid_is_said(client, profile):
    problem(client.post(CONSULTATIONS, json=profile), 422, "validation")


@pytest.mark.parametrize(
    "content", [b"{" + SECRET.encode(), b"", b'{"kind": "say"', b"\xff\xfe", b"[" * 20_000]
)
def test_a_body_that_is_no_json_is_said(client, opened, content):
    headers = {"Content-Type": "application/json"}
    answer = client.post(f"{opened}/turns", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code, answer.json()["type"].rpartition(":")[2])


def test_half_of_a_character_in_json_is_said(client, opened):
    headers = {"Content-Type": "application/json"}
    content = b'{"kind": "say", "text": "\\ud83e hello"}'
    answer = client.post(f"{opened}/turns", content=content, headers=headers)
    assert answer.status_code == 422
    assert client.get(opened).json()["turns"] == 0


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_another_media_type_is_refused(client, opened, kind):
    answer = client.post(f"{opened}/turns", content=b"{}", headers={"Content-Type": kind})
    problem(answer, 415, "media-type")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, opened):
    body = {"kind": "say", "text": SECRET * 20_000}
    problem(client.post(f"{opened}/turns", json=body), 413, "too-large")


def test_a_body_of_unknown_length_is_cut_off(client, opened):
    """Without a Content-Length, the bytes are counted as they come."""
    pieces = (b'{"kind": "say", "text": "' if n == 0 else b"x" * 10_000 for n in range(40))
    headers = {"Content-Type": "application/json"}
    problem(client.post(f"{opened}/turns", content=pieces, headers=headers), 413, "too-large")
    assert client.get(opened).json()["turns"] == 0


@pytest.mark.parametrize("length", ["-1", "ten", "١٢"])
def test_a_length_that_is_no_number_is_refused(client, opened, length):
    headers = {"Content-Type": "application/json", "Content-Length": length.encode()}
    answer = client.post(f"{opened}/turns", content=b"{}", headers=headers)
    problem(answer, 400, "bad-request")


@pytest.mark.parametrize("id", ["0" * 32, "nonsense", "..%2f..%2fetc", "%00", "%F0%9F%98%80"])
def test_an_unknown_id_is_not_found(client, id):
    path = f"{CONSULTATIONS}/{id}"
    turn = {"kind": "say", "text": SECRET}
    answers = [
        client.get(path),
        client.get(f"{path}/report"),
        client.delete(path),
        client.post(f"{path}/turns", json=turn),
    ]
    for answer in answers:
        assert answer.status_code in (404, 405)
        problem(answer, answer.status_code, answer.json()["type"].rpartition(":")[2])


def test_a_button_of_an_earlier_question_is_a_conflict(client, opened):
    turn = {"kind": "answer", "answers": {"cough": "present"}}
    problem(client.post(f"{opened}/turns", json=turn), 409, "conflict")


def test_an_unknown_form_of_the_report_is_refused(client, opened):
    answer = client.get(f"{opened}/report", headers={"Accept": "application/pdf"})
    assert "text/html" in problem(answer, 406, "not-acceptable")["detail"]


def test_nothing_else_is_there(client):
    problem(client.get("/api/v1/patients"), 404, "not-found")
    problem(client.put(CONSULTATIONS, json={}), 405, "method-not-allowed")
    problem(client.post(f"{CONSULTATIONS}/x/report"), 405, "method-not-allowed")


def test_whoever_asks_too_often_is_told_when_to_come_back(make_client):
    client = make_client(max_consultations_per_minute=3, max_turns_per_minute=4)
    ids = [client.post(CONSULTATIONS, json={}).json()["id"] for _ in range(3)]
    answer = client.post(CONSULTATIONS, json={})
    problem(answer, 429, "rate-limit")
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    turn = {"kind": "say", "text": "I have a headache"}
    path = f"{CONSULTATIONS}/{ids[0]}"
    codes = [client.post(f"{path}/turns", json=turn).status_code for _ in range(5)]
    assert codes == [200] * 4 + [429]
    assert client.get(path).json()["turns"] == 4
    assert [client.get(path).status_code for _ in range(8)].count(429) == 1


def test_the_page_has_its_limit_too(make_client):
    """Whoever is refused by the API must not come in by the page."""
    client = make_client(max_turns_per_minute=2)
    codes = [client.post("/gradio_api/queue/join", json={}).status_code for _ in range(5)]
    assert codes == [404] * 4 + [429]
    assert client.get("/healthz").status_code == 200


def test_a_locked_database_is_said_and_nothing_is_lost(client, opened, tmp_path):
    before = client.get(opened).json()
    writer = sqlite3.connect(tmp_path / "consultations.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    turn = {"kind": "say", "text": SECRET}
    answer = client.post(f"{opened}/turns", json=turn)
    problem(answer, 503, "store-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    writer.execute("ROLLBACK")
    writer.close()
    assert client.get(opened).json() == before
    assert client.post(f"{opened}/turns", json=turn).status_code == 200


def test_a_server_without_its_database_is_not_ready(client, tmp_path):
    writer = sqlite3.connect(tmp_path / "consultations.db", isolation_level=None)
    writer.execute("DROP TABLE turns")
    writer.execute("DROP TABLE consultations")
    writer.close()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert client.get("/healthz").status_code == 200
