"""Words from sound: the real engines, on real and on wordless sound."""

import re

import numpy as np
import pytest

from assistant.extraction.lexical import LexicalExtractor
from assistant.records.speech import RATE, Recording
from assistant.records.terms import Language
from assistant.settings import Settings
from assistant.speech.activity import speech_spans
from assistant.speech.decoding import decode
from assistant.speech.ears import Ears
from assistant.speech.gates import refusal
from assistant.speech.languages import written_in
from assistant.speech.streaming import Stream
from assistant.speech.unpacking import dimensions, read_variables, state_dict
from assistant.speech.weights import locate
from assistant.speech.writing import in_script, with_numbers
from assistant.turn.doubting import needs_a_look
from tests.speech.conftest import DATA
from tests.speech.sounds import wordless

# openai-whisper leaves its vocabulary's file to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*tiktoken")


def same_text(hear, samples):
    """Return the words that both engines write with the same context; they must agree.

    Only the words: rounding to int8 sets a comma here and there.
    """
    texts = {
        plain(hear(engine, "tiny.en").transcriber.transcribe(samples, language="en", whole=True))
        for engine in ("faster-whisper", "openai-whisper")
    }
    assert len(texts) == 1, texts
    return texts.pop()


def plain(piece):
    return " ".join(re.findall(r"[a-z']+", piece.text.lower()))


@pytest.mark.parametrize("model", ["base", "tiny.en"])
def test_a_sentence_is_heard(hear, clip, model):
    """The words that call an ambulance must arrive."""
    heard = hear(model=model).hear(clip, language=Language.ENGLISH)
    assert "crushing chest pain" in heard.text.lower()
    assert "sweating" in heard.text.lower()
    assert heard.language is Language.ENGLISH
    assert heard.confidence > 0.6


@pytest.mark.parametrize("model", ["base", "tiny.en"])
@pytest.mark.parametrize("file", ["yes", "no"])
def test_a_word_alone_is_heard_once(hear, model, file):
    """Most questions are answered with one word; a short context makes "No? No? No?" of it."""
    sound = decode((DATA / f"{file}.ogg").read_bytes(), most_seconds=60, most_bytes=10**7)
    heard = hear(model=model).hear(sound, language=Language.ENGLISH, asked=("dyspnea",))
    if model == "base" or heard.text:  # tiny.en may ask for it again
        assert re.findall(r"[a-z']+", heard.text.lower()) == [file]
    else:
        assert heard.refused


def test_confidence_is_that_of_the_words(hear, clip):
    """A doubtful comma is no doubtful word."""
    heard = hear().hear(clip, language=Language.ENGLISH)
    spoken = [word.probability for word in heard.words if re.search(r"\w", word.text)]
    assert heard.confidence == pytest.approx(sum(spoken) / len(spoken))


@pytest.mark.parametrize("name", ["base", "tiny.en"])
def test_nobody_speaks_and_nothing_is_written(hear, name):
    """A hundred clips of silence, noise, hum, music, keys, breath: an invented symptom is none."""
    invented = {}
    for clip, samples in wordless():
        heard = hear(model=name).hear(Recording(samples=samples), language=Language.ENGLISH)
        if heard.text:
            invented[clip] = heard.text
    assert invented == {}


def test_both_engines_write_the_same(hear, clip):
    """openai-whisper over the unpacked weights is the same model."""
    assert same_text(hear, clip.samples) == "i have crushing chest pain and i am sweating"


def test_both_engines_on_the_shared_clip(hear, shared_data):
    """The same on somebody's real voice."""
    data = (shared_data / "speech/whisper_jfk/jfk.flac").read_bytes()
    recording = decode(data, most_seconds=60, most_bytes=10**7)
    assert "ask not what your country can do for you" in same_text(hear, recording.samples)


def test_mandarin_is_detected_and_written_in_simplified_characters(hear, shared_data):
    """The lexicon and the page are simplified; base writes traditional unless told."""
    data = (shared_data / "speech/sr_examples/chinese.flac").read_bytes()
    recording = decode(data, most_seconds=60, most_bytes=10**7)
    heard = hear().hear(recording, language=None, page=Language.CHINESE)
    assert heard.language is Language.CHINESE
    assert "自己的脚" in heard.text


