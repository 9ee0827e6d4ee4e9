"""The medicine: loaded from `knowledge/`, checked, and read."""

from assistant.knowledge.base import Knowledge
from assistant.knowledge.facts import Facts, facts_of, within

__all__ = ["Facts", "Knowledge", "facts_of", "within"]
