"""What becomes of DICOM files: a table by transfer syntax, read or refused and why.

    PYTHONPATH=. python benchmarks/picture_files.py ../shared/data/images/dicom_samples.tar

prints the table of docs/imaging-files.md. Seconds are of this machine, all in; memory is the most
that any decoding process held.
"""

import io
import sys
import tarfile
import time
from collections import Counter, defaultdict

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from assistant.imaging.reading import PictureError, open_series
from assistant.imaging.reading.workshop import shared_workshop

NAMES = {"1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression"}  # newer than pydicom 3.0


def syntax(data: bytes) -> str:
    """Return the transfer syntax of a file in words."""
    try:
        dataset = dcmread(io.BytesIO(data), stop_before_pixels=True, specific_tags=["Rows"])
    except (InvalidDicomError, EOFError):
        return "(no DICOM preamble)"
    uid = getattr(dataset.file_meta, "TransferSyntaxUID", None)
    return NAMES.get(uid, uid.name) if uid else "(none given)"


def main() -> None:
    """Read every file of a tar and print the table."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    slowest = 0.0
    with tarfile.open(sys.argv[1]) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None:
                continue
            data = file.read()
            began = time.monotonic()
            try:
                series = open_series(data, member.name)
                series.frame()
                outcome = "read"
            except PictureError as error:
                outcome = error.reason
            slowest = max(slowest, time.monotonic() - began)
            outcomes[syntax(data)][outcome] += 1
    print("| transfer syntax | read | refused, and why |\n|---|--:|---|")
    for name, counts in sorted(outcomes.items()):
        refused = ", ".join(f"{c} {r}" for r, c in counts.most_common() if r != "read")
        print(f"| {name} | {counts['read']} | {refused or 'none'} |")
    total = sum(outcomes.values(), Counter())
    peak = shared_workshop().peak / 1e6
    print(f"\n{total.total()} files, {total['read']} read; slowest {slowest:.2f} s; {peak:.0f} MB")


if __name__ == "__main__":
    main()
