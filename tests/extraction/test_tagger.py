"""The network itself: 8 bits against 32, what does not fit is refused, every word is read."""

import copy
import json
import shutil
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from assistant.errors import ModelFileError
from assistant.extraction.normalising import normalise
from assistant.extraction.sentences import sentences
from assistant.extraction.tagger import Read, Tagger
from assistant.extraction.transformer import TransformerExtractor
from assistant.extraction.windows import HAN, LATIN, windows
from assistant.paths import shipped
from assistant.records.terms import Language
from assistant.settings import Settings

MODELS = shipped("knowledge") / "models"
SENTENCES = 60
LONGEST = 4000  # characters
MENTIONS_AGREE = 0.95  # F1 of 8 bits beside 32, and of a batch beside one text alone


@pytest.fixture(scope="module")
def taggers() -> dict[str, Tagger]:
    """Return both networks as they are served."""
    return {name: Tagger(name, MODELS, threads=1) for name in ("extraction-en", "extraction-zh")}


def spoken(knowledge, language: Language, count: int = SENTENCES) -> list[str]:
    """Return sentences of our own, from all over the red flags."""
    flags = knowledge.red_flags.values()
    every = [text for flag in flags for text in getattr(flag.examples, language.value)]
    return every[:: len(every) // count][:count]


def mentions(read: Read) -> dict[tuple[int, int], str]:
    return {(m.start, m.end): max(m.assertion, key=m.assertion.__getitem__) for m in read.mentions}


def agreement(ours: list[dict], others: list[dict]) -> tuple[float, float]:
    """Return the F1 of mentions that share a character, and the share with the same assertion."""
    hits = same = 0
    for mine, true in zip(ours, others, strict=True):
        left = dict(true)
        for (start, end), said in mine.items():
            near = next((s for s in left if s[0] < end and start < s[1]), None)
            if near is not None:
                hits, same = hits + 1, same + (left.pop(near) == said)
    return 2 * hits / sum(len(x) for x in [*ours, *others]), same / hits


@pytest.mark.parametrize("language", list(Language))
def test_eight_bits_say_what_thirty_two_say(taggers, knowledge, language):
    """What is said of a mention hardly ever differs; where one begins and ends does more often."""
    name = f"extraction-{language.value}"
    texts = spoken(knowledge, language)
    precise = Tagger(name, MODELS, threads=1, peak=None)
    ours = [mentions(taggers[name].read([text])[0]) for text in texts]
    mention, assertion = agreement(ours, [mentions(precise.read([t])[0]) for t in texts])

    assert len(texts) == SENTENCES
    assert assertion >= 0.97
    assert mention >= MENTIONS_AGREE


@pytest.mark.parametrize("language", list(Language))
def test_company_changes_little(taggers, knowledge, language):
    """8-bit scales are those of a batch, so others' texts may move an answer on the edge."""
    tagger, texts = taggers[f"extraction-{language.value}"], spoken(knowledge, language)
    alone = [mentions(tagger.read([text])[0]) for text in texts]
    mention, assertion = agreement([mentions(read) for read in tagger.read(texts)], alone)

    assert assertion >= 0.97
    assert mention >= MENTIONS_AGREE


def test_many_texts_are_understood_as_one(transformer, knowledge):
    texts = [*spoken(knowledge, Language.ENGLISH, 20), "我发烧三天了，没有咳嗽", "", "abd. pain"]
    many = transformer.extract_all(texts, language=Language.ENGLISH)
    single = [transformer.extract(text, language=Language.ENGLISH) for text in texts]
    found, alone = (
        [{(f.concept, f.assertion) for f in one.findings} for one in some]
        for some in (many, single)
    )
    pairs = list(zip(found, alone, strict=True))

    assert found[-3:] == [one for _, one in pairs[-3:]]
    assert [bool(one) for one in found[-3:]] == [True, False, True]
    assert sum(len(a & b) for a, b in pairs) / sum(len(a | b) for a, b in pairs) >= 0.97


LONG = {
    "with stops": "I have had a headache since Monday, and no fever. ",
    "without": "i have had a headache since monday and it hurts behind my eyes ",
    "no spaces": "headache",
    "chinese": "我从星期一开始头疼，没有发烧。",
    "chinese without": "我从星期一开始头疼没有发烧还恶心想吐",
    "chinese spaces": "头疼 没发烧 恶心 ",
    "mixed": "我头疼 and a fever since Monday，还恶心。",
    "emoji and full width": "ｈｅａｄａｃｈｅ 😀 頭痛… ",
}


@pytest.mark.parametrize("name", LONG)
def test_windows_cover_long_texts_and_are_read_whole(taggers, name):
    """Nothing of 4,000 characters is beyond what the network reads, and offsets lead back."""
    written = (LONG[name] * LONGEST)[:LONGEST]
    plain = normalise(written)
    parts = sentences(plain.text)
    made = windows(plain.text, parts)

    assert all(0 < w.end - w.start <= (HAN if w.chinese else LATIN) for w in made)
    covered = {i for w in made for i in range(w.start, w.end)}
    assert all(i in covered for part in parts for i in range(part.start, part.end))
    ordered = sorted(made, key=lambda w: w.start)
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    for window in made:
        text = plain.text[window.start : window.end]
        tagger = taggers["extraction-zh" if window.chinese else "extraction-en"]
        (code,) = tagger._tokenizer.encode_batch([text])
        assert not code.overflowing, text
        assert max(end for _, end in code.offsets) >= len(text.rstrip())


@pytest.mark.parametrize("name", LONG)
def test_evidence_of_a_long_text_is_verbatim(transformer, name):
    written = (LONG[name] * LONGEST)[:LONGEST]
    heard = transformer.extract(written, language=Language.ENGLISH).heard

    assert all(0 <= h.start < h.end <= len(written) for h in heard)
    if name in ("with stops", "chinese"):
        pains = [h for h in heard if h.concept == "headache"]
        assert {written[h.start : h.end] for h in pains} <= {"headache", "头疼"}
        assert len(pains) >= written.count("." if name == "with stops" else "。")
        assert pains[-1].end > LONGEST - 2 * len(LONG[name])


def copied(folder: Path, name: str = "extraction-en") -> Path:
    return Path(shutil.copytree(MODELS / name, folder / "adapter"))


def changed(folder: Path, **values) -> Path:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **values}), encoding="utf-8")
    return folder


