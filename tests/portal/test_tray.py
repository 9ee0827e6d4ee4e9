"""What waits on the tray: for one consultation only, briefly, and within a bound."""

import pytest

from assistant.imaging.reading import open_series
from assistant.portal.tray import LASTING, PictureGoneError, Tray
from tests.portal.pictures import png


@pytest.fixture(scope="module")
def opened():
    return open_series(png(), "a.png")


def test_a_picture_is_found_through_its_own_consultation_only(opened):
    """One patient's picture must not be a token away from another's."""
    tray = Tray()
    token = tray.put("one", opened)
    assert tray.get("one", token) is opened
    for consultation, asked in (("two", token), ("one", "guessed")):
        with pytest.raises(PictureGoneError):
            tray.get(consultation, asked)


def test_what_is_left_alone_is_forgotten(opened):
    now = [0.0]
    tray = Tray(clock=lambda: now[0])
    token = tray.put("one", opened)
    now[0] = LASTING - 1
    tray.get("one", token)  # it is being looked at: its time begins anew
    now[0] = 2 * LASTING - 2
    tray.get("one", token)
    now[0] = 4 * LASTING
    with pytest.raises(PictureGoneError):
        tray.get("one", token)


def test_a_consultation_has_few_pictures_waiting(opened):
    """Somebody who opens a thousand pictures must not fill the memory."""
    tray = Tray()
    tokens = [tray.put("one", opened) for _ in range(5)]
    other = tray.put("two", opened)
    for gone in tokens[:-2]:
        with pytest.raises(PictureGoneError):
            tray.get("one", gone)
    assert tray.get("one", tokens[-1])
    assert tray.get("two", other)


def test_what_is_dropped_is_gone_and_nothing_else(opened):
    tray = Tray()
    first, second = tray.put("one", opened), tray.put("one", opened)
    other = tray.put("two", opened)
    tray.drop("one", first)
    tray.drop("one", "never there")
    assert tray.get("one", second)
    tray.drop("one")
    with pytest.raises(PictureGoneError):
        tray.get("one", second)
    assert tray.get("two", other)


def test_all_that_waits_has_a_bound(opened, monkeypatch):
    monkeypatch.setattr("assistant.portal.tray._MOST_BYTES", 2 * len(opened.data))
    tray = Tray()
    tokens = {name: tray.put(name, opened) for name in ("one", "two", "three")}
    with pytest.raises(PictureGoneError):
        tray.get("one", tokens["one"])
    assert tray.get("three", tokens["three"])
