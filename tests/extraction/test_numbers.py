"""Numbers as patients and clinicians write them, in both languages and many units."""

# ruff: noqa: E501 - tables of cases, one a line

import pytest

from assistant.extraction.durations import durations
from assistant.extraction.gestation import births, gestations
from assistant.extraction.measures import readings
from assistant.extraction.normalising import normalise
from assistant.extraction.person import age_in, sex_in
from assistant.extraction.severity import severities


@pytest.mark.parametrize(
    ("text", "measure", "value"),
    [
        ("T 39.2", "temperature_c", 39.2),
        ("temp of 102", "temperature_c", 38.9),
        ("my temperature is 38.5 C", "temperature_c", 38.5),
        ("a fever of 101.3F", "temperature_c", 38.5),
        ("fever 39", "temperature_c", 39.0),
        ("体温39度2", "temperature_c", 39.2),
        ("39度5", "temperature_c", 39.5),
        ("高烧40度", "temperature_c", 40.0),
        ("烧到三十九度五", "temperature_c", 39.5),
        ("烧到38度半", "temperature_c", 38.5),
        ("体温不到35度", "temperature_c", 34.9),
        ("体温：３８．７℃", "temperature_c", 38.7),
        ("HR 120", "heart_rate", 120),
        ("pulse of 48", "heart_rate", 48),
        ("heart rate is 135 bpm", "heart_rate", 135),
        ("脉搏110次", "heart_rate", 110),
        ("心率有130", "heart_rate", 130),
        ("RR 28", "respiratory_rate", 28),
        ("呼吸40次", "respiratory_rate", 40),
        ("BP 85/50", "sbp", 85),
        ("BP 85/50", "dbp", 50),
        ("BP 90 over 60", "sbp", 90),
        ("血压180/110", "sbp", 180),
        ("高压200，低压110", "sbp", 200),
        ("高压200，低压110", "dbp", 110),
        ("SpO2 91%", "spo2", 91),
        ("92% on room air", "spo2", 92),
        ("oxygen level is 88", "spo2", 88),
        ("血氧88%", "spo2", 88),
        ("GCS 13", "gcs", 13),
        ("glucose 450 mg/dl", "glucose_mmol_l", 24.978),
        ("blood sugar is 450", "glucose_mmol_l", 24.978),
        ("glucose 3.1", "glucose_mmol_l", 3.1),
        ("血糖25", "glucose_mmol_l", 25),
        ("HbA1c 9.5%", "hba1c_percent", 9.5),
        ("Hb 6.5 g/dl", "hemoglobin_g_l", 65),
        ("hemoglobin 72 g/L", "hemoglobin_g_l", 72),
        ("血红蛋白60", "hemoglobin_g_l", 60),
        ("creatinine 3.2 mg/dl", "creatinine_umol_l", 282.88),
        ("肌酐300", "creatinine_umol_l", 300),
        ("bilirubin 5 mg/dl", "bilirubin_umol_l", 85.5),
        ("WBC 15,000", "wbc_10e9_l", 15),
        ("WBC 15k", "wbc_10e9_l", 15),
        ("platelets 40k", "platelets_10e9_l", 40),
        ("platelets 40,000", "platelets_10e9_l", 40),
        ("血小板3万", "platelets_10e9_l", 30),
        ("K 6.8", "potassium_mmol_l", 6.8),
        ("Na 118", "sodium_mmol_l", 118),
        ("CRP 150", "crp_mg_l", 150),
        ("lactate 4.5", "lactate_mmol_l", 4.5),
        ("INR 5", "inr", 5),
        ("calcium 12 mg/dl", "calcium_mmol_l", 2.994),
        ("TSH 0.01", "tsh_miu_l", 0.01),
        ("ferritin 8", "ferritin_ug_l", 8),
        ("uric acid 9.1", "uric_acid_umol_l", 541.268),
        ("尿酸560", "uric_acid_umol_l", 560),
    ],
)
def test_measures(knowledge, text, measure, value):
    found = {
        r.measure: r.value
        for r in readings(normalise(text).text, knowledge.bundle.derived.measures)
    }

    assert found[measure] == pytest.approx(value)


