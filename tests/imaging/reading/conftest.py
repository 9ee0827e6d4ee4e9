"""Pictures drawn here: nothing in these tests was taken of anybody."""

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid


def encoded(pixels, form="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


def dicom(pixels, syntax=ExplicitVRLittleEndian, encapsulated=None, **elements):
    """Return a DICOM file of one grey or colour frame, or of frames where `pixels` is 3-D grey."""
    pixels = np.asarray(pixels)
    colour = pixels.ndim == 3 and pixels.shape[-1] == 3
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.Rows, dataset.Columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    if pixels.ndim == 3 and not colour:
        dataset.NumberOfFrames = len(pixels)
    bits = 8 * pixels.dtype.itemsize
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes() if encapsulated is None else encapsulated
    dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
    dataset["PixelData"].is_undefined_length = encapsulated is not None
    for name, value in elements.items():
        setattr(dataset, name, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def in_syntax(data, new):
    """Return a DICOM file that names another transfer syntax; its data set is left as it is."""
    at = data.index(b"\x02\x00\x10\x00UI")
    old = int.from_bytes(data[at + 6 : at + 8], "little")
    name = new.encode() + b"\0" * (len(new) % 2)
    changed = data[: at + 6] + len(name).to_bytes(2, "little") + name + data[at + 8 + old :]
    size = int.from_bytes(data[140:144], "little") + len(name) - old
    return changed[:140] + size.to_bytes(4, "little") + changed[144:]


@pytest.fixture(scope="session")
def slope():
    """A grey slope, 64 by 48, of Hounsfield-like numbers from -1000 to about 2000."""
    return np.linspace(-1000, 2000, 64 * 48).reshape(48, 64).astype(np.int16)


@pytest.fixture(scope="session")
def scene():
    """A colour picture with nothing alike about its sides, 60 high and 80 wide."""
    rows, columns = np.mgrid[0:60, 0:80]
    return np.stack([rows * 4, columns * 3, (rows + columns)], axis=2).astype(np.uint8)
