"""The languages that are listened for."""

from collections.abc import Mapping

SPOKEN = ("en", "zh")


def likelier(probabilities: Mapping[str, float]) -> str:
    """Return the likelier of the languages that are listened for; English where both are even.

    >>> likelier({"en": 0.2, "zh": 0.7})
    'zh'
    """
    return max(SPOKEN, key=lambda name: probabilities.get(name, 0.0))
