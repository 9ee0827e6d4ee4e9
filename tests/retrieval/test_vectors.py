"""Vectors are kept, and nothing damaged or foreign is ever searched."""

import hashlib

import numpy as np
import pytest
from safetensors.numpy import save_file

from assistant.retrieval.vectors import encode_by_length, kept_vectors


@pytest.fixture
def encoder(encoder):
    """Return the encoder with its count of encoded texts at zero."""
    encoder.encoded, encoder.id = 0, "word-hashes"
    return encoder


TEXTS = ["a cough", "a long story about a fever and a rash", "pain"]


def quiet(what: str, done: int, total: int) -> None:
    pass


def kept(folder, encoder, texts=TEXTS):
    return kept_vectors("test", list(texts), encoder, folder, quiet)


def test_vectors_are_made_once(tmp_path, encoder):
    first = kept(tmp_path, encoder)
    second = kept(tmp_path, encoder)

    assert encoder.encoded == len(TEXTS)
    assert np.array_equal(first, second)


def test_batches_by_length_keep_the_order(encoder):
    texts = [f"word{'x' * (i % 7)} number{i}" for i in range(100)]

    vectors = encode_by_length("test", texts, encoder, quiet)

    assert np.allclose(vectors, encoder.encode(texts))


def test_progress_ends_with_everything_done(encoder):
    seen = []

    encode_by_length("test", ["a"] * 1100, encoder, lambda *step: seen.append(step))

    assert seen == [("test", 512, 1100), ("test", 1024, 1100), ("test", 1100, 1100)]


@pytest.mark.parametrize("size", [0, 10, 200])
def test_damaged_file_is_made_again(tmp_path, encoder, size):
    """A truncated index must not be searched, nor keep the program from starting."""
    first = kept(tmp_path, encoder)
    file = next(tmp_path.glob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:size])

    assert np.array_equal(kept(tmp_path, encoder), first)
    assert encoder.encoded == 2 * len(TEXTS)


def test_flipped_byte_is_seen(tmp_path, encoder):
    first = kept(tmp_path, encoder)
    file = next(tmp_path.glob("*.safetensors"))
    content = bytearray(file.read_bytes())
    content[-5] ^= 0xFF
    file.write_bytes(bytes(content))

    assert np.array_equal(kept(tmp_path, encoder), first)


def test_foreign_file_is_refused(tmp_path, encoder):
    """Somebody else's index under our name is not ours."""
    first = kept(tmp_path, encoder)
    file = next(tmp_path.glob("*.safetensors"))
    wrong = np.ones_like(first)
    notes = {"made_of": "something else", "sha256": hashlib.sha256(wrong.tobytes()).hexdigest()}
    save_file({"vectors": wrong}, file, metadata=notes)

    assert np.array_equal(kept(tmp_path, encoder), first)


def test_other_texts_or_encoder_get_their_own_file(tmp_path, encoder):
    kept(tmp_path, encoder)
    kept(tmp_path, encoder, [*TEXTS, "more"])
    encoder.id = "other"
    kept(tmp_path, encoder)

    assert len(list(tmp_path.glob("*.safetensors"))) == 3


def test_folder_that_cannot_be_written_costs_only_time(tmp_path, encoder):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    assert kept(blocked / "below", encoder).shape == (3, 2039)
