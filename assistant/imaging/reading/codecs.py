"""JPEG lossless and 12-bit JPEG for pydicom, by imagecodecs (BSD); and two rare syntaxes.

pydicom has no permissive plug-in for the first two, and no decoder at all for deflated frames and
JPEG XL. Plug-ins of pydicom are modules with `DECODER_DEPENDENCIES`, `is_available` and a
function; this is one. Runs in the child.
"""

import zlib
from collections.abc import Callable
from importlib.util import find_spec

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders import (
    JPEGExtended12BitDecoder,
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
    JPEGLSLosslessDecoder,
    JPEGLSNearLosslessDecoder,
)
from pydicom.pixels.decoders.base import DecodeRunner

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.limits import Limits

_PLUGGED = (
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
    JPEGExtended12BitDecoder,
    JPEGLSLosslessDecoder,  # where pyjpegls gives up on a stream that its newer CharLS reads
    JPEGLSNearLosslessDecoder,
)
DECODER_DEPENDENCIES = {decoder.UID: ("imagecodecs>=2026.3.6",) for decoder in _PLUGGED}
DEFLATED_FRAMES = uid.UID("1.2.840.10008.1.2.8.1")
JPEG_XL = {uid.UID(f"1.2.840.10008.1.2.4.{n}") for n in (110, 111, 112)}


def is_available(syntax: str) -> bool:
    """Whether frames of a transfer syntax can be decoded here."""
    return syntax in DECODER_DEPENDENCIES and find_spec("imagecodecs") is not None


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """Return the samples of one frame as little-endian bytes, colour by pixel."""
    if runner.transfer_syntax == uid.JPEGExtended12Bit:
        pixels = imagecodecs.jpeg8_decode(source)
    elif runner.transfer_syntax in uid.JPEGLSTransferSyntaxes:
        if runner.samples_per_pixel != 1:
            raise ValueError("only grey")  # the order of colours is pyjpegls's matter
        pixels = imagecodecs.jpegls_decode(source)
    else:
        pixels = _lossless(source)
    runner.set_option("bits_allocated", 8 * pixels.dtype.itemsize)
    runner.set_option("planar_configuration", 0)
    return bytes(np.ascontiguousarray(pixels).tobytes())


def _lossless(source: bytes) -> NDArray[np.uint8 | np.uint16]:
    try:
        pixels = imagecodecs.ljpeg_decode(source)
    except imagecodecs.LjpegError:
        pixels = imagecodecs.jpegsof3_decode(source)
    decoded: NDArray[np.uint8 | np.uint16] = pixels
    return decoded


def plug_in() -> None:
    """Make this module known to pydicom; harmless when called again."""
    for decoder in _PLUGGED:
        if "imagecodecs" not in decoder.available_plugins:
            decoder.add_plugin("imagecodecs", (__name__, "decode_frame"))


def made_native(dataset: Dataset, limits: Limits) -> None:
    """Unpack what pydicom cannot into uncompressed pixels, in place.

    That is deflated frames, JPEG XL, and run-length encoded masks of one bit.
    """
    unpack = _unpacker(dataset)
    if unpack is None:
        return
    samples = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel
    bits, frames = int(dataset.BitsAllocated), int(dataset.NumberOfFrames)
    size = -(-samples * bits // 8)
    if size * frames > limits.most_unpacked:
        raise PictureError("unpacked_too_large", megabytes=limits.most_unpacked // 1_000_000)
    packed = generate_frames(dataset.PixelData, number_of_frames=frames)
    native = [unpack(frame, size) for frame in packed]
    if any(len(frame) < size for frame in native):
        raise PictureError("damaged")
    joined = _joined_bits(native, samples) if bits == 1 else b"".join(native)
    dataset["PixelData"].is_undefined_length = False
    dataset.PixelData = joined + b"\x00" * (len(joined) % 2)
    dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian


def _unpacker(dataset: Dataset) -> Callable[[bytes, int], bytes] | None:
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax == DEFLATED_FRAMES:
        return lambda frame, size: zlib.decompressobj(-zlib.MAX_WBITS).decompress(frame, size)
    if syntax in JPEG_XL:
        return lambda frame, size: bytes(imagecodecs.jpegxl_decode(frame).tobytes())[:size]
    if syntax == uid.RLELossless and dataset.BitsAllocated == 1:
        return lambda frame, size: bytes(imagecodecs.packbits_decode(frame[64:]))[:size]
    return None


def _joined_bits(frames: list[bytes], samples: int) -> bytes:
    """Return frames of one bit a pixel without a gap: uncompressed, a frame may end in mid-byte."""
    bits = [np.unpackbits(np.frombuffer(f, np.uint8), bitorder="little")[:samples] for f in frames]
    return np.packbits(np.concatenate(bits), bitorder="little").tobytes()
