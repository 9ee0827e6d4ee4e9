"""What an operator chose: a YAML file that names another image model for a task.

pneumonia:
  backend: torchxrayvision
  folder: /models/xrv-all
  labels: {Pneumonia: pneumonia}
  rest: normal
  calibration: /models/xrv-all/calibration.json
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import InvalidInputError
from assistant.imaging.backends.scoring import Naming
from assistant.settings import Settings

_MOST_BYTES = 100_000


class Choice(BaseModel):
    """One model for one task."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    folder: Path | None = None  # with config.json and *.safetensors
    hub: str | None = Field(None, pattern=r"^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}$")
    revision: str | None = Field(None, pattern="^[0-9a-f]{40}$")  # a commit, never a branch
    sha256: dict[str, str] = Field(default_factory=dict)  # file -> hash that it must have
    labels: dict[str, str] = Field(default_factory=dict)  # its name -> our label
    rest: str | None = None  # our label for whatever no output speaks of
    scores: Literal["softmax", "sigmoid"] | None = None  # None: as its configuration says
    temperature: float = Field(1.0, ge=0.02, le=100)  # without a calibration file
    calibration: Path | None = None
    prompts: Literal["en", "zh"] = "en"  # language of the prompts, zero-shot only

    @model_validator(mode="after")
    def _whole(self) -> "Choice":
        if self.folder is not None and self.hub is not None:
            raise ValueError("name either `folder` or `hub`")
        if (self.hub is None) != (self.revision is None):
            raise ValueError("`hub` and `revision` (a commit of 40 digits) go together")
        return self

    @property
    def naming(self) -> Naming:
        """Which of its outputs means which label."""
        return Naming(labels=self.labels, rest=self.rest)


def choice_of(
    task: str, settings: Settings, *, meaningless: Sequence[str] = (), optional: bool = False
) -> Choice:
    """Return the details of a task's model; InvalidInputError names the entry that is not sound.

    `meaningless` are fields that this back-end cannot use; where `optional`, no entry is needed.
    """
    file = settings.image_models_file
    if file is None and optional:
        return Choice()
    if file is None:
        raise InvalidInputError(
            f"The image model of {task} needs details: set ANAMNESIS_IMAGE_MODELS_FILE "
            "(docs/imaging-models.md)."
        )
    listed = _read(file)
    if task not in listed and optional:
        return Choice()
    if task not in listed:
        raise InvalidInputError(f"{file.name} has no entry for the task {task}.")
    try:
        choice = Choice.model_validate(listed[task])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([task, *map(str, first["loc"])])
        raise InvalidInputError(f"{file.name}, {where}: {first['msg']}.") from None
    unused = sorted(choice.model_fields_set & set(meaningless))
    if unused:
        raise InvalidInputError(f"{file.name}, {task}: leave out {', '.join(unused)} here.")
    return choice


def _read(file: Path) -> dict[object, object]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InvalidInputError(f"{file.name} is larger than 100 kB.")
        listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(
            f"{file.name} cannot be read: see ANAMNESIS_IMAGE_MODELS_FILE."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file.name} is not YAML ({type(error).__name__}).") from None
    if not isinstance(listed, dict):
        raise InvalidInputError(f"{file.name} must name models by task.")
    return listed
