"""The voice of one server: loaded when somebody first listens."""

import threading

from assistant.records.speech import Samples
from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.speech import VOICES, Voice
from assistant.speech.errors import NoVoiceError


class Mouth:
    """Says sentences with the voice of the settings; with "browser" it says none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loading = threading.Lock()
        self._voice: Voice | None = None

    def voice(self) -> Voice:
        """Return the voice; MissingExtraError or ModelFileError say why it cannot be."""
        if self._settings.voice == "browser":
            raise NoVoiceError
        with self._loading:
            if self._voice is None:
                folder = self._settings.voice_path
                self._voice = VOICES.create(self._settings.voice, folder=folder)
            return self._voice

    def say(self, sentence: str, language: Language, speed: float) -> tuple[Samples, int]:
        """Return the sound of a sentence, and how many samples of it make a second."""
        voice = self.voice()
        return voice.say(sentence, language=language, speed=speed), voice.rate
