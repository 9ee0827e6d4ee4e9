"""Whisper run by CTranslate2 through faster-whisper: int8 on a CPU, float16 on a GPU.

The encoder is given only as much sound as there is, with a margin, rather than the 30 seconds it
was trained on: for a short answer that is twice as fast. `benchmarks/speech.py` measures what it
costs in words. A final transcript is searched for with a beam; a partial one is taken greedily.
"""

import threading
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from assistant.records.speech import RATE, Piece, Samples, Word
from assistant.speech.homophones import Rewritings, Taken, taken
from assistant.speech.languages import SCRIPTS, SPOKEN, likelier

_FRAMES_PER_SECOND, _WHOLE = 100, 3000
_MARGIN = 1.5  # seconds of context after the speech
# Seconds of context at least. With less, the tiny models say a short answer twice ("No? No?").
_LEAST, _LEAST_TINY = 12.0, 20.0
_MOST_TOKENS = 224  # half of the decoder's 448: the other half holds the prompt


class FasterWhisper:
    """One Whisper model; transcribes one piece at a time, from any thread."""

    def __init__(
        self,
        folder: Path,
        model: str,
        *,
        threads: int = 2,
        beam: int = 5,
        device: str = "auto",
        whole_context: bool = False,
    ) -> None:
        gpu = device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)
        compute = "float16" if gpu else "int8"
        self._model = WhisperModel(
            str(folder),
            device="cuda" if gpu else "cpu",
            compute_type=compute,
            cpu_threads=threads,
            local_files_only=True,
        )
        self._beam, self._whole = beam, whole_context
        self._least = _LEAST_TINY if model.startswith("tiny") else _LEAST
        self._lock = threading.Lock()
        self.id = f"faster-whisper {model} {compute}"

    @property
    def library(self) -> WhisperModel:
        """The library's own object, for benchmarks."""
        return self._model

    @property
    def busy(self) -> bool:
        """Whether it is at work just now."""
        return self._lock.locked()

    def transcribe(
        self,
        samples: Samples,
        *,
        language: str | None,
        prompt: str = "",
        quick: bool = False,
        whole: bool = False,
        rewritings: Rewritings | None = None,
    ) -> Piece:
        """Return what is said in at most 30 seconds of sound."""
        with self._lock:
            encoded, frames = self._encode(samples, whole or self._whole)
            spoken = self._language(encoded, language)
            tokenizer = Tokenizer(
                self._model.hf_tokenizer,
                self._model.model.is_multilingual,
                task="transcribe",
                language=spoken,
            )
            beam = 1 if quick else self._beam
            result = self._generate(encoded, tokenizer, prompt, len(samples) / RATE, beam)
            tokens = [t for t in result.sequences_ids[0] if t < tokenizer.eot]
            text = tokenizer.decode(tokens).strip()
            other = Taken(text)
            if rewritings is not None and not quick:
                known = partial(self._likelihood, encoded, tokenizer, frames)
                other = taken(text, rewritings(text), known)
            if other.text != text:
                text, tokens = other.text, tokenizer.encode(other.text)
            words = () if quick else self._words(encoded, tokenizer, tokens, frames)
        length = len(result.sequences_ids[0])
        return Piece(
            text=text,
            language=spoken,
            words=words,
            rewritten=other.doubtful,
            mean_log_probability=result.scores[0] * length / (length + 1),
            no_speech=result.no_speech_prob,
            compression=compression(text),
        )

    def _encode(self, samples: Samples, whole: bool) -> tuple[Any, int]:
        features = self._model.feature_extractor(samples)
        frames = min(features.shape[-1], _WHOLE)
        wanted = max(self._least, len(samples) / RATE + _MARGIN) * _FRAMES_PER_SECOND
        most = _WHOLE if whole else min(_WHOLE, int(wanted) // 2 * 2)
        padded = np.zeros((features.shape[0], most), features.dtype)
        padded[:, : min(most, frames)] = features[:, : min(most, frames)]
        return self._model.encode(padded), min(frames, most)

    def _language(self, encoded: Any, language: str | None) -> str:
        if not self._model.model.is_multilingual:
            return "en"
        if language is not None:
            return language
        told = {token[2:-2]: p for token, p in self._model.model.detect_language(encoded)[0]}
        return likelier({name: told.get(name, 0.0) for name in SPOKEN})

    def _generate(
        self, encoded: Any, tokenizer: Any, prompt: str, seconds: float, beam: int
    ) -> Any:
        before = [tokenizer.sot_prev, *tokenizer.encode(" " + prompt)[-200:]] if prompt else []
        start = [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        most = min(_MOST_TOKENS, 16 + int(seconds * 12))  # nobody speaks faster
        return self._model.model.generate(
            encoded,
            [start],
            beam_size=beam,
            max_length=min(448, len(start) + most),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, [-1])),
        )[0]

    def _words(
        self, encoded: Any, tokenizer: Any, tokens: list[int], frames: int
    ) -> tuple[Word, ...]:
        if not tokens:
            return ()
        words, parts = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
        chances = self._chances(encoded, tokenizer, tokens, frames)
        return grouped(words[:-1], parts[:-1], chances)

    def _likelihood(self, encoded: Any, tokenizer: Any, frames: int, text: str) -> float:
        chances = self._chances(encoded, tokenizer, tokenizer.encode(text), frames)
        return float(np.log(np.maximum(chances, 1e-9)).sum())

    def _chances(self, encoded: Any, tokenizer: Any, tokens: list[int], frames: int) -> list[float]:
        """Return the probability of each token with the sound, read back once, without a prompt."""
        script = SCRIPTS.get(tokenizer.language_code, "")
        before = [tokenizer.sot_prev, *tokenizer.encode(script)] if script else []
        start = [*before, *tokenizer.sot_sequence]
        aligned = self._model.model.align(encoded, start, [tokens], max(2, frames))
        return list(aligned[0].text_token_probs)


def grouped(
    words: list[str], parts: list[list[int]], probabilities: list[float]
) -> tuple[Word, ...]:
    """Return words with the mean probability of their tokens."""
    found, at = [], 0
    for text, tokens in zip(words, parts, strict=True):
        mean = float(np.mean(probabilities[at : at + len(tokens)])) if tokens else 0.0
        found.append(Word(text=text, probability=mean))
        at += len(tokens)
    return tuple(found)


def compression(text: str) -> float:
    """Return the length of a text over its zlib length; above 2.4 it repeats itself (Whisper)."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 1.0
