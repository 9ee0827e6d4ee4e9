"""Recordings from outside: every container that is offered, and everything that is refused."""

import io
import resource

import av
import numpy as np
import pytest

from assistant.records.speech import RATE
from assistant.speech.decoding import decode, from_pcm, to_pcm
from assistant.speech.errors import RecordingError
from tests.speech.sounds import CODECS, encoded

TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)).astype(np.float32)


def read(data, seconds=60.0):
    return decode(data, most_seconds=seconds, most_bytes=12_000_000)


@pytest.mark.parametrize("kind", CODECS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_container_gives_the_same_sound(kind, layout):
    """A phone records what it likes; the patient cannot choose."""
    recording = read(encoded(TONE, kind, layout=layout))
    assert recording.seconds == pytest.approx(2.0, abs=0.15)
    spectrum = np.abs(np.fft.rfft(recording.samples))
    assert np.argmax(spectrum) * RATE / len(recording.samples) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_every_rate_is_brought_to_ours(rate):
    """A telephone's 8 kHz and a studio's 48 kHz last equally long."""
    assert read(encoded(TONE, "flac", rate=rate)).seconds == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello, I am text" * 50, "format"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "format"),
        (encoded(TONE, "flac")[:60], "unreadable"),
        (b"RIFF\x00\x00\x00\x00WAVE" + b"\x00" * 40, "unreadable"),
        (b"OggS" + b"\x00" * 500, "unreadable"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(data, reason):
    """The message says what to do, and nothing of the file."""
    with pytest.raises(RecordingError) as caught:
        read(data)
    assert caught.value.reason in (reason, "empty", "no_sound")
    assert "passwd" not in str(caught.value)


def test_a_day_in_a_small_file_costs_no_memory():
    """A 24-hour silence of a few megabytes must not fill the machine."""
    out = io.BytesIO()
    with av.open(out, mode="w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), "<i2"), format="s16", layout="mono")
        frame.sample_rate = 48_000
        for _ in range(30_000):  # ten minutes; the limit is met after one
            frame.pts = None
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RecordingError, match="limit is 60 seconds"):
        read(out.getvalue())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


def test_too_many_bytes_are_refused_before_they_are_read():
    """The limit on bytes does not depend on what they are."""
    with pytest.raises(RecordingError, match="too large"):
        read(b"OggS" + bytes(12_000_001))


def test_a_video_is_refused():
    """Only sound is asked for; a picture of the patient is not kept by mistake."""
    out = io.BytesIO()
    with av.open(out, mode="w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    with pytest.raises(RecordingError) as caught:
        read(out.getvalue())
    assert caught.value.reason == "video"


def test_a_file_cut_short_gives_what_is_there_or_a_refusal():
    """An upload that broke off never crashes the server."""
    for kind in CODECS:
        whole = encoded(TONE, kind)
        try:
            seconds = read(whole[: len(whole) // 2]).seconds
        except RecordingError:
            continue
        assert seconds <= 2.2


def test_pcm_goes_there_and_back():
    """What the browser sends is what is heard."""
    assert np.abs(from_pcm(to_pcm(TONE)) - TONE).max() < 1e-3
