"""`anamnesis consult --voice`: what is said in recordings, or into the microphone, as lines."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.common import Status
from assistant.commands.transcribe import read_recording
from assistant.errors import AssistantError
from assistant.speech.errors import RecordingError

if TYPE_CHECKING:
    from assistant.extraction import Extractor
    from assistant.records.dialogue import Consultation
    from assistant.records.speech import Utterance
    from assistant.speech.ears import Ears

MICROPHONE = "mic"


class Listener:
    """Turns sound into the lines of a terminal; doubtful words are shown before they count."""

    def __init__(
        self,
        ears: "Ears",
        extractor: "Extractor",
        now: "Callable[[], Consultation]",
        show: Callable[[str], None],
        hint: Callable[..., str],
    ) -> None:
        self._ears, self._extractor, self._now = ears, extractor, now
        self._show, self._hint = show, hint

    def lines(self, voice: list[str], typed: Iterator[str]) -> Iterator[str]:
        """Give what each recording says, then what is typed; with "mic", Enter begins to listen."""
        for name in voice:
            if name != MICROPHONE:
                yield from self._checked(lambda name=name: self._file(Path(name)), typed)  # type: ignore[misc]
        by_microphone = MICROPHONE in voice
        if by_microphone:
            self._show(self._hint("speak"))
        for line in typed:
            if line or not by_microphone:
                yield line
            else:
                yield from self._checked(self._microphone, typed)

    def _checked(
        self, listen: "Callable[[], Utterance | None]", typed: Iterator[str]
    ) -> Iterator[str]:
        """Give what was heard; what is not sure only after Enter, or what is typed instead."""
        from assistant.turn.doubting import doubtful_words, needs_a_look

        try:
            heard = listen()
        except AssistantError as error:
            return self._show(str(error))
        if heard is None or not heard.text:
            return self._show(self._hint("nothing_heard"))
        self._show(f"> {heard.text}")
        if needs_a_look(heard, self._extractor):
            words = ", ".join(doubtful_words(heard)) or heard.text
            self._show(self._hint("look", words=words))
            answer = next(typed, None)
            if answer is None:  # nobody is there to say yes
                return self._show(self._hint("not_taken"))
            yield answer or heard.text
            return None
        yield heard.text
        return None

    def _file(self, file: Path) -> "Utterance":
        from assistant.settings import current

        now = self._now()
        recording = self._ears.decode(read_recording(file, current().max_recording_bytes))
        asked = now.pending.findings if now.pending else ()
        language = now.profile.language
        wanted = self._ears.language(language)
        return self._ears.hear(recording, language=wanted, page=language, asked=asked)

    def _microphone(self) -> "Utterance | None":
        from assistant.speech.microphone import microphone
        from assistant.speech.streaming import Stream

        now = self._now()
        language = now.profile.language
        asked = now.pending.findings if now.pending else ()
        with Status() as status:
            status.show(self._hint("preparing"))
            wanted = self._ears.language(language)
            stream = Stream(self._ears.hearing(), language=wanted, page=language, asked=asked)
            status.show(self._hint("listening"))
            for samples in microphone():
                for event in stream.feed(samples):
                    if event.kind in ("final", "nothing"):
                        return event.utterance
                    if event.utterance is not None:
                        status.show(event.utterance.text[-70:])
        raise RecordingError("no_sound", self._hint("nothing_heard"))
