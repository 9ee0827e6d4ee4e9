"""A DICOM header: read leniently, checked, and cut down to what showing the picture needs.

`stripped` copies the elements of an allow-list and nothing else, so a name, a date, an accession
number, a private block or a comment has no way out. Runs in the child.
"""

import io
import zlib
from collections.abc import Iterable

from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.limits import Limits

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_DIRECTORY = UID("1.2.840.10008.1.3.10")
_SECONDARY_CAPTURE = UID("1.2.840.10008.5.1.4.1.1.7")  # says nothing of what is in the picture
_COLOURS = ("Red", "Green", "Blue")
KEPT = frozenset(
    (
        *("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "NumberOfFrames"),
        *("PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
        *("PixelPaddingValue", "PixelPaddingRangeLimit", "PixelAspectRatio", "PixelSpacing"),
        *("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTFunction"),
        *("ModalityLUTSequence", "VOILUTSequence", "LUTDescriptor", "LUTData"),
        *("PresentationLUTShape", "LossyImageCompression", "BurnedInAnnotation"),
        *("ImagePositionPatient", "ImageOrientationPatient", "SliceLocation", "InstanceNumber"),
        *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
        *("PixelValueTransformationSequence", "FrameVOILUTSequence"),
        *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
        *(f"{c}PaletteColorLookupTableDescriptor" for c in _COLOURS),
        *(f"{c}PaletteColorLookupTableData" for c in _COLOURS),
        *(f"Segmented{c}PaletteColorLookupTableData" for c in _COLOURS),
        *PIXELS,
    )
)


def read_header(data: bytes, limits: Limits) -> tuple[Dataset, list[str]]:
    """Return the whole data set with a usable transfer syntax, and notes.

    Raises PictureError where there is no picture in it, or more than the limits allow.
    """
    _check_inflated(data, limits)
    dataset = dcmread(io.BytesIO(data), force=True)
    notes = [] if data[128:132] == b"DICM" else ["odd_header"]
    stored = getattr(dataset.file_meta, "MediaStorageSOPClassUID", None)
    if stored == _DIRECTORY or "DirectoryRecordSequence" in dataset:
        raise PictureError("dicomdir")
    if not any(name in dataset for name in PIXELS) or "Rows" not in dataset:
        _refuse_without_pixels(dataset)
    if not getattr(dataset.file_meta, "TransferSyntaxUID", None):
        dataset.file_meta.TransferSyntaxUID = _assumed_syntax(dataset)
        notes.append("odd_header")
    _check_size(dataset, limits)
    return dataset, notes


def stripped(dataset: Dataset) -> Dataset:
    """Return a data set with the elements of the allow-list alone, deep down too."""
    kept = _kept(dataset)
    syntax = dataset.file_meta.TransferSyntaxUID
    deflated = syntax == DeflatedExplicitVRLittleEndian
    kept.file_meta = FileMetaDataset()
    kept.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if deflated else syntax
    kept.file_meta.MediaStorageSOPClassUID = _SECONDARY_CAPTURE
    kept.file_meta.MediaStorageSOPInstanceUID = UID("2.25.0")
    return kept


def written(dataset: Dataset) -> bytes:
    """Return a stripped data set as a DICOM file."""
    buffer = io.BytesIO()
    syntax = dataset.file_meta.TransferSyntaxUID
    dcmwrite(
        buffer,
        dataset,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        overwrite=True,
        enforce_file_format=True,
    )
    return buffer.getvalue()


def _kept(dataset: Dataset) -> Dataset:
    kept = Dataset()
    for element in dataset:
        if element.keyword not in KEPT:
            continue
        if element.VR == "SQ":
            items: Iterable[Dataset] = element.value
            setattr(kept, element.keyword, [_kept(item) for item in items])
        else:
            kept[element.tag] = element
    return kept


def _check_inflated(data: bytes, limits: Limits) -> None:
    """Refuse a deflated file that would grow past the limit, before it does."""
    if DeflatedExplicitVRLittleEndian.encode() not in data[132:1024]:
        return
    start = 144 + int.from_bytes(data[140:144], "little")
    unpacked = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:], limits.most_unpacked)
    if len(unpacked) >= limits.most_unpacked:
        raise PictureError("unpacked_too_large", megabytes=limits.most_unpacked // 1_000_000)


def _refuse_without_pixels(dataset: Dataset) -> None:
    syntax = str(getattr(dataset.file_meta, "TransferSyntaxUID", ""))
    if "Rows" in dataset or not len(dataset):
        raise PictureError("damaged")  # it ends before the picture
    if syntax.startswith("1.2.840.10008.1.2.4.10"):
        raise PictureError("dicom_video")
    raise PictureError("no_pixels")


def _assumed_syntax(dataset: Dataset) -> UID:
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _check_size(dataset: Dataset, limits: Limits) -> None:
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if rows * columns > limits.most_pixels:
        raise PictureError("too_many_pixels", megapixels=limits.most_pixels // 1_000_000)
    if min(rows, columns) < limits.least_side:
        raise PictureError("too_small", side=limits.least_side)
    frames = _frames(dataset)
    if frames > limits.most_frames:
        raise PictureError("too_many_frames", frames=limits.most_frames)
    dataset.NumberOfFrames = frames


def _frames(dataset: Dataset) -> int:
    """Return the number of frames; one where the header says nothing that is a number."""
    try:
        return max(1, int(dataset.get("NumberOfFrames") or 1))
    except (ValueError, TypeError):
        return 1
