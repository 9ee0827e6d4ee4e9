"""Mandarin words that sound alike: the medical one is offered, and the sound decides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.lexical import LexicalExtractor
from assistant.records.speech import Utterance, Word
from assistant.records.terms import Language
from assistant.speech.decoding import decode
from assistant.speech.homophones import Homophones, Rewriting, sound, taken
from assistant.turn.doubting import doubtful_words, needs_a_look

pytestmark = pytest.mark.filterwarnings("ignore:.*tiktoken")
WROTE = "我有糖尿病，再吃二假双瓜"


@pytest.fixture(scope="module")
def extractor(knowledge):
    return LexicalExtractor(knowledge)


@pytest.fixture(scope="module")
def homophones(knowledge):
    return Homophones(knowledge)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("哮喘", "销传", True),
        ("疹子", "枕子", True),
        ("心慌", "新荒", True),  # many say in and ing alike
        ("胸痛", "腹痛", False),
        ("发烧", "发笑", False),
    ],
)
def test_what_sounds_alike(one, other, alike):
    assert (sound(one) == sound(other)) is alike


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (WROTE, "二甲双胍"),
        ("嘴唇发子", "嘴唇发紫"),
        ("传不上气", "喘不上气"),
        ("左边哥伯没有力气", "胳膊"),
        ("小变的时候", "小便"),
    ],
)
def test_a_medical_name_of_the_same_sound_is_offered(homophones, text, name):
    """A web's favourite characters must not hide a symptom or a medicine."""
    assert name in [rewriting.name for rewriting in homophones.rewritings(text)]


@pytest.mark.parametrize("text", ["", "I have 二", "我头疼发烧", "今天天气很好", "39.2"])
def test_nothing_is_offered_for_what_is_right_or_no_illness(homophones, text):
    assert list(homophones.rewritings(text)) == []


@given(text=st.text(alphabet="我有在再吃二假双瓜甲胍销传发子紫，a7 ", max_size=60))
def test_a_rewriting_is_as_long_and_sounds_the_same(homophones, text):
    """Other words of a transcript stay where they are."""
    offered = homophones.rewritings(text)
    assert len(offered) <= 6
    for rewriting in offered:
        other = rewriting.of(text)
        assert len(other) == len(text)
        end = rewriting.at + len(rewriting.name)
        assert sound(text[rewriting.at : end]) == sound(rewriting.name)
        assert (other[: rewriting.at], other[end:]) == (text[: rewriting.at], text[end:])


def test_the_likelier_is_taken_and_a_longer_name_first():
    """A long name may be less likely: four syllables are hardly ever alike by chance."""
    chances = {WROTE: -20.0, "我有糖尿病，再吃二甲双胍": -38.0}
    offered = [Rewriting(8, "二甲双胍"), Rewriting(8, "耳甲")]
    text, doubtful = taken(WROTE, offered, chances.__getitem__)
    assert text == "我有糖尿病，再吃二甲双胍"
    assert doubtful == ("二甲双胍",)


def test_what_is_likelier_is_no_doubt():
    chances = {"小变": -4.0, "小便": -3.0}
    assert taken("小变", [Rewriting(0, "小便")], chances.__getitem__) == ("小便", ())


def test_a_name_put_there_is_always_looked_at_first(extractor):
    """A medicine that only we wrote must not become a finding unseen, however sure the letters."""
    sure = tuple(Word(text=letter, probability=0.95) for letter in "我在吃二甲双胍")
    heard = Utterance(
        text="我在吃二甲双胍", language=Language.CHINESE, seconds=2.0, speech_seconds=2.0,
        words=sure, confidence=0.95,
    )  # fmt: skip
    assert not needs_a_look(heard, extractor)
    put = replace(heard, rewritten=("二甲双胍",))
    assert needs_a_look(put, extractor)
    assert doubtful_words(put) == ("二甲双胍",)


def test_an_everyday_word_is_not_made_an_illness():
    """已经 sounds nearly like a complaint; nobody who says "already" has it."""
    chances = {"已经好了": -3.0, "遗精好了": -16.0}
    assert taken("已经好了", [Rewriting(0, "遗精")], chances.__getitem__) == ("已经好了", ())


def test_without_offers_the_model_is_not_asked():
    assert taken("好", [], {}.__getitem__) == ("好", ())


@pytest.mark.parametrize("engine", ["faster-whisper", "openai-whisper"])
def test_the_sound_decides(hear, shared_data, engine):
    """A real voice says 自己的脚: offered words of another sound do not replace it."""
    data = (shared_data / "speech/sr_examples/chinese.flac").read_bytes()
    samples = decode(data, most_seconds=60, most_bytes=10**7).samples
    transcriber, offered = hear(engine).transcriber, []

    def offers(text):
        offered.append(Rewriting(text.index("自己"), "字迹"))
        return offered

    prompt = "普通话，简体中文："
    piece = transcriber.transcribe(samples, language="zh", prompt=prompt, rewritings=offers)
    assert offered
    assert "自己的脚" in piece.text
    plain = transcriber.transcribe(samples, language="zh", prompt=prompt)
    assert (piece.text, piece.words) == (plain.text, plain.words)


def test_simplified_words_are_not_doubted_for_their_script(hear, shared_data):
    """Asked without a word of simplified script, the model doubts 头 because it would write 頭."""
    data = (shared_data / "speech/sr_examples/chinese.flac").read_bytes()
    recording = decode(data, most_seconds=60, most_bytes=10**7)
    heard = hear().hear(recording, language=Language.CHINESE, page=Language.CHINESE)
    # .86 with a word of simplified script before it, .65 without.
    assert next(word.probability for word in heard.words if word.text == "脚") > 0.75
    assert "".join(word.text for word in heard.words).replace(" ", "") in heard.text.replace(
        " ", ""
    )
