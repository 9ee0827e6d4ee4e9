"""What can be wrong with looking at a picture; no message repeats anything of it."""

from assistant.errors import AssistantError


class TooManyPicturesError(AssistantError):
    """More pictures came at once than can be looked at; nothing of this one was kept."""

    retry_after = 10  # seconds

    def __init__(self) -> None:
        super().__init__("Many pictures are being looked at right now: try again in a few seconds.")


class PicturesOffError(AssistantError):
    """This server does not look at pictures."""

    def __init__(self) -> None:
        super().__init__("This server does not look at pictures: describe it in words instead.")
