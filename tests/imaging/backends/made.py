"""Small checkpoints of other libraries' classes, made here with random weights: no one's model."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    CLIPConfig,
    CLIPModel,
    PreTrainedTokenizerFast,
    ResNetConfig,
    ResNetForImageClassification,
    SiglipConfig,
    SiglipModel,
    ViTConfig,
    ViTForImageClassification,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

SMALL = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
SEEN = {**SMALL, "image_size": 32, "patch_size": 16}
READ = {**SMALL, "vocab_size": 120, "max_position_embeddings": 24}
WORDS = "a an of the with that shows chest x ray child normal pneumonia lungs ct slice covid 19 MRI"


def vit(folder: Path, names: tuple[str, ...], **config: object) -> Path:
    """Save a vision transformer with these labels; its head is wide, so that answers differ."""
    torch.manual_seed(1)
    told = {"id2label": dict(enumerate(names)), "label2id": {n: i for i, n in enumerate(names)}}
    network = ViTForImageClassification(ViTConfig(**SEEN, **told, **config))
    torch.nn.init.normal_(network.classifier.weight, std=2.0)
    network.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def resnet(folder: Path, names: tuple[str, ...]) -> Path:
    torch.manual_seed(2)
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}
    config = ResNetConfig(**sizes, layer_type="basic", id2label=dict(enumerate(names)))
    ResNetForImageClassification(config).save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def clip(folder: Path) -> Path:
    torch.manual_seed(3)
    ends = {"eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 1}
    config = CLIPConfig(text_config={**READ, **ends}, vision_config=SEEN, projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    shape = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    CLIPImageProcessorPil(**shape).save_pretrained(folder)
    _tokenizer(folder)
    return folder


def siglip(folder: Path) -> Path:
    torch.manual_seed(4)
    ends = {"eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 1}
    config = SiglipConfig(text_config={**READ, **ends}, vision_config=SEEN)
    SiglipModel(config).save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    _tokenizer(folder)
    return folder


def _tokenizer(folder: Path) -> None:
    """Save a tokenizer of a few whole words."""
    special = ["<unk>", "<pad>", "<s>", "</s>"]
    words = {word: at for at, word in enumerate([*special, *WORDS.split()])}
    made = Tokenizer(WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    ends = [("<s>", 2), ("</s>", 3)]
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
    ).save_pretrained(folder)
