"""From a file's bytes to a Recording, with limits that hold before memory is spent.

The container is told by its first bytes and opened as that and nothing else, from memory: no name
is opened, no playlist followed. Frames are resampled one by one and counted; past the limit
decoding stops, so a day of silence in a few kilobytes costs no more than the limit.
"""

import io
from collections.abc import Iterator

import av
import numpy as np

from assistant.records.speech import RATE, Recording, Samples
from assistant.speech.errors import RecordingError

MOST_CHANNELS, LOWEST_RATE, HIGHEST_RATE = 8, 8_000, 96_000
_FORMATS = "wav, mp3, m4a, ogg, opus, webm or flac"
_CODECS = ("pcm_", "mp3", "aac", "alac", "opus", "vorbis", "flac")


def decode(data: bytes, *, most_seconds: float, most_bytes: int) -> Recording:
    """Return the sound in `data`; raises RecordingError that says what is wrong and what to do."""
    if not data:
        raise RecordingError("empty", "The recording is empty: record again, or type instead.")
    if len(data) > most_bytes:
        limit = most_bytes // 1_000_000
        raise RecordingError("too_large", f"The file is too large: the limit is {limit} MB.")
    try:
        with av.open(io.BytesIO(data), format=_container(data), mode="r") as container:
            samples = _joined(_chunks(container), most_seconds)
    except (av.error.FFmpegError, ValueError, EOFError) as error:
        raise RecordingError(
            "unreadable",
            f"The recording cannot be read; it may be damaged. Send {_FORMATS} with sound in it.",
        ) from error
    if not len(samples):
        raise RecordingError("empty", "There is no sound in the recording: record again.")
    return Recording(samples=samples)


def from_pcm(data: bytes) -> Samples:
    """Return 16-bit little-endian samples as numbers from -1 to 1."""
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0


def to_pcm(samples: Samples) -> bytes:
    """Return samples from -1 to 1 as 16-bit little-endian numbers."""
    return bytes((np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())


def _container(data: bytes) -> str:
    """Return FFmpeg's name of the container by its first bytes (never by a name or a header)."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"OggS":
        return "ogg"
    if data[:4] == b"fLaC":
        return "flac"
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if data[4:8] == b"ftyp":
        return "mp4"
    if data[:3] == b"ID3" or (data[0] == 0xFF and data[1:2] and data[1] & 0xE6 in (0xE2, 0xE4)):
        return "mp3"
    raise RecordingError("format", f"This is not a recording that can be used: send {_FORMATS}.")


def _chunks(container: "av.container.InputContainer") -> Iterator[Samples]:
    if any(not _is_still(s) and not _is_cover(s) for s in container.streams.video):
        raise RecordingError("video", f"This is a video: send only its sound, as {_FORMATS}.")
    if not container.streams.audio:
        raise RecordingError("no_sound", f"There is no sound in this file: send {_FORMATS}.")
    stream = container.streams.audio[0]
    _check(stream.codec_context)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    for frame in container.decode(stream):
        for part in resampler.resample(frame):
            yield part.to_ndarray().reshape(-1)
    for part in resampler.resample(None):
        yield part.to_ndarray().reshape(-1)


def _is_still(stream: "av.video.stream.VideoStream") -> bool:
    """Whether a picture stream is one of JPEG pictures; a codec that nothing knows has no name."""
    return stream.codec_context is not None and stream.codec_context.name == "mjpeg"


def _is_cover(stream: "av.stream.Stream") -> bool:
    """Whether a picture stream is only the cover of an album."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _check(codec: "av.codec.context.CodecContext | None") -> None:
    # None: nothing here knows the codec that the header names.
    if codec is None or not codec.name.startswith(_CODECS):
        raise RecordingError("codec", f"This kind of sound cannot be read: send {_FORMATS}.")
    if not LOWEST_RATE <= codec.sample_rate <= HIGHEST_RATE:
        raise RecordingError(
            "rate", f"The sampling rate must be {LOWEST_RATE} to {HIGHEST_RATE} Hz: record again."
        )
    if not 1 <= codec.channels <= MOST_CHANNELS:
        raise RecordingError("channels", f"At most {MOST_CHANNELS} channels: send mono or stereo.")


def _joined(chunks: Iterator[Samples], most_seconds: float) -> Samples:
    kept: list[Samples] = []
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most_seconds * RATE:
            raise RecordingError(
                "too_long",
                f"The recording is too long: the limit is {most_seconds:.0f} seconds. "
                "Say it in parts.",
            )
        kept.append(chunk)
    samples = np.concatenate(kept) if kept else np.zeros(0, np.float32)
    return np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
