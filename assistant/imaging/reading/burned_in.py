"""A small detector of words burned into a picture."""

from assistant.records.picture import Pixels


def has_text(pixels: Pixels) -> bool:
    """Whether there seem to be words."""
    return False
