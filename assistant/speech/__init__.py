"""From sound to words and back: decoding, voice activity, transcribers, gates, voices."""

from collections.abc import Iterator
from typing import Protocol

from assistant.records.speech import Piece, Samples
from assistant.records.terms import Language
from assistant.registry import Backend, Registry


class Transcriber(Protocol):
    """Anything that turns up to 30 seconds of speech into words."""

    @property
    def id(self) -> str:
        """Engine, model and how it computes."""

    def transcribe(
        self,
        samples: Samples,
        *,
        language: str | None,
        prompt: str = "",
        quick: bool = False,
        whole: bool = False,
    ) -> Piece:
        """Return what is said.

        `language` None detects English or Chinese, `quick` skips the words' probabilities,
        `whole` gives the encoder its full 30 seconds, which is slower and surer.
        """


class Voice(Protocol):
    """Anything that speaks."""

    rate: int  # samples a second

    def speak(self, text: str, language: Language) -> Iterator[bytes]:
        """Yield 16-bit little-endian mono sound, a sentence at a time."""


TRANSCRIBERS: Registry[Transcriber] = Registry(
    "transcriber",
    {
        "faster-whisper": Backend(
            "assistant.speech.faster_whisper:FasterWhisper", "faster_whisper"
        ),
        "openai-whisper": Backend("assistant.speech.openai_whisper:OpenAIWhisper", "whisper"),
    },
)
VOICES: Registry[Voice] = Registry(
    "voice", {"piper": Backend("assistant.speech.piper:Piper", "piper", "voice")}
)
