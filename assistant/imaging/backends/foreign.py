"""What all foreign models share: calibrated findings out of a closed list of labels."""

from math import isfinite

from assistant.imaging import ImageModel
from assistant.imaging.backends.calibrating import Calibration, Judged
from assistant.imaging.backends.choosing import Choice
from assistant.imaging.backends.refusing import ModelRefusalError
from assistant.imaging.backends.scoring import Scores, Task
from assistant.imaging.config import ModelConfig
from assistant.records.picture import Heat, ImageFinding, Modality, Picture, Verdict


class ForeignModel(ImageModel):
    """An ImageModel around something that this project did not train; a base for the adapters.

    Without a calibration that was measured on these very weights every finding is UNSURE with a
    likelihood ratio of 1: shown, but without weight in the consultation.
    """

    def __init__(self, identity: str, task: Task, choice: Choice) -> None:
        """`identity` names library, model and weights; the calibration must be of the same."""
        self._id, self._task = identity, task
        self._calibration = (
            Calibration.read(choice.calibration, task, identity)
            if choice.calibration
            else Calibration.none(task, choice.temperature)
        )

    @property
    def id(self) -> str:
        """Library, name and the first digits of the weights' SHA-256."""
        return self._id

    @property
    def task(self) -> str:
        """Id in knowledge/imaging.yaml."""
        return self._task.id

    @property
    def modality(self) -> Modality:
        """The only kind of picture that it may be shown."""
        return self._task.modality

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it can ever say."""
        return self._task.labels

    @property
    def config(self) -> ModelConfig:
        """Thresholds, bands and ratios of its labels."""
        return self._calibration.config

    @property
    def calibrated(self) -> bool:
        """Whether its findings weigh anything."""
        return self._calibration.measured

    def scores(self, picture: Picture) -> Scores:
        """Return what the model says, before calibration."""
        raise NotImplementedError

    def read(self, picture: Picture) -> tuple[ImageFinding, ...]:
        """Return every label with its calibrated probability, most probable first.

        Raises ModelRefusalError where the model gives nothing that can be used.
        """
        said = self.scores(picture)
        raw = said.probabilities
        if set(raw) != set(self._task.labels) or not all(map(isfinite, raw.values())):
            raise ModelRefusalError("model_unusable")
        calibrated = self._calibration.probabilities(raw, exclusive=said.exclusive)
        findings = [self._finding(label, p, said.weighable) for label, p in calibrated.items()]
        return tuple(sorted(findings, key=lambda found: (-found.probability, found.label)))

    def heat(self, picture: Picture, label: str) -> Heat | None:
        """Return where it looked for a label; None: this model cannot say."""
        return None

    def _finding(self, label: str, probability: float, weighable: bool) -> ImageFinding:
        judged = Judged(Verdict.UNSURE, 1.0)
        if weighable:
            judged = self._calibration.judge(label, probability)
        known = self._calibration.config.label(label)
        return ImageFinding(
            task=self._task.id,
            label=label,
            probability=probability,
            verdict=judged.verdict,
            likelihood_ratio=judged.likelihood_ratio,
            sensitivity=known.sensitivity.value if known.sensitivity.n else None,
            specificity=known.specificity.value if known.specificity.n else None,
        )
