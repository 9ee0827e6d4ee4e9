"""The 8-bit encoder says what the 32-bit one says."""

from pathlib import Path

import numpy as np
import pytest

from assistant.minilm_graph import PEAK, SAFE_PEAK, peak_here
from assistant.minilm_int8 import MiniLMInt8, batches
from assistant.paths import shipped
from assistant.retrieval.corpus import Corpus
from assistant.retrieval.dense import description
from assistant.retrieval.vectors import kept_vectors, key_of, shipped_vectors

MODELS = shipped("knowledge") / "models"


@pytest.fixture(scope="module")
def int8():
    return MiniLMInt8(MODELS)


def test_vectors_are_those_of_the_32_bit_encoder(int8):
    """An index made with one is searched with the other."""
    from assistant.minilm import MiniLM

    full = MiniLM(MODELS, threads=1)
    texts = ["chest pain", "My left knee has been swollen since I fell on Monday.", "fever " * 300]

    cosines = (int8.encode(texts) * full.encode(texts)).sum(axis=1)

    assert int8.id == full.id
    assert cosines.min() > 0.97


def test_vectors_have_length_one_and_one_input_one_output(int8):
    vectors = int8.encode(["a cough", "", "a cough"])

    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.array_equal(int8.encode(["a cough"]), int8.encode(["a cough"]))
    assert int8.encode([]).shape == (0, 384)


def test_batches_hold_every_row_once_and_stay_small():
    lengths = [3, 200, 5, 256, 4, 256, 90] * 9

    made = batches(lengths, 1024)

    assert sorted(row for rows in made for row in rows) == list(range(len(lengths)))
    assert all(len(rows) * max(lengths[r] for r in rows) <= 1024 for rows in made)


def test_most_of_our_texts_need_no_encoding_at_a_start(int8, knowledge):
    """`make run` must not wait: a few changed texts at most are encoded."""
    texts = Corpus(knowledge).texts()
    texts += [description(condition, knowledge) for condition in knowledge.condition_ids]
    shipped_keys = shipped_vectors(MODELS, int8.id).keys()

    new = [text for text in texts if key_of(text) not in shipped_keys]

    assert len(new) <= 0.25 * len(texts), "run `anamnesis train passages`"


def test_shipped_vectors_are_used_and_new_texts_are_encoded(int8, knowledge, tmp_path):
    asked = []

    class Counting:
        id = int8.id

        def encode(self, texts):
            asked.extend(texts)
            return int8.encode(texts)

    keys = shipped_vectors(MODELS, int8.id)
    known = [text for text in Corpus(knowledge).texts() if key_of(text) in keys][:5]

    vectors = kept_vectors("x", [*known, "a new text"], Counting(), tmp_path, models=MODELS)

    assert asked == ["a new text"]
    assert (vectors * int8.encode([*known, "a new text"])).sum(axis=1).min() > 0.97


def test_two_threads_give_what_one_gives(int8, knowledge):
    """Which thread reads a text must not change what it means."""
    texts = [*Corpus(knowledge).texts()[:30], "fever " * 300, "a cough"]

    assert np.array_equal(MiniLMInt8(MODELS, threads=2).encode(texts), int8.encode(texts))


def test_a_processor_without_exact_products_gets_smaller_weights(int8):
    """Where pairs of products saturate, weights of 7 bits say the same; those of 8 would not."""
    text = ["My left knee has been swollen since I fell on Monday."]

    narrow = MiniLMInt8(MODELS, peak=SAFE_PEAK).encode(text)

    assert (narrow * int8.encode(text)).sum() > 0.97


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="needs Linux to name its flags")
def test_a_processor_with_exact_instructions_keeps_8_bits():
    if "vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        assert peak_here() == PEAK
    else:
        assert peak_here() in (PEAK, SAFE_PEAK)
