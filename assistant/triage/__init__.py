"""How soon: red flags as a floor, vital signs, and the risk that the differential carries."""

from assistant.triage.desk import Desk, load_desk
from assistant.triage.policy import NEGLIGIBLE, believed, level_of, triage
from assistant.triage.red_flags import fired, floor_of

__all__ = [
    "NEGLIGIBLE",
    "Desk",
    "believed",
    "fired",
    "floor_of",
    "level_of",
    "load_desk",
    "triage",
]
