"""From a picture to findings: reading files, the modality gate, classifiers, heatmaps."""

from typing import Protocol

from assistant.records.picture import Heat, ImageFinding, Modality, Picture
from assistant.registry import Backend, Registry

# task -> the only kind of picture that its model may be shown
TASKS: dict[str, Modality] = {
    "pneumonia": Modality.CHEST_XRAY,
    "brain_tumor": Modality.BRAIN_MRI,
    "skin_lesion": Modality.DERMOSCOPY,
    "breast_ultrasound": Modality.BREAST_ULTRASOUND,
    "covid_ct": Modality.CHEST_CT,
}


class Sorted(Protocol):
    """What a gate thinks of a picture."""

    @property
    def modality(self) -> Modality:
        """The kind it most resembles."""

    @property
    def probability(self) -> float:
        """How sure, 0 to 1, calibrated."""

    @property
    def foreign(self) -> float:
        """How unlike everything known, 0 to 1; at 0.5 and above it is refused."""


class Gate(Protocol):
    """Anything that says what kind of picture it is, before any other model sees it."""

    def sort(self, picture: Picture) -> Sorted:
        """Return the kind of a picture."""


class ImageModel(Protocol):
    """Anything that reads one kind of picture for one task."""

    @property
    def id(self) -> str:
        """Name and version, as it stands in the report."""

    @property
    def task(self) -> str:
        """Id in knowledge/imaging.yaml."""

    @property
    def modality(self) -> Modality:
        """The only kind of picture that it may be shown."""

    def read(self, picture: Picture) -> tuple[ImageFinding, ...]:
        """Return every label with its calibrated probability, most probable first."""

    def heat(self, picture: Picture, label: str) -> Heat | None:
        """Return where it looked for a label; None where the model cannot say."""


# Each is built with `task` (a key of TASKS) and `settings`.
IMAGE_MODELS: Registry[ImageModel] = Registry(
    "image model",
    {
        "shipped": Backend("assistant.imaging.classifier:shipped"),
    },
)
