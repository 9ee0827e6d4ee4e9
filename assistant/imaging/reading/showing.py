"""One frame as it leaves the child."""

from dataclasses import dataclass
from typing import Any

from assistant.records.picture import Pixels


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame, ready to be seen."""

    pixels: Pixels
    window: tuple[float, float] | None
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what travels beside the pixels."""
        height, width = self.pixels.shape[:2]
        facts = {"height": height, "width": width, "window": self.window}
        return {**facts, "notes": list(self.notes)}
