"""What is read out of a reply, and the voice that reads it."""

import numpy as np
import pytest

from assistant.errors import MissingExtraError
from assistant.records.speech import RATE, Recording
from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.speech import VOICES
from assistant.speech.errors import NoVoiceError
from assistant.speech.mouth import Mouth
from assistant.speech.saying import MOST_ENTRIES, sentences

LIST = "What this could be:\n" + "\n".join(
    f"- **Illness {i}** — possible\n  speaks for it: cough, fever" for i in range(5)
)


def test_a_long_list_is_not_read_out():
    """A listener cannot skim; the rest is on the screen, and is said to be."""
    said = sentences([LIST, "**Call an ambulance now: 999**\n\nKeep still."], "The rest.")
    assert said[0] == "What this could be:"
    assert said[1 : MOST_ENTRIES + 1] == tuple(f"Illness {i}, possible." for i in range(3))
    assert said[4:] == ("The rest.", "Call an ambulance now: 999.", "Keep still.")


def test_chinese_is_parted_at_its_own_marks():
    said = sentences(
        ["**目前可以先在家休息**\n\n如果加重，请就医。发烧吗？\n- 感冒\n- 流感"], "其余。"
    )
    assert said == ("目前可以先在家休息。", "如果加重，请就医。", "发烧吗？", "感冒。", "流感。")


def test_numbers_stay_whole_and_nothing_is_endless():
    """39.2 is no end of a sentence; a voice gets a piece that it can say."""
    assert sentences(["It is 39.2 °C today. Rest."], "") == ("It is 39.2 °C today.", "Rest.")
    assert max(map(len, sentences(["word " * 500], ""))) <= 280
    assert sentences(["***\n\n- \n"], "") == ()


@pytest.fixture(scope="module")
def piper():
    """Return the voice of the extra [voice]."""
    pytest.importorskip("piper", reason="the extra [voice] is not installed")
    return Mouth(Settings(_env_file=None, voice="piper"))


def test_piper_is_understood(piper, hear):
    """What it says is what is heard, so that nobody is told something else."""
    sound, rate = piper.say("Call an ambulance now. Keep still.", Language.ENGLISH, 1.0)
    at = np.arange(int(len(sound) * RATE / rate)) * rate / RATE
    samples = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
    heard = hear(model="tiny.en").hear(Recording(samples=samples), language=Language.ENGLISH)
    assert "call an ambulance now" in heard.text.lower()


def test_faster_is_shorter(piper):
    """An old ear may slow it down."""
    length = {s: len(piper.say("Keep still.", Language.ENGLISH, s)[0]) for s in (0.8, 1.25)}
    assert length[0.8] > 1.2 * length[1.25]


def test_a_voice_does_not_speak_a_language_it_has_not(piper):
    """English phonemes for Chinese are no Chinese."""
    with pytest.raises(NoVoiceError):
        piper.say("请拨打急救电话。", Language.CHINESE, 1.0)


def test_the_browser_is_the_default_voice():
    """The server says nothing unless the operator wants it."""
    with pytest.raises(NoVoiceError):
        Mouth(Settings(_env_file=None)).say("Hello.", Language.ENGLISH, 1.0)


def test_a_missing_extra_is_named(monkeypatch):
    """Without piper-tts, the error says what to install."""
    import sys

    monkeypatch.setitem(sys.modules, "piper", None)
    monkeypatch.delitem(sys.modules, "assistant.speech.piper", raising=False)
    with pytest.raises((MissingExtraError, ModuleNotFoundError), match="voice"):
        VOICES.create("piper")


def test_a_folder_that_is_no_voice_is_said_to_be(tmp_path):
    from assistant.errors import ModelFileError

    pytest.importorskip("piper", reason="the extra [voice] is not installed")
    with pytest.raises(ModelFileError, match=r"\.onnx"):
        Mouth(Settings(_env_file=None, voice="piper", voice_path=tmp_path)).voice()
