"""How soon: red flags as a floor, vital signs, and the risk that the differential carries."""

from assistant.triage.policy import NEGLIGIBLE, level_of, triage
from assistant.triage.red_flags import fired, floor_of

__all__ = ["NEGLIGIBLE", "fired", "floor_of", "level_of", "triage"]
