"""A series as a zip: in the order of the body, whole, one series, nobody's name."""

import io
import random
import zipfile

import numpy as np
import pytest

from assistant.imaging.reading import Limits, PictureError, open_series
from assistant.records.picture import Modality
from tests.imaging.reading.conftest import dicom, encoded


def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as bundle:
        for name, data in members:
            bundle.writestr(name, data)
    return buffer.getvalue()


def slices(places, series="1.2.3", **told):
    """Return one DICOM a place, as bright as its rank, in no order, with numbers that mislead."""
    made = []
    for rank, place in enumerate(places):
        values = np.full((24, 32), 10 * rank, np.uint8)
        header = {
            "SeriesInstanceUID": series,
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "ImagePositionPatient": [-10, -10, place],
            "InstanceNumber": 99 - rank,
            "WindowCenter": 128,
            "WindowWidth": 256,
            "PatientName": "CANARY^ZIP",
        }
        made.append((f"CANARY/IM{rank}", dicom(values, **{**header, **told})))
    random.Random(3).shuffle(made)
    return made


def shades(series):
    return [int(series.frame(i).pixels.mean()) for i in range(series.frames)]


def reason(data, **limits):
    with pytest.raises(PictureError) as caught:
        open_series(data, "scan.zip", Limits(**limits))
    return caught.value.reason


def test_slices_stand_in_the_order_of_the_body():
    """Out of order, scrolling shows a lesion that comes and goes."""
    series = open_series(zipped(slices([-20, -15, -10, -5, 0])))

    assert series.format == "dicom"
    assert series.frames == 5
    assert shades(series) == [0, 10, 20, 30, 40]
    assert "slices_missing" not in series.notes
    assert b"CANARY" not in series.data


def test_a_series_says_what_its_header_says_as_a_single_file_does():
    """Else a CT has no lung window, and a picture that declares another kind is not caught."""
    told = {"Modality": "CT", "BodyPartExamined": "CHEST"}
    [(_, alone), *_] = slices([0], **told)
    single = open_series(alone, "one.dcm")
    series = open_series(zipped(slices([-5, 0, 5], **told)))

    assert single.declared is Modality.CHEST_CT
    assert series.declared is single.declared
    assert series.frame().declared is single.declared
    assert [p.id for p in series.presets] == [p.id for p in single.presets]
    assert "lung" in {p.id for p in series.presets}


def test_a_gap_is_said():
    assert "slices_missing" in open_series(zipped(slices([0, 5, 10, 20, 25]))).notes


def test_a_damaged_slice_is_left_out_and_said():
    made = slices([0, 5, 10, 15])
    made[1] = (made[1][0], made[1][1][:-200])
    series = open_series(zipped(made))

    assert series.frames == 3
    assert "slices_missing" in series.notes


def test_of_two_series_the_larger_is_taken_and_that_is_said():
    other = [(f"other/{name}", data) for name, data in slices([0, 5], series="9.9")]
    series = open_series(zipped(slices([0, 5, 10]) + other))

    assert series.frames == 3
    assert "largest_series" in series.notes


def test_pictures_are_sorted_by_their_names_as_people_count():
    made = [
        (f"scan/slice{n}.png", encoded(np.full((20, 20, 3), n, np.uint8))) for n in (10, 9, 100)
    ]
    series = open_series(zipped(made))

    assert shades(series) == [9, 10, 100]
    assert "order_by_name" in series.notes
    assert not series.adjustable


def test_what_lies_about_is_passed_over():
    rest = [
        ("__MACOSX/._IM0", b"junk"),
        (".DS_Store", b"\0\0\0"),
        ("DICOMDIR", b"junk"),
        ("README.txt", b"hello"),
        ("thumb.png", encoded(np.zeros((20, 20, 3), np.uint8))),
    ]

    assert open_series(zipped(slices([0, 5, 10]) + rest)).frames == 3


def test_names_in_a_zip_are_no_paths():
    """A zip that writes outside of its folder."""
    made = [("../../../tmp/evil.dcm", slices([0])[0][1]), ("/etc/x.dcm", slices([5])[0][1])]

    assert open_series(zipped(made)).frames == 2


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped([(f"{n}.dcm", bytes(40_000_000)) for n in range(8)])
    assert len(bomb) < 1_000_000

    assert reason(bomb) == "unpacked_too_large"


def test_a_zip_that_lies_about_its_sizes_gains_nothing():
    """The reader stops at the declared size and compares the checksum."""
    data = bytearray(zipped([("a.dcm", bytes(5_000_000))]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1_000).to_bytes(4, "little")

    assert reason(bytes(data)) in ("damaged", "zip_without_pictures")


def test_limits_on_slices():
    made = zipped(slices([0, 5, 10, 15]))

    assert reason(made, most_frames=3) == "too_many_frames"


@pytest.mark.parametrize(
    "members",
    [[], [("a.txt", b"hello there")], [("inner.zip", zipped([("a", b"b")]))], [("x.docx", b"PK")]],
)
def test_a_zip_without_pictures_is_refused(members):
    assert reason(zipped(members)) == "zip_without_pictures"


def test_a_locked_zip_is_refused():
    data = bytearray(zipped(slices([0, 5])))
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1

    assert reason(bytes(data)) == "zip_encrypted"
