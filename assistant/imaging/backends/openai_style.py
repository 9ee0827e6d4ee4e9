"""A vision-language model behind an OpenAI-style `/chat/completions`: one letter, nothing else.

Off unless an operator sets address, key file and model and allows the network. The picture that is
sent is a reduced copy made anew from its pixels. The answer is matched against a closed list of
letters; its words are never shown, kept or logged. So whatever stands in a picture, the worst that
it can do is to choose another letter, whose weight is what was measured for it, or none at all.
"""

import base64
import io
import json
import re
from collections.abc import Mapping
from math import exp, isfinite
from pathlib import Path
from typing import Any

from PIL import Image

from assistant.errors import InvalidInputError
from assistant.imaging.backends.choosing import choice_of
from assistant.imaging.backends.endpoint import Endpoint, read_key
from assistant.imaging.backends.foreign import ForeignModel
from assistant.imaging.backends.refusing import ModelRefusalError
from assistant.imaging.backends.scoring import Scores, Task, task_of
from assistant.imaging.backends.wording import lines_of, sentences
from assistant.records.picture import Picture
from assistant.settings import Settings

_NOT_OURS = ("folder", "hub", "revision", "sha256", "labels", "rest", "scores")
SIDE = 512  # pixels, the longer side of what is sent
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOP = 20  # alternatives asked for
_LEAST_MASS = 0.5  # of the probabilities told, for them to mean anything
_TOUCHED = re.compile(r'^\s*\{\s*"label"\s*:\s*"([A-Z])')
_WRITING = frozenset({"burned_in_text", "text_seen"})  # notes of a picture: a name may stand in it


class OpenAIStyle(ForeignModel):
    """Asks a vision-language model for one label out of the closed list."""

    def __init__(self, *, task: str, settings: Settings) -> None:
        """Raises InvalidInputError where it is not switched on wholly."""
        asked = task_of(task)
        choice = choice_of(task, settings, meaningless=_NOT_OURS, optional=True)
        if not settings.allow_network:
            raise InvalidInputError(
                "An image model on another server needs ANAMNESIS_ALLOW_NETWORK=true: "
                "pictures then leave this machine."
            )
        key_file, model = settings.vision_key_file, settings.vision_model
        if not settings.vision_url or key_file is None or not model:
            raise InvalidInputError(
                "Set ANAMNESIS_VISION_URL, ANAMNESIS_VISION_KEY_FILE and ANAMNESIS_VISION_MODEL."
            )
        key, seconds = read_key(key_file), settings.vision_seconds
        self._endpoint = Endpoint(settings.vision_url, key, seconds=seconds)
        self._model = model
        self._letters = dict(zip(LETTERS, asked.labels, strict=False))
        self._asked = _instructions(settings.prompts_dir, asked, choice.prompts, self._letters)
        super().__init__(f"openai-style {model}", asked, choice)

    def scores(self, picture: Picture) -> Scores:
        """Return the probabilities of the labels; where it tells none, a bare word (see `_word`).

        Raises ModelRefusalError where the answer is anything but a label, or none comes.
        """
        if _WRITING & set(picture.notes):
            raise ModelRefusalError("text_not_sent")
        choice = _only_choice(self._endpoint.post("/chat/completions", self._body(picture)))
        text = _text(choice)
        letter = _letter(text, self._letters)
        told = _told(choice.get("logprobs"), text, self._letters)
        if told is None or max(told, key=lambda k: told[k]) != letter:
            return self._word(letter)
        by_label = {self._letters[k]: p for k, p in told.items()}
        return Scores(probabilities=by_label, exclusive=True)

    def _word(self, letter: str) -> Scores:
        """Return what one word is worth: Laplace's rule of succession, and never any weight."""
        count = len(self._letters)
        by_label = {
            label: (2.0 if at == letter else 1.0) / (count + 1)
            for at, label in self._letters.items()
        }
        return Scores(probabilities=by_label, exclusive=True, weighable=False)

    def _body(self, picture: Picture) -> dict[str, object]:
        system, asked = self._asked
        shown = {"type": "image_url", "image_url": {"url": _encoded(picture), "detail": "low"}}
        return {
            "model": self._model,
            "temperature": 0,
            "seed": 0,
            "n": 1,
            "max_tokens": 16,
            "stream": False,
            "store": False,
            "logprobs": True,
            "top_logprobs": _TOP,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": [shown, {"type": "text", "text": asked}]},
            ],
            "response_format": _form(list(self._letters)),
        }


def _form(letters: list[str]) -> dict[str, object]:
    """Return the schema of the only answer there is."""
    schema = {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": letters}},
        "required": ["label"],
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": "label", "strict": True, "schema": schema},
    }


def _encoded(picture: Picture) -> str:
    """Return a reduced JPEG of the pixels alone, as a data URL."""
    image = Image.fromarray(picture.pixels)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def _instructions(
    folder: Path, task: Task, language: str, letters: Mapping[str, str]
) -> tuple[str, str]:
    lines = lines_of(folder, "vision_model.yaml")
    meant = [some[0] for some in sentences(folder, task, language)]
    choices = "\n".join(f"{at}: {one}" for at, one in zip(letters, meant, strict=True))
    return lines["rules"][language], lines["ask"][language].format(choices=choices)


def _only_choice(answer: object) -> Mapping[str, Any]:
    """Return the one choice of an answer that ended by itself."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        raise ModelRefusalError("model_unusable")
    if choices[0].get("finish_reason") != "stop":
        raise ModelRefusalError("model_unusable")
    return choices[0]


def _text(choice: Mapping[str, Any]) -> str:
    message = choice.get("message")
    if not isinstance(message, dict) or message.get("tool_calls") or message.get("refusal"):
        raise ModelRefusalError("model_unusable")
    text = message.get("content")
    if not isinstance(text, str):
        raise ModelRefusalError("model_unusable")
    return text


def _letter(text: str, letters: Mapping[str, str]) -> str:
    """Return the letter of an answer that is exactly {"label": letter}; refuse all others."""
    try:
        said = json.loads(text) if len(text) <= 100 else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or list(said) != ["label"]:
        raise ModelRefusalError("model_unusable")
    letter = said["label"]
    if not isinstance(letter, str) or letter not in letters:
        raise ModelRefusalError("model_unusable")
    return letter


def _told(offered: object, text: str, letters: Mapping[str, str]) -> dict[str, float] | None:
    """Return a probability for each letter where the letter was written; None: none usable."""
    tokens = offered.get("content") if isinstance(offered, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(one, dict) for one in tokens):
        return None
    before = ""
    for one in tokens:
        after = before + str(one.get("token", ""))
        if _TOUCHED.match(after):
            return _alternatives(one.get("top_logprobs"), before, letters)
        if not text.startswith(after):
            return None
        before = after
    return None


def _alternatives(
    offered: object, before: str, letters: Mapping[str, str]
) -> dict[str, float] | None:
    if not isinstance(offered, list) or len(offered) > 10 * _TOP:
        return None
    found = dict.fromkeys(letters, 0.0)
    for one in offered:
        value = one.get("logprob") if isinstance(one, dict) else None
        if not isinstance(value, int | float) or not isfinite(value) or value > 1e-6:
            return None
        touched = _TOUCHED.match(before + str(one.get("token", "")))
        if touched and touched[1] in found:
            found[touched[1]] += min(1.0, exp(value))
    mass = sum(found.values())
    if not _LEAST_MASS <= mass <= 1.001:
        return None
    return {letter: p / max(1.0, mass) for letter, p in found.items()}
