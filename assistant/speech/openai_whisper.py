"""Whisper as openai-whisper runs it: torch, on a GPU where there is one. The reference.

Its own checkpoints are pickles; here the same weights are unpacked from the CTranslate2 file
(`unpacking.py`), so that nothing is unpickled and no hub is needed.
"""

import threading
from pathlib import Path
from typing import Any

import torch
import whisper
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

from assistant.errors import ModelFileError
from assistant.records.speech import RATE, Piece, Samples, Word
from assistant.speech.faster_whisper import compression, grouped
from assistant.speech.homophones import Rewritings, Taken, taken
from assistant.speech.languages import SCRIPTS, SPOKEN, likelier
from assistant.speech.unpacking import dimensions, missing_names, read_variables, state_dict

_MOST_TOKENS = 224


class OpenAIWhisper:
    """One Whisper model in torch; transcribes one piece at a time, from any thread."""

    def __init__(
        self,
        folder: Path,
        model: str,
        *,
        threads: int = 2,
        beam: int = 5,
        device: str = "auto",
        whole_context: bool = True,
    ) -> None:
        variables = read_variables(folder / "model.bin")
        self._model = Whisper(ModelDimensions(**dimensions(variables)))
        state = state_dict(variables)
        if missing := missing_names(state, iter(self._model.state_dict())):
            raise ModelFileError(model, f"{len(missing)} weights are missing in model.bin.")
        self._model.load_state_dict(state, strict=False)
        self._gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
        self._model = self._model.to("cuda" if self._gpu else "cpu").eval()
        self._threads, self._beam = threads, beam
        self._lock = threading.Lock()
        self.id = f"openai-whisper {model} {'float16' if self._gpu else 'float32'}"

    @property
    def busy(self) -> bool:
        """Whether it is at work just now."""
        return self._lock.locked()

    @torch.inference_mode()
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
            mel = whisper.log_mel_spectrogram(
                whisper.pad_or_trim(torch.from_numpy(samples)), self._model.dims.n_mels
            ).to(self._model.device)
            spoken = self._language(mel, language)
            searched = self._beam > 1 and not quick
            options = whisper.DecodingOptions(
                language=spoken,
                beam_size=self._beam if searched else None,
                prompt=prompt or None,
                without_timestamps=True,
                fp16=self._gpu,
                sample_len=min(_MOST_TOKENS, 16 + int(len(samples) / RATE * 12)),
            )
            result: Any = whisper.decode(self._model, mel, options)
            text: str = result.text.strip()
            words: tuple[Word, ...] = ()
            rewritten: tuple[str, ...] = ()
            if not quick:
                (text, rewritten), words = self._read_back(
                    mel, spoken, text, result.tokens, rewritings
                )
        return Piece(
            text=text,
            language=spoken,
            words=words,
            rewritten=rewritten,
            mean_log_probability=result.avg_logprob,
            no_speech=result.no_speech_prob,
            compression=compression(text),
        )

    def _language(self, mel: torch.Tensor, language: str | None) -> str:
        if not self._model.is_multilingual:
            return "en"
        if language is not None:
            return language
        _, told = whisper.detect_language(self._model, mel)
        return likelier({name: told.get(name, 0.0) for name in SPOKEN})

    def _read_back(
        self,
        mel: torch.Tensor,
        spoken: str,
        text: str,
        tokens: list[int],
        rewritings: Rewritings | None,
    ) -> tuple[Taken, tuple[Word, ...]]:
        """Return a text, rewritten where that is likelier, and how sure each word of it is."""
        tokenizer = get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=spoken,
            task="transcribe",
        )
        sound = self._model.embed_audio(mel.unsqueeze(0).to(torch.float32))

        def likelihood(text: str) -> float:
            return float(self._chances(sound, tokenizer, tokenizer.encode(text)).log().sum())

        other = Taken(text) if rewritings is None else taken(text, rewritings(text), likelihood)
        if other.text != text:
            tokens = tokenizer.encode(other.text)
        if not tokens:
            return other, ()
        chances = self._chances(sound, tokenizer, tokens).tolist()
        words, parts = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
        return other, grouped(words[:-1], parts[:-1], chances)

    def _chances(self, sound: torch.Tensor, tokenizer: Any, tokens: list[int]) -> torch.Tensor:
        """Return the probability of each token with the sound, shape (tokens,)."""
        script = SCRIPTS.get(tokenizer.language or "", "")
        before = [tokenizer.sot_prev, *tokenizer.encode(script)] if script else []
        start = [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        fed = torch.tensor([[*start, *tokens]], device=self._model.device)
        logits = self._model.logits(fed, sound)[0, len(start) - 1 : -1]
        chances: torch.Tensor = logits[:, : tokenizer.eot].float().softmax(dim=-1)
        return chances[range(len(tokens)), tokens].clamp(min=1e-9)
