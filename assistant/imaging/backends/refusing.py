"""Why a foreign model gives no finding for a picture; such a picture changes nothing."""

from assistant.errors import AssistantError

_SAID = {
    "model_unusable": "The image model gave no answer that can be used. Try another model.",
    "model_silent": "The image model did not answer in time. Try again later.",
    "text_not_sent": "Writing was found in the picture, so it was not sent to another server. "
    "Crop the picture so that no writing is left, then send it again.",
}


class ModelRefusalError(AssistantError):
    """A model could not or would not read a picture; `reason` is an id in prompts/picture.yaml.

    Its message never repeats what the model said, which may hold words out of the picture.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(_SAID[reason])
