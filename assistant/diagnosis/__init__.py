"""What it could be: belief over conditions, and why."""

from assistant.diagnosis.belief import Belief, Likeness, Posterior

__all__ = ["Belief", "Likeness", "Posterior"]