def test_an_adapter_of_ones_own_is_read(taggers, tmp_path):
    own = Tagger("extraction-en", MODELS, threads=1, adapter=copied(tmp_path))
    text = ["No fever, but my knee hurts."]

    assert own.id == taggers["extraction-en"].id
    assert mentions(own.read(text)[0]) == mentions(taggers["extraction-en"].read(text)[0])


def test_an_adapter_of_another_encoder_is_refused(tmp_path):
    folder = changed(copied(tmp_path, "extraction-zh"), base="all-MiniLM-L6-v2")

    with pytest.raises(ModelFileError, match="does not fit"):
        Tagger("extraction-zh", MODELS, adapter=folder)


def test_an_adapter_for_more_layers_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="does not fit"):
        Tagger("extraction-en", MODELS, adapter=changed(copied(tmp_path), layers=3))


def test_heads_of_another_version_are_refused(tmp_path):
    folder = copied(tmp_path)
    heads = json.loads((folder / "config.json").read_text(encoding="utf-8"))["heads"]
    heads["assertion"] = heads["assertion"][::-1]  # the same answers in another order

    with pytest.raises(ModelFileError, match="heads"):
        Tagger("extraction-en", MODELS, adapter=changed(folder, heads=heads))


def test_a_folder_without_weights_is_refused(tmp_path):
    folder = copied(tmp_path)
    (folder / "heads.safetensors").unlink()

    with pytest.raises(ModelFileError, match=r"heads\.safetensors is missing"):
        Tagger("extraction-en", MODELS, adapter=folder)


def test_an_answer_that_is_no_number_is_an_error(tmp_path):
    folder = copied(tmp_path)
    weights = load_file(folder / "adapter.safetensors")
    last = next(n for n in sorted(weights) if "layer.5.output.dense" in n)
    weights[last] = np.full_like(weights[last], np.nan)
    save_file(weights, folder / "adapter.safetensors")
    broken = Tagger("extraction-en", MODELS, threads=1, adapter=folder)

    with pytest.raises(FloatingPointError):
        broken.read(["I have a fever"])


def test_a_broken_head_is_an_error(tmp_path):
    folder = copied(tmp_path)
    heads = load_file(folder / "heads.safetensors")
    heads["heads.assertion.bias"] = np.full_like(heads["heads.assertion.bias"], np.nan)
    save_file(heads, folder / "heads.safetensors")
    broken = Tagger("extraction-en", MODELS, threads=1, adapter=folder)

    with pytest.raises(FloatingPointError):
        broken.read(["I have a fever"])


def test_one_network_may_read_both_languages(knowledge, lexical, tmp_path):
    """The setting puts the multilingual network before English; its thresholds go with it."""
    few = copy.copy(knowledge)  # all English phrases would take it minutes to encode
    few.findings = {c: knowledge.findings[c] for c in ("headache", "fever", "cough")}
    settings = Settings(_env_file=None, data_dir=tmp_path, extraction_model="multilingual")
    extractor = TransformerExtractor(few, None, settings, lexical=lexical)
    text = "my skull has been pounding since monday. 我没有发烧"
    found = extractor.extract(text, language=Language.ENGLISH)
    (english, linker), (chinese, _) = (extractor._network(each) for each in Language)
    measured = json.loads((MODELS / "phrases-zh" / "linking.json").read_text(encoding="utf-8"))

    assert english is chinese
    assert english.id == measured["network"]
    assert asdict(linker.thresholds) == measured["thresholds"]
    assert [f.assertion.value for f in found.findings if f.concept == "fever"] == ["absent"]
    assert any(text[h.start : h.end].startswith(("my skull", "skull")) for h in found.heard)
    assert (tmp_path / f"phrases-en-{english.id}.safetensors").is_file()


def test_each_language_has_its_network_and_thresholds(transformer):
    for language in Language:
        folder = MODELS / f"phrases-{language.value}"
        measured = json.loads((folder / "linking.json").read_text(encoding="utf-8"))
        tagger, linker = transformer._network(language)

        assert tagger.id == measured["network"]
        assert asdict(linker.thresholds) == measured["thresholds"]
