"""Pictures over HTTP: a turn, a look, the copies, and every refusal as a problem document."""

import json

import pytest

from tests.pictures.spots import club_logo, png, spot

CONSULTATIONS = "/api/v1/consultations"
PNG = {"content-type": "image/png"}


@pytest.fixture
def opened(client):
    answer = client.post(CONSULTATIONS, json={"age_years": 52})
    return f"{CONSULTATIONS}/{answer.json()['id']}"


def send(client, path, data, kind="image/png", **headers):
    sent = {"content-type": kind, **headers}
    return client.post(f"{path}/turns", content=data, headers=sent)


def test_a_picture_is_a_turn(client, opened):
    answer = send(client, opened, png(spot(1)), **{"idempotency-key": "a1"})

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["picture"]["modality"] == "dermoscopy"
    assert body["picture"]["findings"][0]["label"] == "mel"
    assert body["picture"]["findings"][0]["verdict"] == "likely"
    assert body["picture"]["number"] == body["turns"] == 1
    assert body["reply"]["findings"][0]["origin"] == "picture"
    assert body["reply"]["pictures"][0]["number"] == 1
    again = send(client, opened, png(spot(1)), **{"idempotency-key": "a1"})
    assert again.json()["picture"] == body["picture"]
    assert again.json()["turns"] == 1


def test_copies_are_served_and_go_with_the_picture(client, opened):
    send(client, opened, png(spot(1)))
    for path in ("/pictures/1", "/pictures/1/heatmap"):
        answer = client.get(opened + path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content[8:12] == b"WEBP"
    assert client.get(opened + "/pictures/2").status_code == 404
    other = client.post(CONSULTATIONS, json={}).json()["id"]
    assert client.get(f"{CONSULTATIONS}/{other}/pictures/1").status_code == 404

    taken = client.post(f"{opened}/turns", json={"kind": "correct", "pictures": [1]})
    assert taken.status_code == 200
    assert taken.json()["reply"]["pictures"] == []
    assert client.get(opened + "/pictures/1").status_code == 404


def test_the_report_as_data_holds_the_reading(client, opened):
    send(client, opened, png(spot(1)))
    report = client.get(f"{opened}/report").json()

    shown = report["pictures"][0]
    assert shown["model"] == "drawn-spots-1"
    assert shown["findings"][0]["sensitivity"] == 0.8
    assert shown["limits"]
    assert "base64" not in json.dumps(report)


def test_a_refused_picture_is_answered_in_the_talk(client, opened):
    answer = send(client, opened, png(club_logo()))

    assert answer.status_code == 200
    assert answer.json()["picture"]["refused"] == "not_medical"
    assert answer.json()["picture"]["number"] is None
    assert answer.json()["reply"]["findings"] == []


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"x" * 2_000_001, "image/png", 413),
        (b"GIF but not really", "image/gif", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415),
        (png(spot(1))[:900], "image/png", 422),
        (b"", "image/png", 422),
        (png(spot(1)), "text/plain", 415),
    ],
)
def test_a_file_that_is_not_taken_is_a_problem_document(client, opened, data, kind, status):
    answer = send(client, opened, data, kind)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20
    assert client.get(opened).json()["turns"] == 0


def test_a_refusal_speaks_the_language_of_the_consultation(client):
    opened = client.post(CONSULTATIONS, json={"language": "zh"}).json()["id"]
    answer = send(client, f"{CONSULTATIONS}/{opened}", b"not a picture at all")

    assert answer.status_code == 415
    assert "图片" in answer.json()["detail"]


def test_a_picture_is_looked_at_without_a_consultation(client, store):
    answer = client.post("/api/v1/look?heatmap=true", content=png(spot(1)), headers=PNG)

    assert answer.status_code == 200, answer.text
    assert answer.json()["findings"][0]["name"] == "melanoma"
    assert answer.json()["heatmap"].startswith("data:image/webp;base64,")
    assert store.count() == 0
    chinese = client.post("/api/v1/look?language=zh", content=png(spot(1)), headers=PNG)
    assert chinese.json()["findings"][0]["name"] == "黑色素瘤"
    assert chinese.json()["heatmap"] is None


@pytest.mark.parametrize("query", ["frame=7", "window=1", "window=a,b", "window=0,-1"])
def test_a_frame_or_window_that_is_none_is_said(client, query):
    answer = client.post(f"/api/v1/look?{query}", content=png(spot(1)), headers=PNG)

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_look_needs_a_picture(client):
    answer = client.post("/api/v1/look", json={"a": 1})
    assert answer.status_code == 415


def test_a_client_cannot_make_a_reading_up(client, opened):
    """A reading comes from a picture that was looked at here, never from the body."""
    made_up = {"kind": "picture", "reading": {"modality": "dermoscopy"}}
    assert client.post(f"{opened}/turns", json=made_up).status_code == 422
    assert client.post(f"{opened}/turns", json={"kind": "picture"}).status_code == 422


def test_an_unknown_consultation_is_404(client):
    assert send(client, f"{CONSULTATIONS}/{'0' * 32}", png(spot(1))).status_code == 404


def test_openapi_tells_of_pictures(client):
    document = client.get("/api/v1/openapi.json").json()
    turn = document["paths"][f"{CONSULTATIONS}/{{consultation_id}}/turns"]["post"]

    assert "image/*" in turn["requestBody"]["content"]
    assert "PictureTurnView" in document["components"]["schemas"]
    assert "image/*" in document["paths"]["/api/v1/look"]["post"]["requestBody"]["content"]
    assert f"{CONSULTATIONS}/{{consultation_id}}/pictures/{{number}}/heatmap" in document["paths"]
