"""Looking at a picture before it is sent, over HTTP."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.portal.pictures import NAME, dicom, png, series

CONSULTATIONS = "/api/v1/consultations"
BYTES = {"Content-Type": "application/octet-stream"}


def open_file(client, opened, data, name="a"):
    """Send a file to be looked at."""
    path = f"{opened}/previews"
    return client.post(path, params={"name": name}, content=data, headers=BYTES)


def pixels(answer):
    """Return the frame in an answer."""
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "no-store"
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"), int)


def test_a_photo_is_shown_as_it_is(client, opened):
    answer = open_file(client, opened, png())
    assert answer.status_code == 201
    view = answer.json()
    assert (view["frames"], view["window"], view["presets"]) == (1, None, [])
    shown = pixels(client.get(f"{opened}/previews/{view['token']}"))
    assert shown.shape == (48, 64)
    assert shown[24, 10] > 240
    assert shown[24, 55] < 15


def test_a_scan_is_shown_in_the_window_that_is_asked_for(client, opened):
    """Lung at -750 is black in a window of soft tissue and grey in one of the lung."""
    view = open_file(client, opened, dicom(), "ct.dcm").json()
    assert NAME not in str(view)
    assert view["window"] == [40.0, 400.0]
    presets = {preset["id"]: preset for preset in view["presets"]}
    assert presets["lung"]["name"] == "Lung"
    path = f"{opened}/previews/{view['token']}"
    lung = {"centre": presets["lung"]["centre"], "width": presets["lung"]["width"]}
    soft, airy = pixels(client.get(path)), pixels(client.get(path, params=lung))
    assert soft[48, 30] < 20
    assert 60 < airy[48, 30] < 160


def test_a_series_is_leafed_through(client, opened):
    """Its lungs grow from slice to slice."""
    view = open_file(client, opened, series(5), "scan.zip").json()
    assert (view["frames"], view["start"]) == (5, 2)
    path = f"{opened}/previews/{view['token']}"
    frames = [pixels(client.get(path, params={"frame": n})) for n in (0, 4)]
    dark = [(frame < 20)[30:66, 18:78].sum() for frame in frames]
    assert dark[1] > 1.2 * dark[0]
    beyond = client.get(path, params={"frame": 5})
    assert beyond.status_code == 422
    assert "5" in beyond.json()["detail"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_file_is_refused_in_the_patients_language(client, language):
    """And the consultation is as it was."""
    opened = client.post(CONSULTATIONS, json={"language": language})
    path = opened.headers["Location"]
    before = client.get(path).json()
    answer = open_file(client, path, b"Dear doctor, my head hurts.\n" * 20, "letter.txt")
    assert answer.status_code == 415
    problem = answer.json()
    assert problem["type"].endswith(":picture-text")
    assert problem["detail"].startswith({"en": "This is a text", "zh": "这是文字文件"}[language])
    assert client.get(path).json() == before


def test_nobody_sees_a_picture_of_another_consultation(client, opened):
    view = open_file(client, opened, png()).json()
    other = client.post(CONSULTATIONS, json={}).headers["Location"]
    for path in (f"{other}/previews/{view['token']}", f"{opened}/previews/guessed"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["type"].endswith(":no-preview")
    assert open_file(client, f"{CONSULTATIONS}/{'0' * 32}", png()).status_code == 404
    assert client.delete(f"{other}/previews/{view['token']}").status_code == 204
    assert client.get(f"{opened}/previews/{view['token']}").status_code == 200


def test_what_is_dropped_or_erased_is_gone(client, opened):
    view = open_file(client, opened, png()).json()
    path = f"{opened}/previews/{view['token']}"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    view = open_file(client, opened, png()).json()
    client.delete(opened)
    assert client.get(f"{opened}/previews/{view['token']}").status_code == 404


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client, opened):
    headers = {**BYTES, "Content-Length": "64000001"}
    answer = client.post(f"{opened}/previews", content=b"x", headers=headers)
    assert answer.status_code == 413
    assert "64000000" in answer.json()["detail"]


def test_a_server_that_looks_at_no_pictures_has_no_such_address(make_client):
    client = make_client(imaging=False)
    opened = client.post(CONSULTATIONS, json={}).headers["Location"]
    assert open_file(client, opened, png()).status_code in (404, 405)
