"""What a file may cost; every limit is checked before the memory it guards is spent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on one file; the defaults fit a chest CT as a zip and a mammogram."""

    most_bytes: int = 64_000_000  # of the file as it was sent
    most_unpacked: int = 256_000_000  # bytes of all members of a zip, or of a deflated DICOM
    most_pixels: int = 25_000_000  # of one frame, width times height
    least_side: int = 8  # pixels; a smaller picture shows nothing
    most_frames: int = 2_000  # of a file or series
    most_seconds: float = 10.0  # to open a file, and for each frame
    most_memory: int = 1_000_000_000  # bytes of address space of the process that decodes
