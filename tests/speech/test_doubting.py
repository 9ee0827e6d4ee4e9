"""Which words the patient sees before they count."""

import pytest

from assistant.extraction.lexical import LexicalExtractor
from assistant.records.speech import Utterance, Word
from assistant.records.terms import Language
from assistant.turn.doubting import doubtful_words, needs_a_look


@pytest.fixture(scope="module")
def extractor(knowledge):
    return LexicalExtractor(knowledge)


def heard(text, doubtful=(), language=Language.ENGLISH, **more):
    """Return an utterance of which some words were heard with doubt."""
    parts = text.split() if language is Language.ENGLISH else list(text)
    words = tuple(
        Word(text=p, probability=0.3 if p.strip(",.，。") in doubtful else 0.95) for p in parts
    )
    mean = sum(w.probability for w in words) / len(words) if words else 0.0
    return Utterance(
        text=text, language=language, seconds=3, speech_seconds=2, words=words,
        **({"confidence": mean} | more),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "doubtful", "looks"),
    [
        ("I have chest pain and a cough.", (), False),
        ("I have chest pain and a cough.", ("chest",), True),
        ("I have no chest pain at all today.", ("no",), True),  # the other way round
        ("My leg has hurt for 3 days now.", ("3",), True),
        ("My leg has hurt for three days now.", ("leg",), True),  # short, and in a finding
        ("And so I have a bad cough today.", ("so",), False),  # says nothing of an illness
        ("I took the zorbium this morning.", ("zorbium",), True),  # may have been a symptom
    ],
)
def test_doubt_that_could_change_a_finding_is_shown(extractor, text, doubtful, looks):
    """One wrong word may be another illness; a wrong "so" is none."""
    assert needs_a_look(heard(text, doubtful), extractor) is looks


def test_chinese_doubt(extractor):
    """Every character counts; a doubtful comma does not."""
    assert not needs_a_look(heard("我头疼，发烧三天了。", "，。", Language.CHINESE), extractor)
    assert needs_a_look(heard("我头疼，发烧三天了。", "头", Language.CHINESE), extractor)


def test_what_was_left_out_or_not_understood_is_shown(extractor):
    """Silence is no answer, and half a sentence is not the whole."""
    sure = "I have a cough."
    assert needs_a_look(heard(""), extractor)
    assert needs_a_look(heard(sure, refused=("loop",)), extractor)
    assert needs_a_look(heard(sure, confidence=0.5), extractor)
    assert not needs_a_look(heard(sure, refused=("no_speech",)), extractor)


def test_doubtful_words_come_without_marks():
    """They are shown to a patient."""
    assert doubtful_words(heard("I have a cough, maybe.", ("cough", "maybe"))) == ("cough", "maybe")
