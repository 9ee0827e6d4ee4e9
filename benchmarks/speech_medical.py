"""Medical words in synthetic voices: our own sentences, three voices, two levels of noise.

SYNTHETIC: the voices are Piper's en_US-joe and two of espeak-ng, the noise is white. No figure here
says how well a patient is heard; they serve to compare models, and hearing with and without the
prompt of medical words. Words between asterisks in `speech_sentences.txt` are the medical ones.
"""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.extraction.lexical import LexicalExtractor
from assistant.knowledge import Knowledge
from assistant.records.speech import RATE, Piece, Recording, Samples
from assistant.records.terms import Language
from assistant.settings import Settings, current
from assistant.speech.decoding import decode
from assistant.speech.hearing import Hearing
from assistant.speech.mouth import Mouth
from assistant.turn.doubting import needs_a_look
from benchmarks.speech_words import errors, normal, rate

SENTENCES = Path(__file__).parent / "speech_sentences.txt"
NOISES = {"20 dB": 20.0, "10 dB": 10.0}  # speech over noise


def medical(models: list[str]) -> None:
    """Hear every sentence in every voice and noise, with and without the prompt."""
    from benchmarks.speech import engine

    lines = [line for line in SENTENCES.read_text(encoding="utf-8").splitlines() if line.strip()]
    plain = [line.replace("*", "") for line in lines]
    spoken = {name: [say(line) for line in plain] for name, say in voices().items()}
    settings = current()
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    extractor = LexicalExtractor(knowledge)
    for model in models:
        transcriber = engine(model, engine="faster-whisper")
        for biased in (True, False):
            hearing = Hearing(transcriber if biased else Unbiased(transcriber), knowledge)
            for noise, ratio in NOISES.items():
                count = partial(_counts, hearing, extractor)
                found = in_noise(spoken, lines, ratio, count)
                report(found, "medical", model=model, prompt=biased, noise=noise)


def in_noise(
    spoken: dict[str, list[Samples]],
    lines: list[str],
    ratio: float,
    count: Callable[[Samples, str], "Counts"],
) -> dict[str, list["Counts"]]:
    """Count what becomes of each line in each voice, with noise `ratio` decibels below it."""
    return {
        voice: [
            count(noisy(clip, ratio, number), line)
            for number, (clip, line) in enumerate(zip(clips, lines, strict=True))
        ]
        for voice, clips in spoken.items()
    }


def report(found: dict[str, list["Counts"]], kind: str, **what: object) -> None:
    """Print the errors of each voice and of all, then of the medical words."""
    from benchmarks.speech import show

    everything = [counts for of_voice in found.values() for counts in of_voice]
    for voice, of_voice in (*found.items(), ("all three", everything)):
        words = rate([counts.words for counts in of_voice])
        show(benchmark=f"speech_{kind}_synthetic", **what, voice=voice, **words)
    terms = rate([counts.terms for counts in everything])
    show(benchmark=f"speech_{kind}_words_synthetic", **what, **terms)
    unseen = rate([counts.unseen for counts in everything])
    show(
        benchmark=f"speech_{kind}_words_wrong_and_not_shown_first_synthetic", **what, **unseen,
        shown_first=sum(counts.shown for counts in everything),
    )  # fmt: skip


class Counts(NamedTuple):
    """What became of one sentence: (wrong, all) of its words, of its medical words, and unseen."""

    words: tuple[int, int]
    terms: tuple[int, int]
    unseen: tuple[int, int]  # missed where the patient was not asked to look
    shown: bool  # the patient was asked to look


def _counts(hearing: Hearing, extractor: LexicalExtractor, clip: Samples, line: str) -> Counts:
    utterance = hearing.hear(Recording(samples=clip), language=Language.ENGLISH)
    heard, said = normal(utterance.text), normal(line.replace("*", ""))
    terms = [word for part in line.split("*")[1::2] for word in normal(part)]
    missed, shown = sum(word not in heard for word in terms), needs_a_look(utterance, extractor)
    return Counts(
        words=(errors(heard, said), len(said)),
        terms=(missed, len(terms)),
        unseen=(0 if shown else missed, len(terms)),
        shown=shown,
    )


class Unbiased:
    """The same transcriber, never told what to expect."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def transcribe(self, samples: Samples, *, prompt: str = "", **more: object) -> Piece:
        """Return what is said, without a prompt."""
        return self._inner.transcribe(samples, **more)  # type: ignore[attr-defined, no-any-return]


def voices() -> dict[str, Callable[[str], Samples]]:
    """Return three voices by name."""
    mouth = Mouth(Settings(voice="piper"))
    return {
        "piper en_US-joe": lambda text: at_our_rate(*mouth.say(text, Language.ENGLISH, 1.0)),
        "espeak-ng en-gb": lambda text: _espeak(text, "en-gb"),
        "espeak-ng en-us+f3": lambda text: _espeak(text, "en-us+f3"),
    }


def _espeak(text: str, voice: str) -> Samples:
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", text]
    made = subprocess.run(command, capture_output=True, check=True)
    return decode(made.stdout, most_seconds=60, most_bytes=10**7).samples


def at_our_rate(samples: Samples, rate: int) -> Samples:
    """Return a voice's sound at the rate of our recordings."""
    at = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


def noisy(samples: Samples, decibels: float, seed: int) -> Samples:
    """Return speech with white noise so many decibels below it, and half a second around it."""
    padded = np.pad(samples, RATE // 2)
    loudness = float(np.sqrt(np.mean(np.square(samples))))
    noise = np.random.default_rng(seed).normal(0, loudness * 10 ** (-decibels / 20), len(padded))
    return (padded + noise).astype(np.float32)
