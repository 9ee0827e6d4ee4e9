"""From a Recording to an Utterance: activity ▶ pieces ▶ transcriber ▶ gates ▶ script, numbers.

recording ─Silero─▶ spans ─≤ 25 s─▶ pieces ─Whisper─▶ words ─gates─▶ utterance
"""

from dataclasses import replace

import numpy as np

from assistant.knowledge import Knowledge
from assistant.records.speech import RATE, Piece, Recording, Samples, Utterance
from assistant.records.terms import Language
from assistant.speech import Transcriber
from assistant.speech.activity import speech_spans
from assistant.speech.bias import prompt_for
from assistant.speech.gates import certainty, cleaned, guessed, refusal
from assistant.speech.homophones import Homophones
from assistant.speech.languages import written_in
from assistant.speech.writing import in_script, with_numbers

_LONGEST = 25.0  # seconds of one piece; Whisper reads 30
_OTHER, _CLEARER = 0.5, 0.2  # mean probability: may be the other language; that is clearer
_GAP = 2.0  # seconds of silence that part two pieces


class Hearing:
    """Hears whole recordings with one transcriber; safe to use from many threads."""

    def __init__(self, transcriber: Transcriber, knowledge: Knowledge) -> None:
        self.transcriber, self.knowledge = transcriber, knowledge
        self._rewritings = Homophones(knowledge).rewritings

    def hear(
        self,
        recording: Recording,
        *,
        language: Language | None,
        page: Language = Language.ENGLISH,
        asked: tuple[str, ...] = (),
        traditional: bool = False,
        quick: bool = False,
    ) -> Utterance:
        """Return what is said; `language` None detects it, `asked` are findings just asked about.

        Silence, noise and what cannot be understood give an empty text, with the reason.
        """
        spans = speech_spans(recording.samples)
        spoken = sum(end - start for start, end in spans) / RATE
        prompt = prompt_for(self.knowledge, language or page, asked) if language or asked else ""
        kept: list[Piece] = []
        refused: list[str] = [] if spans else ["no_speech"]
        for start, end in _grouped(spans):
            sound = recording.samples[start:end]
            piece, reason = self._piece(sound, language, prompt, quick)
            if not quick and language and certainty(piece.words) < _OTHER:
                piece, reason = self._otherwise(sound, piece, reason)
            reason = reason or guessed(piece)
            if reason is None:
                kept.append(piece)
            else:
                refused.append(reason)
        return self._utterance(kept, refused, recording, spoken, page, traditional)

    def _piece(
        self, samples: Samples, language: Language | None, prompt: str, quick: bool
    ) -> tuple[Piece, str | None]:
        """Return what is said in a piece, and why it is not used where it is not."""
        sound, spoken = _levelled(samples), language.value if language else None
        seconds = len(samples) / RATE
        piece = self.transcriber.transcribe(
            sound, language=spoken, prompt=prompt, quick=quick, rewritings=self._rewritings
        )
        reason = refusal(piece, seconds, prompt)
        # A prompt or a short context may lead it into a loop or an echo: then without either.
        # What is heard without the prompt is no echo of it: "shortness of breath" may be said.
        if reason in ("loop", "echo", "too_fast"):
            piece = self.transcriber.transcribe(
                sound, language=spoken, quick=quick, whole=True, rewritings=self._rewritings
            )
            reason = refusal(piece, seconds)
        return piece, reason

    def _otherwise(
        self, samples: Samples, piece: Piece, reason: str | None
    ) -> tuple[Piece, str | None]:
        """Return a doubtful piece as the other language, where that is clearer by far.

        Who speaks English on a Chinese page would else be heard as coughing a lot.
        """
        other = self.transcriber.transcribe(_levelled(samples), language=None)
        if other.language == piece.language or not _clearer(other, piece):
            return piece, reason
        return other, refusal(other, len(samples) / RATE)

    def _utterance(
        self,
        kept: list[Piece],
        refused: list[str],
        recording: Recording,
        spoken: float,
        page: Language,
        traditional: bool,
    ) -> Utterance:
        texts = [cleaned(piece.text) for piece in kept]
        language = written_in(" ".join(texts), kept[0].language) if kept else page
        words = tuple(
            replace(word, text=in_script(word.text, traditional=traditional))
            for piece in kept
            for word in piece.words
        )
        text = ("" if language is Language.CHINESE else " ").join(texts)
        return Utterance(
            text=with_numbers(in_script(text, traditional=traditional), language),
            language=language,
            seconds=recording.seconds,
            speech_seconds=min(spoken, recording.seconds),
            words=words,
            rewritten=tuple(name for piece in kept for name in piece.rewritten),
            confidence=certainty(words) if words else 0.0,
            refused=tuple(refused),
        )


def _clearer(piece: Piece, other: Piece) -> bool:
    """Whether a piece was heard more clearly than another by far."""
    return certainty(piece.words) >= certainty(other.words) + _CLEARER


def _grouped(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans joined over short silences, none longer than a piece may be."""
    groups: list[tuple[int, int]] = []
    most = int(_LONGEST * RATE)
    for start, end in spans:
        near = groups and start - groups[-1][1] <= _GAP * RATE and end - groups[-1][0] <= most
        if near:
            groups[-1] = (groups[-1][0], end)
            continue
        groups += [(at, min(at + most, end)) for at in range(start, end, most)]
    return groups


def _levelled(samples: Samples) -> Samples:
    """Return the samples made louder where somebody speaks very softly; never softer."""
    peak = float(np.abs(samples).max(initial=0.0))
    return samples if peak == 0.0 or peak >= 0.3 else (samples * min(0.5 / peak, 20.0))
