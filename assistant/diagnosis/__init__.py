"""What it could be: belief over conditions, and why."""

from assistant.diagnosis.belief import Belief, Posterior

__all__ = ["Belief", "Posterior"]
