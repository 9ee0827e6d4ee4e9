"""Files made to harm: each is refused in words, in time and in memory, and the next one is read."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid
from pydicom.encaps import encapsulate

from assistant.imaging.reading import Limits, PictureError, open_series, read_picture
from assistant.imaging.reading.workshop import shared_workshop
from tests.imaging.reading.conftest import dicom, encoded, in_syntax
from tests.imaging.reading.test_bundles import slices, zipped

GREY = np.arange(40 * 40, dtype=np.uint16).reshape(40, 40)
COLOUR = np.arange(40 * 40 * 3, dtype=np.uint16).reshape(40, 40, 3).astype(np.uint8)
WHOLE = {
    "png": encoded(COLOUR),
    "jpeg": encoded(COLOUR, "JPEG"),
    "webp": encoded(COLOUR, "WEBP"),
    "native": dicom(GREY, WindowCenter=800, WindowWidth=1600),
    "jls": dicom(GREY, uid.JPEGLSLossless, encapsulate([imagecodecs.jpegls_encode(GREY)])),
    "j2k": dicom(
        GREY,
        uid.JPEG2000Lossless,
        encapsulate([imagecodecs.jpeg2k_encode(GREY, codecformat="j2k", level=0)]),
    ),
    "lossless": dicom(
        GREY, uid.JPEGLossless, encapsulate([imagecodecs.ljpeg_encode(GREY, bitspersample=16)])
    ),
    "zip": zipped(slices([0, 5, 10])),
}


def refused(data, **limits):
    with pytest.raises(PictureError) as caught:
        read_picture(data, "x", Limits(**limits))
    return caught.value.reason


def attempted(data):
    """Read, or be refused; anything else fails the test."""
    try:
        return read_picture(data)
    except PictureError as error:
        return error


@pytest.mark.parametrize("kind", WHOLE)
@settings(max_examples=25)
@given(data=st.data())
def test_cut_or_changed_files_raise_nothing_else(kind, data):
    """Cut at any place, or with bytes changed: a picture or a refusal, never a crash."""
    whole = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    attempted(bytes(whole[:cut] if data.draw(st.booleans()) else whole))


@settings(max_examples=25)
@given(
    st.sampled_from([b"", bytes(128) + b"DICM", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"RIFF"]),
    st.binary(),
)
def test_noise_behind_a_true_beginning_is_refused(start, noise):
    assert isinstance(attempted(start + noise), PictureError)


def test_sequences_ten_thousand_deep_are_refused():
    """Each level calls the reader again."""
    deep = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    deep += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    data = dicom(GREY)
    assert refused(data[:-4] + deep * 10_000) in ("damaged", "too_heavy", "no_pixels")


def test_a_length_beyond_the_end_is_refused():
    data = dicom(GREY)
    at = data.rindex(b"\xe0\x7f\x10\x00OW")
    assert refused(data[: at + 8] + b"\xfe\xff\xff\xff" + data[at + 12 :]) in (
        "damaged",
        "no_pixels",
    )


def test_millions_of_small_elements_stay_within_limits():
    """Eight bytes in the file are hundreds in a reader's memory."""
    element = struct.pack("<HH2sH", 0x0009, 0x1000, b"LO", 0)
    parts = np.frombuffer(element * 3_000_000, np.uint8).reshape(-1, 8).copy()
    parts[:, :2].view("<u2")[:, 0] = 0x0009 + 2 * (np.arange(len(parts)) // 60_000)
    parts[:, 2:4].view("<u2")[:, 0] = 0x1000 + np.arange(len(parts)) % 60_000
    head = dicom(GREY)
    group8 = head.index(b"\x08\x00\x16\x00")
    reason = refused(head[:group8] + parts.tobytes(), most_seconds=5, most_memory=500_000_000)

    assert reason in ("too_heavy", "too_slow", "no_pixels", "crashed")
    assert attempted(WHOLE["native"]).pixels.shape == (40, 40, 3)


def test_a_header_that_promises_a_wall_is_refused():
    assert refused(dicom(GREY, Rows=60_000, Columns=60_000)) == "too_many_pixels"
    assert refused(dicom(GREY, NumberOfFrames=100_000)) == "too_many_frames"


def test_a_codestream_larger_than_its_header_says():
    """Rows says 40, the JPEG 2000 inside says 60,000: a decoder that trusts it takes gigabytes."""
    stream = bytearray(imagecodecs.jpeg2k_encode(GREY, codecformat="j2k", level=0))
    at = stream.index(b"\xff\x51") + 6
    for offset in (0, 4, 16, 20):
        stream[at + offset : at + offset + 4] = (60_000).to_bytes(4, "big")
    reason = refused(dicom(GREY, uid.JPEG2000Lossless, encapsulate([bytes(stream)])))

    assert reason in ("damaged", "too_heavy", "crashed", "too_slow")
    assert shared_workshop().peak < 1_000_000_000


def test_a_deflated_bomb_is_refused():
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(bytes(260_000_000)) + packer.flush()
    head = in_syntax(dicom(GREY), uid.DeflatedExplicitVRLittleEndian)
    meta = head[: 144 + int.from_bytes(head[140:144], "little")]

    assert refused(meta + packed) == "unpacked_too_large"


def test_a_child_that_dies_is_replaced():
    """One spoiled process must not be the end of reading."""
    workshop = shared_workshop()
    series = open_series(WHOLE["native"])
    workshop.close()

    assert series.frame().pixels.shape == (40, 40, 3)


def test_no_words_of_a_file_in_a_refusal():
    data = dicom(GREY, PatientName="CANARY^NAME")[:-100]
    error = attempted(data)

    assert isinstance(error, PictureError)
    assert "CANARY" not in f"{error!r} {error.detail} {error.slots} {error.__cause__!r}"


def test_every_refusal_and_note_has_its_sentence():
    """A reason without a sentence is a crash in front of a patient."""
    import re
    from pathlib import Path

    import yaml

    from assistant.imaging import reading
    from assistant.paths import shipped

    lines = yaml.safe_load((shipped("prompts") / "picture.yaml").read_text(encoding="utf-8"))
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(reading.__file__).parent.glob("*.py")
    )
    reasons = set(re.findall(r'(?:PictureError|_refused)\(\s*"(\w+)"', source))
    reasons |= set(re.findall(r'b"[^"]*", "(\w+)", "', source))
    notes = set(re.findall(r'notes\.append\("(\w+)"\)', source))
    assert len(reasons) > 20
    assert {f"refused.{name}" for name in reasons} <= set(lines)
    assert {f"notes.{name}" for name in notes} <= set(lines)


def test_text_is_found_and_texture_is_not():
    """A line of letters, against noise and stripes."""
    from PIL import Image, ImageDraw, ImageFont

    rng = np.random.default_rng(5)
    noise = rng.integers(0, 120, (200, 300, 3)).astype(np.uint8)
    page = Image.fromarray(noise // 4)
    ImageDraw.Draw(page).text(
        (30, 90), "DOE JOHN 54Y 1971", (255, 255, 255), ImageFont.load_default(18)
    )
    stripes = np.zeros((200, 300, 3), np.uint8)
    stripes[:, ::10] = 255
    buffer = io.BytesIO()
    page.save(buffer, "PNG")

    assert "text_seen" in read_picture(buffer.getvalue()).notes
    assert "text_seen" not in read_picture(encoded(noise)).notes
    assert "text_seen" not in read_picture(encoded(stripes)).notes
