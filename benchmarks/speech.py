"""Speech: words and time of both engines on the same weights and clips, and the streamed turn.

    python benchmarks/speech.py [--data ../shared/data/speech] [--model tiny.en base]

Clips: JFK (11 s, one voice) and eight read Harvard sentences in two voices, with the words of the
published list (the labels beside the clips misspell some). Timed: activity, decoding and words,
after one warm-up; the engines alternate clip by clip, so that load on the machine falls on all.
One JSON line a run.
"""

import argparse
import json
import os
import re
import resource
import statistics
import time
from pathlib import Path

import numpy as np

from assistant.knowledge import Knowledge
from assistant.records.speech import RATE
from assistant.records.terms import Language
from assistant.settings import current
from assistant.speech import TRANSCRIBERS
from assistant.speech.activity import speech_spans
from assistant.speech.decoding import decode
from assistant.speech.hearing import Hearing
from assistant.speech.streaming import Stream
from assistant.speech.weights import locate

_HARVARD = "speechbrain_samples/tests/samples/ASR/"
WORDS = {
    "whisper_jfk/jfk.flac": "and so my fellow americans ask not what your country can do for you "
    "ask what you can do for your country",
    f"{_HARVARD}spk1_snt1.wav": "the child almost hurt the small dog",
    f"{_HARVARD}spk1_snt2.wav": "drop the two when you add the figures",
    f"{_HARVARD}spk1_snt3.wav": "at that high level the air is pure",
    f"{_HARVARD}spk1_snt4.wav": "a thin stripe runs down the middle",
    f"{_HARVARD}spk1_snt5.wav": "sunday is the best part of the week",
    f"{_HARVARD}spk2_snt1.wav": "we are sure that one war is enough",
    f"{_HARVARD}spk2_snt2.wav": "what joy there is in living",
    f"{_HARVARD}spk2_snt4.wav": "mend the coat before you go out",
}


def normal(text: str) -> list[str]:
    """Return the words in lower case without punctuation: one normaliser for all."""
    return re.findall(r"[a-z0-9']+", text.lower())


def errors(heard: list[str], said: list[str]) -> int:
    """Return the fewest words put in, left out or changed (Levenshtein)."""
    row = list(range(len(said) + 1))
    for i, h in enumerate(heard, 1):
        last, row[0] = row[0], i
        for j, s in enumerate(said, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (h != s))
    return row[-1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/data/speech"))
    parser.add_argument("--model", nargs="+", default=["tiny.en", "base"])
    parser.add_argument("--turns", type=int, default=12)
    args = parser.parse_args()
    settings = current()
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    clips = {
        name: decode((args.data / name).read_bytes(), most_seconds=60, most_bytes=10**7)
        for name in WORDS
    }
    for model in args.model:
        folder = locate(model, path=None, cache=settings.data_dir, allow_network=False)
        rows = {
            "faster-whisper int8 beam 1": {"engine": "faster-whisper"},
            "faster-whisper int8 beam 5": {"engine": "faster-whisper", "beam": 5},
            "faster-whisper int8 whole": {"engine": "faster-whisper", "whole_context": True},
            "openai-whisper float32": {"engine": "openai-whisper"},
        }
        engines = {
            row: Hearing(
                TRANSCRIBERS.create(o.pop("engine"), folder=folder, model=model, threads=2, **o),
                knowledge,
            )
            for row, o in rows.items()
        }
        side_by_side(model, engines, clips)
        streamed(model, engines["faster-whisper int8 beam 1"], clips, args.turns)


def side_by_side(model: str, engines: dict[str, Hearing], clips: dict) -> None:
    wrong, took = dict.fromkeys(engines, 0), dict.fromkeys(engines, 0.0)
    for hearing in engines.values():
        hearing.hear(clips["whisper_jfk/jfk.flac"], language=Language.ENGLISH)
    for name, clip in clips.items():
        for row, hearing in engines.items():
            began = time.perf_counter()
            heard = hearing.hear(clip, language=Language.ENGLISH)
            took[row] += time.perf_counter() - began
            wrong[row] += errors(normal(heard.text), normal(WORDS[name]))
    seconds, words = (
        sum(c.seconds for c in clips.values()),
        sum(map(len, map(normal, WORDS.values()))),
    )
    for row in engines:
        print(
            json.dumps(
                {
                    "benchmark": "speech",
                    "model": model,
                    "engine": row,
                    "clips": len(clips),
                    "words": words,
                    "wer": round(wrong[row] / words, 4),
                    "real_time_factor": round(took[row] / seconds, 3),
                    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                    "load": round(os.getloadavg()[0], 2),
                }
            ),
            flush=True,
        )


def streamed(model: str, hearing: Hearing, clips: dict, turns: int) -> None:
    """End of a 5-second turn to the final text, sound fed at the pace of speech."""
    sound = clips["whisper_jfk/jfk.flac"].samples[: 5 * RATE]
    silence = np.zeros(3 * RATE, np.float32)
    # Speech may stop before the cut: the wait counts from where Silero last hears it.
    spoken = (
        min(len(sound), speech_spans(np.concatenate([sound, silence]))[-1][1] - RATE // 5) / RATE
    )
    waits = []
    for _ in range(turns):
        stream = Stream(hearing, language=Language.ENGLISH, page=Language.ENGLISH)
        whole, began = np.concatenate([silence[:RATE], sound, silence]), time.perf_counter()
        for at in range(0, len(whole), 1600):
            time.sleep(max(0.0, began + (at + 1600) / RATE - time.perf_counter()))
            if any(e.kind == "final" for e in stream.feed(whole[at : at + 1600])):
                waits.append(time.perf_counter() - began - 1.0 - spoken)
                break
    if waits:
        waits.sort()
        print(
            json.dumps(
                {
                    "benchmark": "speech_turn",
                    "model": model,
                    "n": len(waits),
                    "p50_seconds": round(statistics.median(waits), 2),
                    "worst_seconds": round(waits[-1], 2),
                    "load": round(os.getloadavg()[0], 2),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
