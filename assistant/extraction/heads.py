"""The questions that the network answers for each word piece, and their possible answers."""

from typing import Final

HEADS: Final = {
    "mention": ("outside", "begin", "inside"),
    "assertion": ("present", "absent", "possible", "hypothetical"),
    "experiencer": ("patient", "relative"),
    "time": ("now", "past"),
    "attribute": ("none", "when", "severity", "frequency", "course", "trigger"),
}
STATUS: Final = ("assertion", "experiencer", "time")  # asked of mentions only
LINK_WIDTH: Final = 128  # numbers in a linking vector
