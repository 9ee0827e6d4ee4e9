"""Recordings from outside: every container that is offered, and everything that is refused."""

import io
import subprocess
import sys
from contextlib import suppress

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.records.speech import RATE
from assistant.speech.decoding import decode, from_pcm, to_pcm
from assistant.speech.errors import RecordingError
from tests.speech.sounds import CODECS, encoded, opus_of, video

TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)).astype(np.float32)

SMALL = {kind: encoded(TONE[: RATE // 2], kind) for kind in CODECS}


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


MEASURED = """
import sys, time
from assistant.speech.decoding import decode
from assistant.speech.errors import RecordingError
data = sys.stdin.buffer.read()
status = lambda: open("/proc/self/status").read()  # ru_maxrss would count the parent's memory too
peak = lambda: int(status().split("VmHWM:")[1].split()[0]) // 1024
before, began, said = peak(), time.process_time(), "taken"
try:
    decode(data, most_seconds=300, most_bytes=12_000_000)
except RecordingError as error:
    said = error.reason
print(said, peak() - before, time.process_time() - began)
"""


def measured(data: bytes) -> tuple[str, int, float]:
    """Decode in a process of its own; return what became of it, MB of memory, CPU seconds."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], input=data, capture_output=True, check=True
    )
    said, megabytes, seconds = done.stdout.split()
    return said.decode(), int(megabytes), float(seconds)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_a_day_in_a_small_file_costs_little():
    """24 hours in 8 MB of Opus must fill neither the memory nor the day."""
    day = opus_of(24)
    assert 8_000_000 < len(day) < 9_000_000
    reason, megabytes, seconds = measured(day)
    assert reason == "too_long"
    assert megabytes < 60
    assert seconds < 10


def test_the_small_file_of_that_kind_is_sound():
    """The file of a day is a true one: 30 seconds of the same are taken."""
    assert read(opus_of(30 / 3600)).seconds == pytest.approx(30, abs=16)


@pytest.mark.parametrize("kind", ["wav", "flac", "opus"])
def test_a_long_recording_of_loud_noise_is_refused_early(kind):
    """Nothing is kept past the limit, whatever the container."""
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * RATE).astype(np.float32)
    with pytest.raises(RecordingError, match="limit is 10 seconds"):
        read(encoded(noise, kind, rate=16_000 if kind == "wav" else 48_000, layout="mono"), 10)


@pytest.mark.parametrize(("container", "codec"), [("matroska", "ac3"), ("mp4", "ac3")])
def test_a_codec_that_is_not_offered_is_named_as_such(container, codec):
    """Known containers may hold anything; only known codecs are run."""
    out = io.BytesIO()
    with av.open(out, mode="w", format=container) as file:
        stream = file.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1536), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        for _ in range(20):
            frame.pts = None
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(RecordingError) as caught:
        read(out.getvalue())
    assert caught.value.reason == "codec"


def test_a_codec_that_nothing_knows_is_refused():
    """Found by the test below: the header of a WAV names a codec that there is not."""
    damaged = bytearray(SMALL["wav"])
    damaged[20:22] = b"\x22\x00"
    with pytest.raises(RecordingError) as caught:
        read(bytes(damaged))
    assert caught.value.reason == "codec"


@given(st.data())
def test_damage_never_escapes_as_another_error(data):
    """Whatever bytes come, the answer is a Recording or a RecordingError."""
    kind = data.draw(st.sampled_from(sorted(CODECS)))
    whole = bytearray(SMALL[kind])
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(RecordingError):
        assert read(bytes(whole)).seconds <= 60


def test_too_many_bytes_are_refused_before_they_are_read():
    """The limit on bytes does not depend on what they are."""
    with pytest.raises(RecordingError, match="too large"):
        read(b"OggS" + bytes(12_000_001))


def test_a_video_is_refused():
    """Only sound is asked for; a picture of the patient is not kept by mistake."""
    with pytest.raises(RecordingError) as caught:
        read(video())
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
