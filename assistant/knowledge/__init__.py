"""The medicine: loaded from `knowledge/`, checked, and read."""

from assistant.knowledge.base import Knowledge
from assistant.knowledge.facts import Facts, facts_of, within
from assistant.knowledge.sights import (
    Sight,
    confirmed,
    findings_in,
    kinds_of,
    sights_of,
    why_of,
    withheld,
)

__all__ = [
    "Facts",
    "Knowledge",
    "Sight",
    "confirmed",
    "facts_of",
    "findings_in",
    "kinds_of",
    "sights_of",
    "why_of",
    "withheld",
    "within",
]
