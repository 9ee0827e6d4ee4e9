"""The route of a cross-encoder, with a tiny one made here: no weights can be shipped or fetched."""

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from assistant.errors import ModelFileError
from assistant.retrieval.cross_encoder import CrossEncoder
from assistant.retrieval.library import Document, Section, Trust
from assistant.retrieval.library.adding import add_corpus
from assistant.retrieval.library.folder import IndexFolder
from assistant.retrieval.library.searching import Library, Looking

WORDS = ["gout", "toe", "hot", "red", "joint", "stone", "kidney", "cough", "fever", "rash", "what"]


def checkpoint(folder, outputs=1):
    """Write a BERT of two small layers with weights drawn at random."""
    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    words = Tokenizer(WordLevel({word: n for n, word in enumerate(vocabulary)}, "[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.post_processor = TemplateProcessing(
        pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]").save_pretrained(folder)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=outputs,
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("reranker") / "tiny")


def test_batches_change_no_score(folder):
    reranker = CrossEncoder(folder)
    texts = [f"{a} {b}" for a in WORDS for b in WORDS[:3]]

    together = reranker.score("what is gout ?", texts)
    alone = [reranker.score("what is gout ?", [text])[0] for text in texts]

    assert together == pytest.approx(alone, abs=1e-4)
    assert len({round(score, 3) for score in together}) > 10
    assert reranker.score("gout", []) == []


def test_best_candidates_are_ordered_again_and_none_is_lost(folder, encoder, tmp_path):
    index = IndexFolder(tmp_path, encoder, write=True)
    texts = [
        Document(id=word, sections=(Section(path=(word,), text=f"gout {word} joint"),))
        for word in WORDS[:10]
    ]
    add_corpus(index, "c", texts, trust=Trust.SEARCH)
    library, reranker = Library(tmp_path, encoder, "cpu"), CrossEncoder(folder)

    before = library.search("gout joint", 10)
    after = library.search("gout joint", 10, Looking(reranker=reranker))

    by_hand = reranker.score("gout joint", [f"{h.kept.title}. {h.kept.text}" for h in after])
    assert {h.kept.id for h in after} == {h.kept.id for h in before}
    assert [h.score for h in after] == pytest.approx(sorted(by_hand, reverse=True), abs=1e-4)
    assert [h.kept.id for h in after] != [h.kept.id for h in before]


def test_folder_that_is_no_cross_encoder_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="holds no cross-encoder"):
        CrossEncoder(tmp_path)
    with pytest.raises(ModelFileError, match="several"):
        CrossEncoder(checkpoint(tmp_path / "two", outputs=2))
