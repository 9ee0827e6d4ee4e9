"""A consultation by voice in the terminal: recordings, and the machine's microphone."""

import io
import os
import subprocess
import sys
import wave

import numpy as np
import pytest

from assistant.speech.decoding import decode, to_pcm
from tests.speech.conftest import CLIP, DATA


@pytest.fixture
def consult(anamnesis, monkeypatch, request):
    """Return a function that types lines into `anamnesis consult --age 58`."""
    monkeypatch.setenv("ANAMNESIS_SPEECH_MODEL", "tiny.en")

    def run(lines, *arguments):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return anamnesis("consult", "--age", "58", "--sex", "male", *arguments)

    return run


def test_a_recording_is_a_turn(consult):
    """Crushing chest pain from a file brings the ambulance, then it goes on by typing."""
    status, out, _ = consult(["", "/quit"], "--voice", CLIP)
    assert status == 0
    assert "> I have crushing chest pain" in out
    assert "999" in out


def test_nothing_is_lost_by_a_bad_file(consult, tmp_path):
    """A wrong file is said to be one; the next is heard."""
    (tmp_path / "no.wav").write_bytes(b"not sound")
    status, out, _ = consult(["/quit"], "--voice", tmp_path / "no.wav", DATA / "breath.ogg")
    assert status == 0
    assert "not a recording" in out
    assert "> shortness of breath" in out.lower()


def test_doubtful_words_are_not_sent_by_themselves(consult, tmp_path):
    """With nobody at the keyboard to say yes, they are not taken."""
    clip = decode(CLIP.read_bytes(), most_seconds=60, most_bytes=10**7).samples
    noise = np.random.default_rng(1).normal(0, 0.02, len(clip))
    with wave.open(str(tmp_path / "noisy.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(to_pcm(clip * 0.15 + noise))
    status, out, _ = consult([], "--voice", tmp_path / "noisy.wav")
    assert status == 0
    assert "I am not sure I heard this right" in out
    assert "It was not sent." in out
    assert "Call an ambulance now" not in out


ALSA = """
pcm.!default {{ type file; slave.pcm "null"; file "/dev/null"; infile "{sound}"; format raw }}
pcm.null {{ type null }}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the microphone here is a file behind ALSA")
def test_the_microphone_is_heard(environment, tmp_path):
    """ALSA plays a recording as the machine's microphone: Enter, speak, understood."""
    clip = decode((DATA / "breath.ogg").read_bytes(), most_seconds=60, most_bytes=10**7).samples
    silence = np.zeros(16_000, np.float32)
    sound = np.concatenate([silence, clip, np.tile(silence, 20)])
    (tmp_path / "sound.raw").write_bytes(to_pcm(sound))
    (tmp_path / "asoundrc").write_text(ALSA.format(sound=tmp_path / "sound.raw"))
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "consult", "--age", "58", "--voice", "mic"],
        input="\n/quit\n",
        env={**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asoundrc"),
             "ANAMNESIS_SPEECH_MODEL": "tiny.en"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Press Enter and speak" in done.stdout
    assert "> shortness of breath" in done.stdout.lower()


@pytest.mark.skipif(sys.platform != "linux", reason="the microphone here is a file behind ALSA")
def test_a_missing_microphone_is_explained(consult, monkeypatch, tmp_path):
    """No sound card: said in words, and typing goes on."""
    (tmp_path / "asoundrc").write_text("# no devices\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asoundrc"))
    status, out, _ = consult(["", "I have a cough", "/quit"], "--voice", "mic")
    assert status == 0
    assert "No microphone answers" in out
    assert "cough" in out


def test_doctor_lists_what_hears_and_speaks(anamnesis):
    """Engines, weights and voice, each tried."""
    _, out, _ = anamnesis("doctor")
    for part in ("transcriber faster-whisper", "transcriber openai-whisper", "voice piper",
                 "silero-vad", "whisper base"):  # fmt: skip
        assert part in out
