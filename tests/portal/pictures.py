"""Pictures drawn by code, as files: a scan with a name in its header, and a series of them."""

import io
import zipfile

import numpy as np
from PIL import Image

NAME = "Canary^Zq"


def png(width=64, height=48):
    """Return a picture that is white on its left half."""
    image = Image.new("L", (width, height))
    image.paste(255, (0, 0, width // 2, height))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def slice_of(number, size=96):
    """Return Hounsfield units of a body with two lungs, which grow from slice to slice."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    values = np.full((size, size), -1000.0)
    values[(x / 0.42) ** 2 + (y / 0.32) ** 2 < 1] = 40
    for side in (-0.19, 0.19):
        values[((x - side) / (0.04 + 0.01 * number)) ** 2 + (y / 0.22) ** 2 < 1] = -750
    return values


def dicom(number=1, size=96):
    """Return a CT slice as a DICOM file."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan = Dataset()
    scan.file_meta = meta
    scan.SOPClassUID, scan.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    scan.SeriesInstanceUID, scan.InstanceNumber = "1.2.826.0.2", number
    scan.Modality, scan.PatientName, scan.PatientID = "CT", NAME, "4711"
    scan.ImagePositionPatient = [0, 0, float(number)]
    scan.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    scan.Rows = scan.Columns = size
    scan.SamplesPerPixel, scan.PhotometricInterpretation = 1, "MONOCHROME2"
    scan.BitsAllocated = scan.BitsStored = 16
    scan.HighBit, scan.PixelRepresentation = 15, 1
    scan.RescaleSlope, scan.RescaleIntercept = 1, -1024
    scan.WindowCenter, scan.WindowWidth = 40, 400
    scan.PixelData = (slice_of(number, size) + 1024).astype("<i2").tobytes()
    written = io.BytesIO()
    scan.save_as(written, enforce_file_format=True)
    return written.getvalue()


def series(slices=6):
    """Return slices of one scan as a zip."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for number in range(1, slices + 1):
            packed.writestr(f"IM{number:03}.dcm", dicom(number))
    return written.getvalue()
