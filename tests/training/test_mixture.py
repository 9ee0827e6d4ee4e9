"""What is taught is what the settings say, the same for a seed, and nothing that is held out."""

import pytest

from assistant.extraction.heads import HEADS, STATUS
from assistant.records.terms import Language
from assistant.training.mixture import WRITTEN, mixture
from assistant.training.options import read_options
from assistant.training.samples import Teaches
from assistant.training.sentences import Generator
from assistant.training.written import read_written

SHARE = 0.12


def small(language, **changes):
    options = read_options(language) | {"languages": [language], "sentences": 600}
    return options | {"evaluation": 40, "repeats": dict.fromkeys(options["repeats"], 1), **changes}


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def made(knowledge, language):
    return mixture(knowledge, small(language), None, seed=3)


def test_the_same_seed_gives_the_same_samples(knowledge, language, made):
    again = mixture(knowledge, small(language), None, seed=3)
    other = mixture(knowledge, small(language), None, seed=4)

    assert again.training == made.training
    assert again.watched == made.watched
    assert again.tests == made.tests
    assert again.digest == made.digest
    assert other.training != made.training
    assert other.digest != made.digest


def test_every_answer_of_every_head_is_taught(made):
    taught = [s for s in made.training if s.teaches is Teaches.ALL]
    mentions = [m for s in taught for m in s.mentions]

    for head in STATUS:
        assert {getattr(m, head) for m in mentions} == set(HEADS[head])
    kinds = {a.kind for s in taught for a in s.attributes}
    assert kinds | {"none"} == set(HEADS["attribute"])
    assert any(not s.mentions for s in taught)  # and texts in which nothing is


def test_mentions_lie_in_the_text_and_apart(made):
    for sample in made.training:
        end = 0
        for mention in sample.mentions:
            assert end <= mention.start < mention.end <= len(sample.text)
            end = mention.end
        for told in sample.attributes:
            assert 0 <= told.start < told.end <= len(sample.text)
            assert not any(m.start < told.end and told.start < m.end for m in sample.mentions)


def test_samples_are_counted_by_source(made, language):
    assert sum(made.counted.values()) == len(made.training)
    assert made.counted[f"grammar-{language}"] == 600
    assert made.counted[f"phrases-{language}"] > 10_000


def test_the_mixture_of_two_languages_holds_both(knowledge):
    repeats = {"written": 0, "public": 0, "negex": 0, "phrases": 0}
    two = mixture(knowledge, small("zh", languages=["en", "zh"], repeats=repeats), None, seed=3)

    assert two.counted["grammar-en"] == two.counted["grammar-zh"] == 600
    assert {name.rpartition("-")[2] for name in two.tests} == {"en", "zh"}


def test_watched_utterances_are_never_taught(made, language):
    written = {s.text for s in read_written(WRITTEN / f"written_{language}.txt")}
    watched = {s.text for s in made.watched}
    taught = {s.text for s in made.training}

    assert watched <= written
    assert len(written) / 20 < len(watched) < len(written) / 8
    # A watched "no fever" may also come out of the grammar; a longer one cannot.
    assert not {text for text in watched & taught if len(text) > 30}


@pytest.fixture(scope="module")
def maker(knowledge, language):
    return Generator(knowledge, SHARE, 1, Language(language))


def pairs(phrases):
    return {(c, words) for of in phrases.values() for c, choices in of for words in choices}


def test_held_out_phrases_are_never_taught(maker, knowledge):
    """A score on phrases that were taught says nothing of what nobody wrote down."""
    held_out, seen = pairs(maker.phrases[True]), pairs(maker.phrases[False])
    made = [maker._filled(maker._template(maker._templates[False]), False) for _ in range(3000)]
    used = {(m.concept, s.text[m.start : m.end]) for s in made for m in s.mentions}
    alone = {(s.mentions[0].concept, s.text) for s in maker.alone(held_out=False)}

    assert len(used) > 2000
    assert used <= seen
    assert alone == seen
    assert not (used | alone) & held_out
    assert SHARE / 2 < len(held_out) / len(held_out | seen) < SHARE * 2


def test_held_out_templates_are_never_taught(maker):
    assert maker._templates[True]
    assert not set(maker._templates[True]) & set(maker._templates[False])
    assert len(maker._templates[True]) < 0.35 * len(maker._templates[False])


def test_the_tests_are_made_of_what_is_held_out(maker):
    held_out, seen = pairs(maker.phrases[True]), pairs(maker.phrases[False])
    made = [maker._filled(maker._template(maker._templates[False]), True) for _ in range(300)]
    used = {(m.concept, s.text[m.start : m.end]) for s in made for m in s.mentions}

    assert used
    assert used <= held_out - seen
