"""Abbreviations and signs as clinicians write them, one a line, in both languages.

A table of what must be found: `concept` is there, `-concept` denied, `<concept` told of the past,
`measure=value` a number, `concept@days` its duration.
"""

import pytest

from assistant.extraction.spelling import SHORTEST
from assistant.records.terms import Assertion, Language, Time

ENGLISH = """
SOB | dyspnea
c/o SOB and CP x3d | dyspnea@3 chest_pain@3
CP | chest_pain
CP -, SOB + | -chest_pain dyspnea
CP -, SOB - | -chest_pain -dyspnea
pt denies CP/SOB | -chest_pain -dyspnea
no CP, no SOB | -chest_pain -dyspnea
SOBOE | dyspnea_exertional
DOE | dyspnea_exertional
PND, orthopnea | paroxysmal_nocturnal_dyspnea orthopnea
N/V/D | nausea vomiting diarrhea
n/v x 2/7 | nausea@2 vomiting@2
D&V x2/7 | diarrhea@2 vomiting@2
HA x3d | headache@3
c/o HA | headache
abd pain 2/52 | abdominal_pain@14
RUQ pain | abdominal_pain_ruq
RLQ pain | abdominal_pain_rlq
L flank pain | flank_pain
CVA tenderness | sign_cva_tenderness
LBP | back_pain_lower
LOC x1 | syncope
presyncope | presyncope
palps | palpitations
AMS | altered_mental_status
ALOC | altered_mental_status
R facial droop | face_drooping
LUE weakness | arm_weakness
RLE swelling | leg_swelling_one_sided
b/l leg swelling | leg_swelling_both
diplopia | double_vision
photophobia | photophobia
f/c | fever chills
f/c, night sweats | fever chills night_sweats
afebrile | -fever
febrile | fever
w/o fever | -fever
-ve for fever | -fever
+fever -cough | fever -cough
(+) fever (-) cough | fever -cough
tachycardic | tachycardia
hypoxic | hypoxia
hypotensive | hypotension
jaundiced | jaundice
cyanotic | cyanosis
dysuria, hematuria | dysuria hematuria
polyuria, polydipsia | polyuria thirst_excessive
wt loss | weight_loss
melena | stool_black_tarry
hematemesis | vomiting_blood
hemoptysis | hemoptysis
epistaxis | nosebleed
PR bleeding | blood_in_stool
PV bleeding | vaginal_bleeding_abnormal
PV discharge | vaginal_discharge
G2P1 32/40 | pregnant_late_before_37_weeks
G1P0 at 34 wks | pregnant_late_before_37_weeks
UPT positive | lab_hcg_positive
denies SI/HI | -suicidal_thoughts
s/p fall | injury_fall
s/p MVA | injury_high_energy
FOOSH | injury_fall_outstretched_hand
dog bite | puncture_bite_animal
h/o DM2, HTN | <hx_diabetes <hx_hypertension
T1DM | hx_diabetes_type1
IDDM | hx_diabetes_type1
hx of T2DM, HTN, CAD | <hx_diabetes <hx_hypertension <hx_coronary_disease
h/o MI | hx_coronary_disease
s/p CABG | hx_coronary_disease
CHF | hx_heart_failure
COPD | hx_copd
CKD | hx_chronic_kidney_disease
afib | hx_atrial_fibrillation
TIA | hx_stroke_tia
GERD | hx_gerd
IVDU | drug_injecting
ex-smoker | smoker_former
NKDA | -hx_drug_allergy
on warfarin | med_anticoagulant
2/52 hx of cough | cough@14
cough 3/7 | cough@3
cough 6/12 | cough@180
troponin pos | lab_troponin_high
trop +ve | lab_troponin_high
STEMI | ecg_st_elevation
D-dimer positive | lab_ddimer_high
BP 150/90 | sbp=150 dbp=90
BP 90/52 | sbp=90 dbp=52
SpO2 88 % | spo2=88
sats 88% RA | spo2=88
temp 39.2 | temperature_c=39.2
Temp 101F | temperature_c=38.3
HR 130 RR 32 | heart_rate=130 respiratory_rate=32
GCS 14 | gcs=14
glucose 22 mmol/L | glucose_mmol_l=22
BM 2.1 | glucose_mmol_l=2.1
Hb 7.1 | hemoglobin_g_l=71
WCC 18 | wbc_10e9_l=18
CRP 210 | crp_mg_l=210
K+ 6.5 | potassium_mmol_l=6.5
Cr 3.2 | creatinine_umol_l=282.88
lactate 5 | lactate_mmol_l=5
INR 6 | inr=6
pain 9/10 | pain_severe
"""

