"""From sound to words and back: decoding, voice activity, transcribers, gates."""

from typing import TYPE_CHECKING, Protocol

from assistant.records.speech import Piece, Samples
from assistant.records.terms import Language
from assistant.registry import Backend, Registry

if TYPE_CHECKING:
    from assistant.speech.homophones import Rewritings


class Transcriber(Protocol):
    """Anything that turns up to 30 seconds of speech into words."""

    @property
    def id(self) -> str:
        """Engine, model and how it computes."""

    @property
    def busy(self) -> bool:
        """Whether it is at work just now, so that another call would wait."""

    def transcribe(
        self,
        samples: Samples,
        *,
        language: str | None,
        prompt: str = "",
        quick: bool = False,
        whole: bool = False,
        rewritings: "Rewritings | None" = None,
    ) -> Piece:
        """Return what is said.

        `language` None detects English or Chinese; `quick` takes the first guess and skips the
        words' probabilities; `whole` gives the encoder its full 30 seconds, slower and surer;
        `rewritings` gives other ways to write the same sound, of which the likelier are taken.
        """


TRANSCRIBERS: Registry[Transcriber] = Registry(
    "transcriber",
    {
        "faster-whisper": Backend(
            "assistant.speech.faster_whisper:FasterWhisper", "faster_whisper"
        ),
        "openai-whisper": Backend("assistant.speech.openai_whisper:OpenAIWhisper", "whisper"),
    },
)


class Voice(Protocol):
    """Anything that says a sentence."""

    @property
    def id(self) -> str:
        """Engine and voice."""

    @property
    def rate(self) -> int:
        """Samples a second of what `say` returns."""

    def say(self, sentence: str, *, language: Language, speed: float = 1.0) -> Samples:
        """Return the sound of a sentence; raises NoVoiceError where it is not its language."""


VOICES: Registry[Voice] = Registry(
    "voice", {"piper": Backend("assistant.speech.piper:Piper", "piper", "voice")}
)
