"""The microphone of this machine, for the terminal: sound as it comes, through FFmpeg's devices."""

import sys
from collections.abc import Iterator

import av

from assistant.records.speech import RATE, Samples
from assistant.speech.errors import RecordingError

_DEVICES = {  # device, FFmpeg's name of its kind, what it is asked for
    "linux": ("default", "alsa", {"sample_rate": str(RATE), "channels": "1"}),
    "darwin": (":0", "avfoundation", {}),
}


def microphone() -> Iterator[Samples]:
    """Give sound at `RATE` until the caller has enough; RecordingError where there is none."""
    if sys.platform not in _DEVICES:
        raise RecordingError("no_microphone", "Here only recordings can be heard: name a file.")
    device, kind, options = _DEVICES[sys.platform]
    try:
        with av.open(device, format=kind, options=options) as container:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            for frame in container.decode(audio=0):
                for part in resampler.resample(frame):
                    yield part.to_ndarray().reshape(-1)
    except av.error.FFmpegError as error:
        raise RecordingError(
            "no_microphone",
            "No microphone answers on this machine: connect one, name a file, or type.",
        ) from error
