"""A network that compares pictures with words (MedSigLIP, BiomedCLIP or like them): zero-shot.

Each label has a few sentences in `prompts/zero_shot.yaml`; the picture is compared with the mean
of their vectors. Networks of the kinds CLIP and SigLIP as transformers knows them.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from assistant.errors import ModelFileError
from assistant.imaging.backends.checkpoints import Checkpoint, find
from assistant.imaging.backends.choosing import choice_of
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.huggingface import _UNSOUND, loaded, processor
from assistant.imaging.backends.scoring import Scores, task_of
from assistant.imaging.backends.wording import sentences
from assistant.records.picture import Picture
from assistant.settings import Settings

KINDS = ("clip", "siglip")


class ZeroShot(ForeignModel):
    """A model that was never taught our labels and is asked for them in words."""

    def __init__(self, *, task: str, settings: Settings) -> None:
        """Raises ModelFileError, or KnowledgeError where a label has no sentence."""
        choice, asked = choice_of(task, settings, meaningless=("labels", "rest")), task_of(task)
        found = find(choice, settings)
        if found.config.get("model_type") not in KINDS:
            raise ModelFileError(found.name, f"zero-shot needs a network of {' or '.join(KINDS)}.")
        words = sentences(settings.prompts_dir, asked, choice.prompts)
        self._network = loaded(AutoModel, found)
        self._processor = processor(found)
        self._words = self._encoded(found, words)
        self._exclusive = choice.scores != "sigmoid"
        identity = f"zero-shot {found.identity}"
        super().__init__(identity, asked, choice)

    def scores(self, picture: Picture) -> Scores:
        """Return how well each label's sentences fit the picture."""
        shown = self._processor(picture.pixels, return_tensors="pt")
        network = self._network
        with torch.inference_mode():
            seen = _vector(network.get_image_features(pixel_values=shown["pixel_values"]))
            logits = (self._words @ seen[0]) * network.logit_scale.exp()
            if not self._exclusive:
                logits = logits + getattr(network, "logit_bias", torch.zeros(1))
            told = logits.softmax(0) if self._exclusive else logits.sigmoid()
        by_label = dict(zip(self._task.labels, told.tolist(), strict=True))
        return Scores(probabilities=by_label, exclusive=self._exclusive)

    def _encoded(self, found: Checkpoint, sentences: list[list[str]]) -> Tensor:
        """Return a unit vector for each label, shape (labels, width)."""
        siglip = found.config["model_type"] == "siglip"  # was trained with padding to the end
        most = int(self._network.config.text_config.max_position_embeddings)
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                found.folder, local_files_only=True, trust_remote_code=False
            )
        except _UNSOUND as error:
            raise ModelFileError(found.name, "its tokenizer cannot be loaded.") from error
        rows = []
        for some in sentences:
            given = tokenizer(
                some,
                padding="max_length" if siglip else True,
                truncation=True,
                max_length=most,
                return_tensors="pt",
            )
            taken = {"input_ids": given["input_ids"]}
            if not siglip:  # which sees the padding, as it did in training
                taken["attention_mask"] = given["attention_mask"]
            with torch.inference_mode():
                mean = _vector(self._network.get_text_features(**taken)).mean(0)
            rows.append(mean / mean.norm())
        return torch.stack(rows)


def _vector(features: Any) -> Tensor:
    """Return unit vectors from what transformers gives, a tensor or an output that holds one."""
    tensor: Tensor = features if isinstance(features, Tensor) else features.pooler_output
    return torch.nn.functional.normalize(tensor, dim=-1)
