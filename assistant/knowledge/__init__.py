"""The medicine: loaded from `knowledge/`, checked, and read."""

from assistant.knowledge.base import Knowledge
from assistant.knowledge.facts import Facts, facts_of, within
from assistant.knowledge.sights import Sight, findings_in, sights_of, why_of

__all__ = ["Facts", "Knowledge", "Sight", "facts_of", "findings_in", "sights_of", "why_of", "within"]
