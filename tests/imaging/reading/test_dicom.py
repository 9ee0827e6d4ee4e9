"""DICOM: what is shown is what the header means, and nothing in it that names a person gets out."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from assistant.imaging.reading import PictureError, open_series, read_picture
from assistant.records.picture import Modality
from tests.imaging.reading.conftest import dicom, encoded, in_syntax

CANARY = "CANARY"


def reason(data):
    with pytest.raises(PictureError) as caught:
        read_picture(data)
    return caught.value.reason


def grey(picture):
    assert (picture.pixels[..., 0] == picture.pixels[..., 2]).all()
    return picture.pixels[..., 0]


def test_window_of_the_header_is_the_default(slope):
    """Grey 0 at the lower end of the window, 255 at the upper (PS3.3 C.11.2.1.2)."""
    series = open_series(dicom(slope, WindowCenter=500, WindowWidth=1001))
    shown = grey(series.frame())

    assert series.window == (500.0, 1001.0)
    assert (shown[slope <= 0] == 0).all()
    assert (shown[slope >= 1000] == 255).all()
    middle = shown[(slope > 450) & (slope < 550)]
    assert 110 < middle.mean() < 145


def test_a_chosen_window_is_used(slope):
    series = open_series(dicom(slope, Modality="CT", WindowCenter=40, WindowWidth=400))
    lung = next(preset for preset in series.presets if preset.id == "lung")
    picture = series.frame(window=lung.window)

    assert picture.window == (-600.0, 1500.0)
    assert (grey(picture)[slope > 150] == 255).all()
    assert series.adjustable
    assert {preset.id for preset in series.presets} >= {"stored", "lung", "bone", "brain"}


def test_no_window_is_guessed_and_said(slope):
    picture = read_picture(dicom(slope))

    assert "window_guessed" in picture.notes
    assert grey(picture).min() == 0
    assert grey(picture).max() == 255


@pytest.mark.parametrize("width", [0, -5])
def test_a_window_of_no_use_is_replaced(slope, width):
    """A black square is not a picture."""
    picture = read_picture(dicom(slope, WindowCenter=40, WindowWidth=width))

    assert grey(picture).std() > 20


def test_a_window_beside_the_picture_is_replaced(slope):
    picture = read_picture(dicom(slope, WindowCenter=90_000, WindowWidth=10))

    assert grey(picture).std() > 20


def test_rescale_comes_before_the_window(slope):
    stored = (slope + 1000).astype(np.uint16)
    shifted = dicom(stored, RescaleSlope=1, RescaleIntercept=-1000, WindowCenter=0, WindowWidth=500)

    assert np.array_equal(
        read_picture(shifted).pixels,
        read_picture(dicom(slope, WindowCenter=0, WindowWidth=500)).pixels,
    )


def test_monochrome1_is_turned_over(slope):
    """In MONOCHROME1 the least value is white: unturned, air is bone."""
    told = {"WindowCenter": 500, "WindowWidth": 3000}
    plain = grey(read_picture(dicom(slope, **told)))
    turned = grey(read_picture(dicom(slope, PhotometricInterpretation="MONOCHROME1", **told)))

    assert np.array_equal(turned, 255 - plain)


def test_sigmoid_is_followed(slope):
    told = {"WindowCenter": 500, "WindowWidth": 1000, "VOILUTFunction": "SIGMOID"}
    shown = grey(read_picture(dicom(slope, **told))).astype(float)
    expected = 255 / (1 + np.exp(-4 * (slope - 500.0) / 1000))

    assert np.abs(shown - expected).max() <= 1


@pytest.mark.parametrize("apart", [1, 2])
def test_a_table_of_grey_is_followed(apart):
    values = np.arange(256, dtype=np.uint8).repeat(16).reshape(64, 64)
    table = Dataset()
    table.LUTDescriptor = [256, 0, 8]
    table.LUTData = np.arange(255, -1, -1).astype(f"<u{apart}").tobytes()
    table["LUTData"].VR = "OW"
    picture = read_picture(dicom(values, VOILUTSequence=[table]))

    assert np.array_equal(grey(picture), 255 - values)


def test_a_palette_gives_its_colours():
    index = np.zeros((16, 16), np.uint8)
    index[8:] = 1
    told = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour, values in (("Red", (10, 200)), ("Green", (20, 150)), ("Blue", (30, 100))):
        told[f"{colour}PaletteColorLookupTableDescriptor"] = [2, 0, 8]
        told[f"{colour}PaletteColorLookupTableData"] = bytes(values)
    picture = read_picture(dicom(index, **told))

    assert tuple(picture.pixels[0, 0]) == (10, 20, 30)
    assert tuple(picture.pixels[15, 0]) == (200, 150, 100)
    assert picture.window is None


def test_ybr_becomes_red_green_blue(scene):
    luminance = np.asarray(Image.fromarray(scene).convert("YCbCr"))
    picture = read_picture(dicom(luminance, PhotometricInterpretation="YBR_FULL"))

    assert np.abs(picture.pixels.astype(int) - scene).max() <= 4


def test_padding_is_black_and_does_not_count():
    """Outside of a scanner's circle stands a number far below air."""
    values = np.full((64, 64), -2000, np.int16)
    values[16:48, 16:48] = np.arange(1024).reshape(32, 32)
    picture = read_picture(dicom(values, PixelPaddingValue=-2000))

    assert grey(picture)[0, 0] == 0
    assert picture.window is not None
    assert picture.window[0] - picture.window[1] / 2 > -50


