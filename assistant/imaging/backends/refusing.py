"""Why a foreign model gives no finding for a picture; such a picture changes nothing."""

from assistant.imaging.reading.errors import PictureError


class ModelRefusalError(PictureError):
    """A model could not or would not read a picture; `reason` is an id in prompts/picture.yaml.

    `model_unusable`, `model_silent` or `text_not_sent`. Its message never repeats what the model
    said, which may hold words out of the picture.
    """
