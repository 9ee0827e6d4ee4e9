"""The sentences that the tagger learns from are what their labels say."""

import itertools

import pytest

from assistant.extraction.tagger import HEADS
from assistant.training.sentences import Generator


@pytest.fixture(scope="module")
def samples(knowledge):
    return list(Generator(knowledge, 0.12, seed=3).samples(400))


def test_mentions_lie_in_the_sentence_and_apart(samples):
    for sample in samples:
        ends = [0]
        for mention in sample.mentions:
            assert ends[-1] <= mention.start < mention.end <= len(sample.text)
            ends.append(mention.end)


def test_every_answer_of_every_head_is_taught(samples):
    for head in ("assertion", "experiencer", "time"):
        taught = {getattr(m, head) for s in samples for m in s.mentions}
        assert taught == set(HEADS[head])


def test_the_same_seed_makes_the_same_sentences(knowledge):
    first = list(Generator(knowledge, 0.12, seed=5).samples(50))
    second = list(Generator(knowledge, 0.12, seed=5).samples(50))

    assert first == second


def test_held_out_phrases_are_never_taught(knowledge):
    """A score on phrases that were taught says nothing of what nobody wrote down."""
    maker = Generator(knowledge, 0.12, seed=1)
    taught, held_out = (
        {
            p
            for (hidden, _), of in maker._phrases.items()
            if hidden is wanted
            for c in of
            for p in c[1]
        }
        for wanted in (False, True)
    )
    seen_concepts = {
        s.mentions[0].concept for s in itertools.islice(maker.samples(200), 200) if s.mentions
    }

    assert held_out
    assert seen_concepts
    assert len(taught & held_out) < 0.02 * len(taught)  # one phrase may stand for two findings