CHINESE = """
血压160/100 | sbp=160 dbp=100
BP 160/100mmHg | sbp=160 dbp=100
体温38.5 | temperature_c=38.5
T 39 | temperature_c=39
T:38.5℃ | temperature_c=38.5
热峰39.5 | temperature_c=39.5
Tmax 40 | temperature_c=40
发烧38度5两天 | fever temperature_c=38.5
心率120 | heart_rate=120
P 110次/分 | heart_rate=110
R 28次/分 | respiratory_rate=28
SpO2 90% | spo2=90
血氧饱和度88% | spo2=88
指脉氧90% | spo2=90
血糖18 | glucose_mmol_l=18
末梢血糖3.0 | glucose_mmol_l=3
空腹血糖15.6mmol/L | glucose_mmol_l=15.6
Hb 70 | hemoglobin_g_l=70
白细胞18×10^9/L | wbc_10e9_l=18
CRP 120 | crp_mg_l=120
肌钙蛋白阳性 | lab_troponin_high
D-二聚体升高 | lab_ddimer_high
心电图ST段抬高 | ecg_st_elevation
发热待查 | fever
胸痛待查 | chest_pain
腹泻*3天 | diarrhea@3
腹泻×3天 | diarrhea@3
咳嗽3d | cough@3
咳嗽3+天 | cough@3
咳嗽咳痰2周 | cough@14 cough_productive@14
发热(-) | -fever
发热（－）咳嗽（＋） | -fever cough
胸痛(-)，气促(+) | -chest_pain dyspnea
无发热 | -fever
未见皮疹 | -rash
不伴胸痛 | -chest_pain
否认药物过敏史 | -hx_drug_allergy
DM病史 | <hx_diabetes
COPD病史 | <hx_copd
脑梗史 | hx_stroke_tia
心梗史 | hx_coronary_disease
房颤 | hx_atrial_fibrillation
青霉素过敏 | hx_drug_allergy
纳差 | appetite_loss
畏寒发热 | chills fever
胸闷气促 | chest_pain_crushing dyspnea
尿频尿急尿痛 | urinary_frequency urinary_urgency dysuria
双下肢水肿 | leg_swelling_both
颈抵抗(+) | neck_stiffness
墨菲征(+) | sign_murphy
反跳痛(+) | sign_rebound_guarding
口角歪斜 | face_drooping
左侧肢体无力 | one_sided_weakness
意识模糊 | altered_mental_status
N/V | nausea vomiting
孕32+3周 | pregnant_late_before_37_weeks
停经50天 | menstruation_missed
心率快 | tachycardia
血氧低 | hypoxia
"""

SIGNS = {Assertion.ABSENT: "-", Assertion.POSSIBLE: "?", Assertion.PRESENT: ""}


def rows(table: str) -> list[tuple[str, list[str]]]:
    """Return (entry, what must be found) for each line of a table."""
    return [
        (entry.strip(), told.split())
        for entry, told in (line.split(" | ") for line in table.strip().splitlines())
    ]


def found_in(extractor, text: str) -> set[str]:
    """Return everything that was found, in the notation of the tables."""
    read = extractor.extract(text, language=Language.ENGLISH)
    told = {f"{m.measure}={m.value:g}" for m in read.measurements}
    for f in read.findings:
        sign = "<" if f.time is Time.PAST else SIGNS[f.assertion]
        told |= {sign + f.concept}
        if f.duration_days is not None:
            told |= {f"{sign}{f.concept}@{f.duration_days:g}"}
    return told


@pytest.mark.parametrize(("entry", "told"), rows(ENGLISH) + rows(CHINESE))
def test_an_entry_is_read(lexical, entry, told):
    assert set(told) <= found_in(lexical, entry)


def test_the_tables_are_long_enough():
    assert len(rows(ENGLISH)) >= 80
    assert len(rows(CHINESE)) >= 40


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("haha that hurts", "headache"),
        ("CRP 210", "limb_colour_change_after_injury"),
        ("since 3/12", "cough"),
    ],
)
def test_what_only_looks_like_shorthand(lexical, text, concept):
    assert concept not in found_in(lexical, text)


@pytest.mark.parametrize("text", ["BP 90/52, cough", "cough since 3/12", "cough, pain 3/10"])
def test_a_fraction_that_is_no_duration(lexical, text):
    assert not any("@" in told for told in found_in(lexical, text))


def test_a_dash_before_a_word_denies_only_in_a_list_of_signs(lexical):
    assert "chest_pain" in found_in(lexical, "I have -chest pain- since monday")
    assert "fever" in found_in(lexical, "fever - since monday")


def test_short_words_are_not_guessed():
    assert SHORTEST >= 6
