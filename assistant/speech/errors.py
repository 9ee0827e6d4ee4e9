"""What can be wrong with a recording; no message repeats what was said."""

from assistant.errors import AssistantError


class RecordingError(AssistantError):
    """A recording cannot be used; the message says what to do, `reason` is a short code."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class TooManySpeakersError(AssistantError):
    """The queue for the transcriber is full; nothing was heard."""

    retry_after = 10  # seconds

    def __init__(self) -> None:
        super().__init__("Many people are speaking right now: try again soon, or type instead.")


class NoVoiceError(AssistantError):
    """No voice here speaks that language; the words stand on the screen."""

    def __init__(self) -> None:
        super().__init__(
            "No voice here speaks this language: read the reply, or let the browser speak."
        )
