"""An image classifier of transformers: a folder, or a repository of the hub at one commit."""

from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoImageProcessor, AutoModelForImageClassification
from transformers.utils import logging as transformers_logging

from assistant.errors import ModelFileError
from assistant.imaging.backends.checkpoints import Checkpoint, find
from assistant.imaging.backends.choosing import choice_of
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.scoring import Scores, task_of
from assistant.records.picture import Picture
from assistant.settings import Settings

transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()
_UNSOUND = (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError)


class HuggingFace(ForeignModel):
    """A classifier whose labels (`id2label`) an operator has named as ours."""

    def __init__(self, *, task: str, settings: Settings) -> None:
        """Raises ModelFileError, or InvalidInputError where labels do not match."""
        choice, asked = choice_of(task, settings, meaningless=("prompts",)), task_of(task)
        found = find(choice, settings)
        self._network = loaded(AutoModelForImageClassification, found)
        self._processor = processor(found)
        names = self._network.config.id2label
        self._outputs = tuple(str(names[at]) for at in sorted(names))
        if len(set(self._outputs)) != len(self._outputs):
            raise ModelFileError(found.name, "a label stands twice in config.json.")
        self._naming = choice.naming
        self._naming.check(asked, self._outputs, found.name)
        several = self._network.config.problem_type == "multi_label_classification"
        self._exclusive = (choice.scores or ("sigmoid" if several else "softmax")) == "softmax"
        identity = f"huggingface {found.identity}"
        super().__init__(identity, asked, choice)

    def scores(self, picture: Picture) -> Scores:
        """Return its probabilities, by name."""
        shown = self._processor(picture.pixels, return_tensors="pt")
        with torch.inference_mode():
            logits = self._network(pixel_values=shown["pixel_values"]).logits[0].float()
            told = logits.softmax(0) if self._exclusive else logits.sigmoid()
        outputs = dict(zip(self._outputs, told.tolist(), strict=True))
        return self._naming.scores(outputs, exclusive=self._exclusive)


def loaded(kind: Any, found: Checkpoint) -> Any:
    """Return a network of transformers; one of whose weights any is missing is refused.

    The library would fill a missing layer with random numbers and only warn of it.
    """
    try:
        network, report = kind.from_pretrained(
            found.folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except _UNSOUND as error:
        problem = f"transformers cannot load it ({type(error).__name__})."
        raise ModelFileError(found.name, problem) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise ModelFileError(found.name, "weights of its network are missing or of another shape.")
    return network.eval()


def processor(found: Checkpoint) -> Any:
    """Return what turns a picture into numbers, without torchvision."""
    try:
        return AutoImageProcessor.from_pretrained(
            found.folder, local_files_only=True, trust_remote_code=False, backend="pil"
        )
    except _UNSOUND as error:
        raise ModelFileError(found.name, "its preprocessor_config.json cannot be used.") from error