def test_the_other_language_is_heard_where_it_is_clearer(hear, clip):
    """English on a Chinese page must not become a Chinese cough; nor a loan of confidence."""
    heard = hear().hear(clip, language=Language.CHINESE, page=Language.CHINESE)
    assert heard.language is Language.ENGLISH
    assert "crushing chest pain" in heard.text.lower()


def test_the_words_tell_their_language():
    """Told to write Chinese it may write what it hears in English; then that is English."""
    assert written_in("I have crushing chest pain。", "zh") is Language.ENGLISH
    assert written_in("我发烧39度", "en") is Language.CHINESE
    assert written_in("39.2", "zh") is Language.CHINESE
    assert written_in("做了 CT。", "zh") is Language.CHINESE


@pytest.mark.parametrize(
    ("setting", "page", "expected"),
    [("page", "zh", "zh"), ("detect", "zh", None), ("en", "zh", "en"), ("zh", "en", "zh")],
)
def test_the_setting_says_what_is_listened_for(knowledge, setting, page, expected):
    """An operator may let either language be spoken on either page."""
    ears = Ears(knowledge, Settings(_env_file=None, speech_language=setting))
    assert ears.language(Language(page)) == expected


def test_unpacked_weights_are_complete_and_exact(cache):
    """Every number of the file is found again in openai-whisper's layout."""
    variables = read_variables(
        locate("tiny.en", path=None, cache=cache, allow_network=False) / "model.bin"
    )
    state, shape = state_dict(variables), dimensions(variables)
    assert (shape["n_audio_layer"], shape["n_text_layer"], shape["n_audio_head"]) == (4, 4, 6)
    fused = variables["encoder/layer_0/self_attention/linear_0/weight"].astype(np.float32)
    parts = [state[f"encoder.blocks.0.attn.{n}.weight"].numpy() for n in ("query", "key", "value")]
    assert np.array_equal(np.concatenate(parts), fused)


@pytest.mark.parametrize("damage", [0, 10, 40])
def test_a_damaged_weights_file_is_said_to_be(tmp_path, damage):
    """A half copied file is an error with a name, not a crash in a library."""
    from assistant.errors import ModelFileError

    (tmp_path / "model.bin").write_bytes(b"\x06\x00\x00\x00\x0c\x00WhisperSpec\x00"[:damage])
    with pytest.raises(ModelFileError):
        read_variables(tmp_path / "model.bin")


def test_a_stream_tells_start_partial_and_final(hear, clip):
    """Hands-free: the turn ends by itself after a silence, and once."""
    stream = Stream(hear(model="tiny.en"), language=Language.ENGLISH, page=Language.ENGLISH)
    sound = np.concatenate(
        [np.zeros(RATE, np.float32), clip.samples, np.zeros(2 * RATE, np.float32)]
    )
    events = [e for at in range(0, len(sound), 1600) for e in stream.feed(sound[at : at + 1600])]
    kinds = [event.kind for event in events]
    assert kinds[0] == "start"
    assert "partial" in kinds
    assert kinds.count("final") == 1
    assert "chest pain" in events[kinds.index("final")].utterance.text.lower()


def test_who_pauses_long_is_waited_for_longer(hear, clip):
    """A turn that was ended in the middle of a thought must not be ended there again."""
    stream = Stream(hear(model="tiny.en"), language=Language.ENGLISH, page=Language.ENGLISH)
    (start, end), margin = speech_spans(clip.samples)[0], RATE // 5
    words = clip.samples[start + margin : end - margin]

    def ends_after(pause: float) -> list[str]:
        sound = np.concatenate([words, np.zeros(int(pause * RATE), np.float32)])
        heard = [e for at in range(0, len(sound), 1600) for e in stream.feed(sound[at : at + 1600])]
        return [e.kind for e in heard if e.kind == "final"]

    assert ends_after(0.8) == ["final"]  # cut off: they go on at once
    assert ends_after(0.8) == []
    assert ends_after(3.0) == ["final"]  # both sentences are one turn
    assert ends_after(0.8) == []  # and it stays so


