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
from assistant.speech.languages import SPOKEN, likelier
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
            words = () if quick else self._words(mel, spoken, result.tokens)
        return Piece(
            text=result.text.strip(),
            language=spoken,
            words=words,
            mean_log_probability=result.avg_logprob,
            no_speech=result.no_speech_prob,
            compression=compression(result.text),
        )

    def _language(self, mel: torch.Tensor, language: str | None) -> str:
        if not self._model.is_multilingual:
            return "en"
        if language is not None:
            return language
        _, told = whisper.detect_language(self._model, mel)
        return likelier({name: told.get(name, 0.0) for name in SPOKEN})

    def _words(self, mel: torch.Tensor, spoken: str, tokens: list[int]) -> tuple[Word, ...]:
        """Return the words with the probability that the model gives each, read back once."""
        kept = list(tokens)
        if not kept:
            return ()
        tokenizer = get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=spoken,
            task="transcribe",
        )
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        fed = torch.tensor([[*start, *kept]], device=self._model.device)
        logits = self._model(mel.unsqueeze(0).to(torch.float32), fed)[0, len(start) - 1 : -1]
        chances = logits[:, : tokenizer.eot].float().softmax(dim=-1)
        of_tokens = chances[range(len(kept)), kept].tolist()
        words, parts = tokenizer.split_to_word_tokens([*kept, tokenizer.eot])
        return grouped(words[:-1], parts[:-1], of_tokens)
