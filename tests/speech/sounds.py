"""Sounds made here: a sentence in every container, and a hundred clips in which nobody speaks."""

import io
import struct
import zlib

import av
import numpy as np

from assistant.records.speech import RATE

CODECS = {
    "wav": ("wav", "pcm_s16le"),
    "mp3": ("mp3", "libmp3lame"),
    "m4a": ("mp4", "aac"),
    "opus": ("ogg", "libopus"),
    "webm": ("webm", "libopus"),
    "flac": ("flac", "flac"),
}


def encoded(samples, kind: str, rate: int = 48_000, layout: str = "stereo") -> bytes:
    """Return mono samples at `RATE` as a file of some kind."""
    container, codec = CODECS[kind]
    out = io.BytesIO()
    with av.open(out, mode="w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            (np.clip(samples, -1, 1) * 32767).astype("<i2")[None, :], format="s16", layout="mono"
        )
        frame.sample_rate = RATE
        wanted = stream.codec_context.format.name
        resampler = av.AudioResampler(format=wanted, layout=layout, rate=rate)
        fifo = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while piece := fifo.read(size, partial=True):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return out.getvalue()


def video() -> bytes:
    """Return half a second of black as MPEG-4, without sound."""
    out = io.BytesIO()
    with av.open(out, mode="w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    return out.getvalue()


def opus_of(hours: float) -> bytes:
    """Return near-silence of any length as Ogg/Opus, made page by page: 24 hours are 8 MB."""
    packet, in_page = b"\x18\x00\x00\x00\x00", 255  # 60 ms of SILK
    pages = [
        _page(0, 0, [b"OpusHead\x01\x01\x00\x00\x80\xbb\x00\x00\x00\x00\x00"], 2),
        _page(1, 0, [b"OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"]),
    ]
    for n in range(int(hours * 3600 / (0.06 * in_page))):
        pages.append(_page(n + 2, (n + 1) * in_page * 2880, [packet] * in_page))
    return b"".join(pages)


def _page(number: int, granule: int, packets: list[bytes], flags: int = 0) -> bytes:
    """Return one page of an Ogg stream (RFC 3533)."""
    sizes = bytes(len(packet) for packet in packets)
    head = b"OggS" + struct.pack("<BBqII", 0, flags, granule, 7, number)
    tail = bytes([len(sizes)]) + sizes + b"".join(packets)
    return head + struct.pack("<I", _crc(head + bytes(4) + tail)) + tail


_MIRROR = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def _crc(data: bytes) -> int:
    """Return Ogg's checksum: zlib's, with every bit the other way round and no inversion."""
    mirrored = zlib.crc32(data.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def wordless() -> list[tuple[str, np.ndarray]]:
    """Return 100 named clips of 3 seconds: silence, noise, hum, music, keys, breath."""
    rng = np.random.default_rng(7)
    makers = (_silence, _white, _brown, _hum, _music, _keys, _breath, _beep)
    return [
        (f"{maker.__name__[1:]}-{i}", maker(rng).astype(np.float32))
        for i, maker in ((i, makers[i % len(makers)]) for i in range(100))
    ]


_T = np.arange(3 * RATE) / RATE


def _silence(rng):
    return rng.normal(0, 10 ** rng.uniform(-6, -4), len(_T))


def _white(rng):
    return rng.normal(0, rng.uniform(0.01, 0.3), len(_T))


def _brown(rng):
    noise = np.cumsum(rng.normal(0, 1, len(_T)))
    noise -= np.convolve(noise, np.ones(2000) / 2000, "same")
    return noise / np.abs(noise).max() * rng.uniform(0.1, 0.8)


def _hum(rng):
    base = rng.choice([50, 60])
    return sum(np.sin(2 * np.pi * base * k * _T) / k for k in range(1, 8)) * rng.uniform(0.05, 0.3)


def _music(rng):
    out = np.zeros(len(_T))
    for start in np.arange(0, 3, 0.25):
        note = 220 * 2 ** (rng.integers(0, 24) / 12)
        alive = np.clip(_T - start, 0, None)
        out += (start <= _T) * np.exp(-4 * alive) * np.sin(2 * np.pi * note * alive)
    return out / np.abs(out).max() * 0.4


def _keys(rng):
    out = rng.normal(0, 0.002, len(_T))
    for at in rng.integers(0, len(_T) - 800, 20):
        out[at : at + 800] += rng.normal(0, 0.4, 800) * np.exp(-np.arange(800) / 90)
    return out


def _breath(rng):
    swell = np.clip(np.sin(2 * np.pi * rng.uniform(0.25, 0.5) * _T), 0, None) ** 2
    noise = np.convolve(rng.normal(0, 1, len(_T)), np.ones(6) / 6, "same")
    return noise * swell * rng.uniform(0.05, 0.25)


def _beep(rng):
    return (np.sin(2 * np.pi * rng.uniform(300, 2500) * _T) * (_T % 1 < 0.3)) * 0.3