def test_silence_in_a_stream_gives_nothing(hear):
    """Letting the button go without a word is said as such."""
    stream = Stream(hear(model="tiny.en"), language=Language.ENGLISH, page=Language.ENGLISH)
    assert list(stream.feed(np.zeros(RATE, np.float32))) == []
    assert [event.kind for event in stream.finish()] == ["nothing"]


def test_doubt_is_shown_before_it_counts(hear, clip, knowledge):
    """Loud noise over the words: they are shown first, or nothing is heard at all."""
    noise = np.random.default_rng(1).normal(0, 0.35, len(clip.samples)).astype(np.float32)
    loud = Recording(samples=clip.samples * 0.2 + noise)
    heard = hear().hear(loud, language=Language.ENGLISH)
    assert needs_a_look(heard, LexicalExtractor(knowledge))


def test_gates_refuse_loops_echoes_and_captions(clip):
    """Each gate by an example of what it is for, and one that passes all."""
    from assistant.records.speech import Piece

    def piece(text, **more):
        return Piece(text=text, language="en", **more)

    assert refusal(piece("pain " * 30, compression=9.0), 20) == "loop"
    assert refusal(piece("Thanks for watching!", no_speech=0.5), 2) == "caption"
    assert refusal(piece("[Music]"), 3) == "empty"
    assert refusal(piece("chest pain, cough"), 3, "Interview: chest pain, cough.") == "echo"
    assert refusal(piece("My head hurts", mean_log_probability=-0.3), 1.2) is None


def test_a_name_that_was_asked_for_may_be_said(hear):
    """The prompt holds "shortness of breath"; whoever says just that is no echo of it."""
    recording = decode((DATA / "breath.ogg").read_bytes(), most_seconds=60, most_bytes=10**7)
    heard = hear(model="tiny.en").hear(recording, language=Language.ENGLISH, asked=("dyspnea",))
    assert "shortness of breath" in heard.text.lower()


@pytest.mark.parametrize(
    ("file", "measure", "value"),
    [
        ("fever", "temperature_c", 39.2),
        ("pressure", "sbp", 180),
        ("pressure", "dbp", 110),
    ],
)
def test_spoken_numbers_are_measured(hear, knowledge, file, measure, value):
    """A fever that is said is a fever that is known."""
    recording = decode((DATA / f"{file}.ogg").read_bytes(), most_seconds=60, most_bytes=10**7)
    heard = hear(model="tiny.en").hear(recording, language=Language.ENGLISH)
    told = LexicalExtractor(knowledge).extract(heard.text, language=Language.ENGLISH)
    assert value in [m.value for m in told.measurements if m.measure == measure], heard.text


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("It was thirty nine point two degrees celsius", "It was 39.2 °C"),
        ("blood pressure one twenty over eighty", "blood pressure 120/80"),
        ("blood pressure one eighty over one ten", "blood pressure 180/110"),
        ("blood pressure 180 over 95", "blood pressure 180/95"),
        ("my temperature is a hundred and two", "my temperature is 102"),
        ("a fever of one oh two point five", "a fever of 102.5"),
        ("pulse of one hundred and forty", "pulse of 140"),
        ("oxygen is eighty-eight percent", "oxygen is 88 percent"),
        ("I have two children", "I have two children"),
        ("pressure in one leg or two", "pressure in one leg or two"),
    ],
)
def test_numbers_are_written_as_they_are_measured(spoken, written):
    """A pressure that is not read is a red flag that does not fire."""
    assert with_numbers(spoken, Language.ENGLISH) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("高压一百八，低压一百一", "高压180，低压110"),
        ("血压一百八十到一百零五", "血压180到105"),
        ("心率大概一百二十五", "心率大概125"),
        ("血糖十五点二，血氧九十", "血糖15.2，血氧90"),
        ("发烧38点5度", "发烧38.5度"),
        ("我有两个孩子，一百个人", "我有两个孩子，一百个人"),
    ],
)
def test_chinese_numbers_are_written_as_they_are_measured(spoken, written):
    """一百八 is a hundred and eighty."""
    assert with_numbers(spoken, Language.CHINESE) == written


def test_script_follows_the_page():
    """Traditional characters in, simplified out; and the other way where asked."""
    assert in_script("我頭痛發燒") == "我头痛发烧"
    assert in_script("我头痛", traditional=True) == "我頭痛"
