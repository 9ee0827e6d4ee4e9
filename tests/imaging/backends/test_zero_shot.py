"""Networks that compare pictures with words, of both kinds, small ones made here."""

import pytest
import torch

from assistant.errors import InvalidInputError, KnowledgeError, ModelFileError
from assistant.imaging import IMAGE_MODELS
from assistant.imaging.backends.scoring import LABELS, task_of
from assistant.imaging.backends.wording import sentences
from assistant.paths import shipped
from tests.imaging.backends import made


def build(settings, task="pneumonia"):
    return IMAGE_MODELS.create("zero-shot", task=task, settings=settings)


@pytest.mark.parametrize("kind", [made.clip, made.siglip])
def test_probabilities_are_those_of_the_network(tmp_path, chosen, picture, kind):
    """One sentence a label through our code must be the library's own answer."""
    folder = kind(tmp_path / "pair")
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    lines = "pneumonia.{0}.1: {{en: 'a chest x ray {1}', zh: x}}\n"
    text = lines.format("normal", "normal") + lines.format("pneumonia", "of pneumonia")
    (prompts / "zero_shot.yaml").write_text(text, encoding="utf-8")
    model = build(chosen("pneumonia", {"folder": folder}, prompts_dir=prompts))

    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    fixed = {"padding": "max_length", "max_length": 24} if kind is made.siglip else {}
    words = tokenizer(
        ["a chest x ray normal", "a chest x ray of pneumonia"],
        return_tensors="pt",
        **(fixed or {"padding": True}),
    )
    shown = model._processor(picture.pixels, return_tensors="pt")["pixel_values"]
    given = {"input_ids": words["input_ids"], "pixel_values": shown}
    if kind is made.clip:
        given["attention_mask"] = words["attention_mask"]
    with torch.inference_mode():
        own = model._network(**given).logits_per_image[0].softmax(0).tolist()
    found = {f.label: f.probability for f in model.read(picture)}
    assert found["normal"] == pytest.approx(own[0], abs=1e-5)
    assert found["pneumonia"] == pytest.approx(own[1], abs=1e-5)


def test_temperature_of_the_file_softens(tmp_path, chosen, picture):
    folder = made.clip(tmp_path / "pair")
    sharp = build(chosen("pneumonia", {"folder": folder, "temperature": 0.1})).read(picture)
    soft = build(chosen("pneumonia", {"folder": folder, "temperature": 50.0})).read(picture)

    assert sharp[0].probability > soft[0].probability
    assert soft[0].probability == pytest.approx(0.5, abs=0.05)


def test_sigmoid_gives_each_label_its_own(tmp_path, chosen, picture):
    folder = made.siglip(tmp_path / "pair")
    model = build(chosen("pneumonia", {"folder": folder, "scores": "sigmoid"}))

    assert sum(f.probability for f in model.read(picture)) != pytest.approx(1.0)


@pytest.mark.parametrize("task", sorted(LABELS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_label_has_its_sentences(task, language):
    found = sentences(shipped("prompts"), task_of(task), language)

    assert [bool(some) and all(some) for some in found] == [True] * len(LABELS[task])


def test_label_without_a_sentence_stops_the_start(tmp_path, chosen):
    folder = made.clip(tmp_path / "pair")
    (tmp_path / "zero_shot.yaml").write_text("pneumonia.normal.1: {en: a, zh: b}\n")

    with pytest.raises(KnowledgeError, match=r"pneumonia\.pneumonia"):
        build(chosen("pneumonia", {"folder": folder}, prompts_dir=tmp_path))


def test_names_of_outputs_make_no_sense_here(tmp_path, chosen):
    with pytest.raises(InvalidInputError, match="leave out labels"):
        build(chosen("pneumonia", {"folder": tmp_path, "labels": {"a": "normal"}}))


def test_network_of_another_kind_is_refused(tmp_path, chosen):
    folder = made.vit(tmp_path / "vit", ("a", "b"))

    with pytest.raises(ModelFileError, match="clip or siglip"):
        build(chosen("pneumonia", {"folder": folder}))