def test_frames_come_one_by_one():
    frames = np.stack([np.full((20, 30), value, np.uint8) for value in range(0, 250, 50)])
    series = open_series(dicom(frames, WindowCenter=128, WindowWidth=256))

    assert series.frames == 5
    assert series.start == 2
    shown = [int(series.frame(i).pixels.mean()) for i in (4, 0, 2)]
    assert shown == [200, 0, 100]
    assert series.frame().frame == 2
    for wrong in (5, -1):
        with pytest.raises(PictureError, match="it has 5"):
            series.frame(wrong)
    with pytest.raises(PictureError, match="width"):
        series.frame(0, window=(0.0, 0.0))


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        (uid.JPEGLossless, lambda p: imagecodecs.ljpeg_encode(p, bitspersample=16)),
        (uid.JPEGLosslessSV1, lambda p: imagecodecs.ljpeg_encode(p, bitspersample=16)),
        (uid.JPEGLSLossless, imagecodecs.jpegls_encode),
        (uid.JPEG2000Lossless, lambda p: imagecodecs.jpeg2k_encode(p, codecformat="j2k", level=0)),
        (uid.HTJ2KLossless, lambda p: imagecodecs.htj2k_encode(p, reversible=True)),
        ("1.2.840.10008.1.2.4.110", lambda p: imagecodecs.jpegxl_encode(p, lossless=True)),
    ],
)
def test_packed_without_loss_is_as_unpacked(slope, syntax, encode):
    values = (slope + 1000).astype(np.uint16)
    told = {"WindowCenter": 1500, "WindowWidth": 3000}
    packed = dicom(values, uid.JPEGLossless, encapsulate([encode(values)]), **told)
    packed = in_syntax(packed, syntax)

    assert np.array_equal(read_picture(packed).pixels, read_picture(dicom(values, **told)).pixels)


def test_no_name_leaves_the_reader(slope):
    """Names, numbers, dates, comments and private blocks of the header, also deep inside."""
    item = Dataset()
    item.PatientName = f"{CANARY}^DEEP"
    item.WindowCenter, item.WindowWidth = 40, 400
    group = Dataset()
    group.FrameVOILUTSequence = [item]
    told = {
        "PatientName": f"{CANARY}^NAME",
        "PatientID": f"{CANARY}1",
        "PatientBirthDate": "19750302",
        "AccessionNumber": f"{CANARY}2",
        "InstitutionName": f"{CANARY} hospital",
        "StudyDescription": f"{CANARY} study",
        "ImageComments": f"{CANARY} comment",
        "BodyPartExamined": f"{CANARY} CHEST",
        "OtherPatientIDs": f"{CANARY}3",
        "ReferencedImageSequence": [item],
        "SharedFunctionalGroupsSequence": [group],
    }
    data = bytearray(dicom(slope, Modality="CT", **told))
    data[:6] = CANARY.encode()  # the preamble is free for anybody's words
    assert data.count(CANARY.encode()) >= 11

    series = open_series(bytes(data))

    assert CANARY.encode() not in series.data
    assert b"19750302" not in series.data
    assert CANARY not in repr(series)
    assert series.declared is Modality.CHEST_CT
    assert series.window == (40.0, 400.0)
    kept = dcmread(io.BytesIO(series.data))
    assert "StudyInstanceUID" not in kept
    assert kept.file_meta.MediaStorageSOPInstanceUID == "2.25.0"


@pytest.mark.parametrize(
    ("code", "part", "expected"),
    [
        ("CR", "CHEST", Modality.CHEST_XRAY),
        ("DX", "HAND", Modality.HAND_XRAY),
        ("CT", "THORAX", Modality.CHEST_CT),
        ("CT", "HEAD", Modality.HEAD_CT),
        ("MR", "BRAIN", Modality.BRAIN_MRI),
        ("MR", "KNEE", Modality.OTHER_MEDICAL),
        ("MG", "BREAST", Modality.OTHER_MEDICAL),
        ("US", "BREAST", Modality.BREAST_ULTRASOUND),
        ("CT", "", None),
        ("", "", None),
    ],
)
def test_what_the_header_claims_is_passed_on(slope, code, part, expected):
    assert read_picture(dicom(slope, Modality=code, BodyPartExamined=part)).declared is expected


def test_words_in_the_picture_are_warned_of(slope):
    assert "burned_in_text" in read_picture(dicom(slope, BurnedInAnnotation="YES")).notes
    assert "burned_in_text" not in read_picture(dicom(slope, BurnedInAnnotation="NO")).notes


def test_without_preamble_it_is_read_and_said(slope):
    """Some scanners write no preamble; what follows is plainly DICOM."""
    picture = read_picture(dicom(slope)[132:])

    assert picture.pixels.shape == (*slope.shape, 3)
    assert "odd_header" in picture.notes


def test_a_directory_is_refused(slope):
    data = dicom(slope).replace(b"1.2.840.10008.5.1.4.1.1.7\0", b"1.2.840.10008.1.3.10\0\0\0\0\0\0")

    assert reason(data) in ("dicomdir", "damaged")
    with pytest.raises(PictureError, match="table of contents"):
        read_picture(dicom(slope), "E:\\DICOMDIR")


def test_a_report_has_no_picture(slope):
    dataset = dcmread(io.BytesIO(dicom(slope)))
    del dataset.PixelData, dataset.Rows, dataset.Columns
    buffer = io.BytesIO()
    dataset.save_as(buffer)

    assert reason(buffer.getvalue()) == "no_pixels"


def test_video_and_unknown_packing_are_refused(slope):
    film = encapsulate([b"\0\0\0\1film"])

    assert reason(dicom(slope, uid.MPEG2MPML, film)) == "dicom_video"
    assert reason(dicom(slope, uid.UID("1.2.840.10008.1.2.4.94"), film)) == "syntax"


def test_a_picture_dressed_as_dicom_is_that_picture(scene):
    assert read_picture(encoded(scene), "scan.dcm").format == "png"
