"""What is heard: a Recording in, an Utterance out, with how sure each word is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.records.terms import Language

RATE = 16_000  # samples a second of every recording in here
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One channel of sound: samples from -1 to 1, `RATE` of them a second."""

    samples: Samples  # shape (n,)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as it was heard, and how sure the transcriber is of it (0 to 1)."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a transcriber made of up to 30 seconds, before anything was judged."""

    text: str
    language: str  # ISO 639-1
    words: tuple[Word, ...] = ()
    rewritten: tuple[str, ...] = ()  # names put for words of the same sound, less likely than those
    mean_log_probability: float = 0.0  # of the tokens; 0 is certain
    no_speech: float = 0.0  # probability that nobody speaks
    compression: float = 1.0  # length of the text over its zlib length; loops compress well


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What was said; `text` is empty where nobody spoke or nothing could be understood."""

    text: str
    language: Language
    seconds: float  # of the recording
    speech_seconds: float  # of them, somebody spoke
    words: tuple[Word, ...] = ()
    rewritten: tuple[str, ...] = ()  # names put for words of the same sound: to be looked at
    confidence: float = 0.0  # mean probability of the words, 0 to 1
    refused: tuple[str, ...] = ()  # why parts were left out: "no_speech", "loop", …
