"""What a DICOM header says that a picture is: a claim, kept apart from what the gate sees."""

from pydicom.dataset import Dataset

from assistant.records.picture import Modality

_BY_PART = {  # modality codes, words in the body part, kind
    Modality.CHEST_XRAY: (("CR", "DX", "RG"), ("CHEST", "THORAX", "LUNG", "RIB")),
    Modality.HAND_XRAY: (("CR", "DX", "RG"), ("HAND", "FINGER", "WRIST")),
    Modality.CHEST_CT: (("CT",), ("CHEST", "THORAX", "LUNG")),
    Modality.HEAD_CT: (("CT",), ("HEAD", "BRAIN", "SKULL")),
    Modality.ABDOMINAL_CT: (("CT",), ("ABDOMEN", "PELVIS", "LIVER", "KIDNEY")),
    Modality.BRAIN_MRI: (("MR",), ("HEAD", "BRAIN", "SKULL")),
    Modality.BREAST_MRI: (("MR",), ("BREAST",)),
    Modality.BREAST_ULTRASOUND: (("US",), ("BREAST",)),
}
_UNKNOWN_ALONE = {"", "CR", "DX", "RG", "CT", "MR", "US", "OT", "SC", "XC", "SEG", "DOC"}


def declared(dataset: Dataset) -> Modality | None:
    """Return the kind that Modality and BodyPartExamined name; None where they do not settle it."""
    code = modality_code(dataset)
    if code == "DMS":
        return Modality.DERMOSCOPY
    part = str(dataset.get("BodyPartExamined") or "").upper()
    for kind, (codes, words) in _BY_PART.items():
        if code in codes and any(word in part for word in words):
            return kind
    if code in _UNKNOWN_ALONE and not part:
        return None
    return Modality.OTHER_MEDICAL if code not in ("", "OT", "SC", "XC", "DOC") else None


def modality_code(dataset: Dataset) -> str:
    """Return the two or three letters of Modality, "" where they are none."""
    code = str(dataset.get("Modality") or "").strip().upper()
    return code if code.isalpha() and code.isascii() and len(code) <= 8 else ""
