"""Anamnesis: a conversational diagnostic assistant."""

__version__ = "0.1.0"