def test_a_line_of_vital_signs(knowledge):
    text = "T 39.2, HR 120, BP 85/50, RR 28, SpO2 91%"
    found = {r.measure: r.value for r in readings(text, knowledge.bundle.derived.measures)}

    assert found == {
        "temperature_c": 39.2, "heart_rate": 120, "sbp": 85, "dbp": 50, "respiratory_rate": 28, "spo2": 91,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "temperature 400",
        "pulse 9000",
        "I'm 39",
        "fever for 39 days",
        "SpO2 250%",
        "room 102",
        "BP 12/08/2024",
        "call me at 5551234",
        "体温500度",
    ],
)
def test_what_cannot_be_true_is_not_taken(knowledge, text):
    """A mistyped number must not call an ambulance, nor calm anybody."""
    assert readings(normalise(text).text, knowledge.bundle.derived.measures) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("for 3 days", 3), ("since yesterday", 1), ("two weeks", 14), ("2-3 days", 2.5),
        ("a couple of hours ago", 2 / 24), ("half an hour", 1 / 48), ("3-day history of cough", 3),
        ("for the past few months", 90), ("cough x 3 weeks", 21), ("an hour and a half", 1.5 / 24),
        ("for years", 1095), ("三天", 3), ("半个月", 15), ("昨天开始", 1), ("发烧两三天了", 2.5),
        ("咳嗽一个多月", 40), ("拉肚子半天", 0.5), ("三周", 21), ("疼了两个小时", 2 / 24), ("半年", 182.5),
    ],
)  # fmt: skip
def test_durations(text, days):
    assert [q.value for q in durations(normalise(text).text)] == [pytest.approx(days)]


@pytest.mark.parametrize(
    "text",
    [
        "my 3 month old baby",
        "8 weeks pregnant",
        "every 4 hours",
        "8个月大的宝宝",
        "怀孕8周",
        "一天拉十次",
        "每6小时吃一次",
        "twice a day",
        "I am 40 years old",
    ],
)
def test_what_is_no_duration(text):
    assert durations(normalise(text).text) == []


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("I'm a 34 year old woman", 34, "female"),
        ("45F with chest pain", 45, "female"),
        ("62 yo M c/o SOB", 62, "male"),
        ("my 3 month old son has fever", 0.25, "male"),
        ("I am 67, male", 67, "male"),
        ("男，45岁，胸痛", 45, "male"),
        ("女 30岁", 30, "female"),
        ("三岁半的女儿发烧", 3.5, "female"),
        ("8个月的宝宝", 8 / 12, None),
        ("my husband has chest pain", None, "male"),
        ("我老婆肚子疼", None, "female"),
        ("I have a headache and a man hit me", None, None),
        ("chest pain for 3 days", None, None),
    ],
)
def test_person(text, age, sex):
    plain = normalise(text).text

    assert age_in(plain) == (None if age is None else pytest.approx(age))
    assert sex_in(plain) == sex


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("8/10", 8),
        ("a 7 out of 10", 7),
        ("pain score 6", 6),
        ("seven out of ten", 7),
        ("疼痛8分", 8),
        ("10/10 pain", 10),
        ("满分10分有7分", 7),
    ],
)
def test_severity(text, score):
    assert [q.value for q in severities(normalise(text).text)] == [score]


@pytest.mark.parametrize("text", ["12/10/2024", "for 8 days", "8/100", "I took 2 of them"])
def test_what_is_no_severity(text):
    assert severities(text) == []


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("I am 32 weeks pregnant", "pregnant_late_before_37_weeks"),
        ("39 weeks pregnant", "pregnant_late"),
        ("pregnant (8 weeks)", "pregnant_early"),
        ("she is five months pregnant", "pregnant_late_before_37_weeks"),
        ("怀孕32周", "pregnant_late_before_37_weeks"),
        ("怀孕七个月", "pregnant_late_before_37_weeks"),
        ("孕6周", "pregnant_early"),
        ("怀孕37周", "pregnant_late"),
        ("怀孕38+2周", "pregnant_late"),
        ("38周的孕妇", "pregnant_late"),
        ("thirty-eight weeks pregnant", "pregnant_late"),
        ("thirty two weeks pregnant", "pregnant_late_before_37_weeks"),
    ],
)
def test_gestation(text, concept):
    assert [m.concepts[0] for m in gestations(text)] == [concept]


@pytest.mark.parametrize(
    ("text", "recent"),
    [
        ("I gave birth ten days ago", True),
        ("I had my baby 3 weeks ago", True),
        ("six weeks after giving birth", True),
        ("I gave birth 3 years ago", False),
        ("I gave birth ten weeks ago", False),
        ("产后10天", True),
        ("两周前剖腹产", True),
        ("产后十周", False),
    ],
)
def test_births(text, recent):
    """A fever within six weeks after a birth is another matter than any other fever."""
    assert bool(births(text)) is recent
