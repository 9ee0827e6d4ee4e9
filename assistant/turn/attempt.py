"""Running one step so that its failure is noted and the rest goes on."""

from collections.abc import Callable
from typing import TypeVar

from assistant.log import failure

T = TypeVar("T")


def attempt(component: str, step: Callable[[], T]) -> T | None:
    """Return what `step` gives, or None where it fails; the failure is logged without its words.

    The caller names the component in the reply's `missing`, so that no failure stays hidden.
    """
    try:
        return step()
    except Exception as error:  # whatever fails, the patient must get a reply
        failure(component, error)
        return None
