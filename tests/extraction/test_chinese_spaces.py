"""Chinese typed with spaces for commas, as most patients do on a phone."""

# ruff: noqa: E501 - tables of cases, one a line

import pytest

from assistant.records.terms import Language

# What is said, then what must be read: + present, - absent, ? possible.
CASES = [
    ("不发烧 睾丸不疼", "-fever -testicular_pain"),
    ("没有反酸 大便不黑", "-acid_regurgitation -stool_black_tarry"),
    ("没有发烧 今天开始咳嗽", "-fever +cough"),
    ("发烧三天了 嗓子疼 没有咳嗽", "+fever +sore_throat -cough"),
    ("头疼 恶心 没吐 不发烧", "+headache +nausea -vomiting -fever"),
    ("肚子疼 拉肚子 今天拉了五次 没有血", "+abdominal_pain +diarrhea -diarrhea_bloody"),
    ("胸口闷 喘不上气 没有发烧", "+chest_pain_crushing +dyspnea -fever"),
    ("孩子发烧39度 精神还好 不咳嗽 不流鼻涕", "+fever -cough -runny_nose"),
    ("尿频尿急 尿的时候疼 没有血尿 腰不疼", "+urinary_frequency +dysuria -hematuria -back_pain_lower"),
    ("没摔过 膝盖肿 走路疼", "+knee_swelling"),
    ("没有外伤 腰疼一周了 腿麻", "+back_pain_lower +numbness_feet"),
    ("不咳嗽 就是嗓子疼", "-cough +sore_throat"),
    ("不咳嗽 喉咙痛 流鼻涕 两天了", "-cough +sore_throat +runny_nose"),
    ("头晕 站起来更晕 没晕倒 耳朵不响", "+dizziness -syncope -tinnitus"),
    ("没有胸痛 但是心慌", "-chest_pain +palpitations"),
    ("皮肤痒 起红疹 没有发烧 嘴唇没肿", "+itching +rash -fever -tongue_lip_swelling"),
    ("嗓子疼 吞咽困难 没有发烧", "+sore_throat +swallowing_difficulty -fever"),
    ("月经没来两个月 肚子疼 下面流血", "+menstruation_missed +abdominal_pain +vaginal_bleeding_abnormal"),
    ("没有过敏史 吃了虾以后嘴唇肿 喘", "+tongue_lip_swelling +dyspnea"),
    ("没有过敏史 嘴唇肿 喘", "+tongue_lip_swelling +dyspnea"),
    ("没有高血压 没有糖尿病 突然说话不清楚", "-hx_hypertension -hx_diabetes +speech_slurred"),
    ("右边手脚没力气 说话不清 没有头疼", "+one_sided_weakness -headache"),
    ("没有发烧 脖子不硬 头疼得厉害", "-fever -neck_stiffness +headache"),
    ("宝宝吐奶 不发烧 大便正常", "+infant_regurgitation -fever"),
    ("拉肚子 没有便血 没发烧 肚子不疼", "+diarrhea -blood_in_stool -fever -abdominal_pain"),
    ("没有受伤 手指肿了 很疼", "+joint_swelling"),
    ("眼睛红 不疼 不痒 看东西不模糊", "+eye_redness -itching -vision_blurred"),
    ("吃药了没好 还是咳嗽 有黄痰 没血", "+cough +sputum_purulent"),
    ("不知道是不是发烧 浑身疼", "?fever +body_aches"),
    ("没有尿痛 尿里有血", "-dysuria +hematuria"),
    ("没呕吐 头撞了一下 有点晕", "-vomiting +head_injury"),
    ("咳嗽咳了一个月 晚上出汗 没有咳血 瘦了", "+cough +night_sweats -hemoptysis +weight_loss"),
    ("没有胸闷 没有心慌 就是头晕", "-chest_pain_crushing -palpitations +dizziness"),
    ("担心是肺炎 咳嗽三天了", "+cough"),
    ("万一是肺炎怎么办 咳嗽好几天了", "+cough"),
    ("以前得过肺炎 咳嗽两天", "+cough"),
    ("发烧没有 咳嗽有", "-fever +cough"),
    ("头疼 发烧没有", "+headache -fever"),
    ("发烧 咳嗽 都没有", "-fever -cough"),
    ("咳嗽 已经好了", "-cough"),
    # Lists: a bare one is denied as a whole; what may be a new complaint stays possible.
    ("没有发烧 咳嗽 头疼", "-fever -cough -headache"),
    ("没有头疼 恶心 呕吐 但是肚子疼", "-headache -nausea -vomiting +abdominal_pain"),
    ("没有发烧 胸口疼", "-fever ?chest_pain"),
    ("咳嗽三天 没有发烧 头疼 恶心", "+cough -fever ?headache ?nausea"),
    ("咳嗽 没有 发烧", "?cough ?fever"),
    ("没有 头疼三天", "+headache"),
]  # fmt: skip
_SIGNS = {"present": "+", "absent": "-", "possible": "?"}


def read(lexical, text):
    found = lexical.extract(text, language=Language.CHINESE).findings
    return {_SIGNS[f.assertion.value] + f.concept for f in found if f.counts_now}


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_each_clause_has_its_own_negation(lexical, text, expected):
    """A "no" that reaches into the next clause hides a complaint, or doubts a clear denial."""
    found = read(lexical, text)

    assert set(expected.split()) <= found, found


@pytest.mark.parametrize(
    ("text", "concept"),
    [("一直咳 血压高", "hemoptysis"), ("不咳 血压高", "hemoptysis")],
)
def test_no_phrase_is_made_of_two_clauses(lexical, text, concept):
    """咳 at the end of one clause and 血 at the start of the next are no coughing of blood."""
    assert not any(concept in one for one in read(lexical, text))


def test_a_space_inside_a_phrase_is_nothing(lexical):
    assert "+abdominal_pain" in read(lexical, "肚子 疼")
