"""The hearing of one server: loads the model when somebody first speaks, and bounds the load."""

import threading
from pathlib import Path

from assistant.knowledge import Knowledge
from assistant.records.speech import Recording, Utterance
from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.speech import TRANSCRIBERS
from assistant.speech.decoding import decode
from assistant.speech.errors import TooManySpeakersError
from assistant.speech.hearing import Hearing
from assistant.speech.pool import Seats
from assistant.speech.weights import locate

_WAITING = 32  # people that may queue
_PATIENCE = 60.0  # seconds that a recording waits for its turn


class Ears:
    """Hears for many people at a time; what was recorded is kept nowhere."""

    def __init__(self, knowledge: Knowledge, settings: Settings) -> None:
        self._knowledge, self._settings = knowledge, settings
        self._loading = threading.Lock()
        self._hearing: Hearing | None = None
        self.seats = Seats(settings.speech_seats, _WAITING)

    def hearing(self) -> Hearing:
        """Return the hearing, its model loaded; ModelFileError says why it cannot be."""
        with self._loading:
            if self._hearing is None:
                self._hearing = self._load()
            return self._hearing

    def language(self, page: Language) -> Language | None:
        """Return the language to listen for on a page; None: it is detected."""
        match self._settings.speech_language:
            case "page":
                return page
            case "detect":
                return None
            case fixed:
                return Language(fixed)

    def decode(self, data: bytes) -> Recording:
        """Return the sound in a file's bytes, within the limits of the settings."""
        return decode(
            data,
            most_seconds=self._settings.max_recording_seconds,
            most_bytes=self._settings.max_recording_bytes,
        )

    def hear(
        self,
        recording: Recording,
        *,
        language: Language | None,
        page: Language = Language.ENGLISH,
        asked: tuple[str, ...] = (),
        traditional: bool = False,
    ) -> Utterance:
        """Return what is said in a recording; waits for a seat."""
        ticket = self.seats.take()
        try:
            if not self.seats.wait(ticket, _PATIENCE):
                raise TooManySpeakersError
            return self.hearing().hear(
                recording, language=language, page=page, asked=asked, traditional=traditional
            )
        finally:
            self.seats.leave(ticket)

    def _load(self) -> Hearing:
        chosen = self._settings
        folder = locate(
            chosen.speech_model,
            path=chosen.speech_model_path,
            cache=Path(chosen.data_dir),
            allow_network=chosen.allow_network,
        )
        engine = TRANSCRIBERS.create(
            best_engine(chosen.transcriber),
            folder=folder,
            model=chosen.speech_model,
            threads=chosen.speech_threads,
        )
        return Hearing(engine, self._knowledge)


def best_engine(name: str) -> str:
    """Return the engine that "auto" means here: CTranslate2, or torch where only that is there."""
    if name != "auto":
        return name
    return "faster-whisper" if TRANSCRIBERS.available("faster-whisper") else "openai-whisper"
