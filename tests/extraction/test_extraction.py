"""What patients and clinicians say becomes findings, with the words they came from."""

# ruff: noqa: E501 - tables of cases, one a line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.records.terms import Assertion, Experiencer, Language, Time

CASES = [
    (
        "I've had a cough and fever for 3 days, no chest pain, shortness of breath or rash.",
        {"cough": "present", "fever": "present", "chest_pain": "absent", "dyspnea": "absent", "rash": "absent"},
    ),
    ("no fever, chest pain since this morning", {"fever": "absent", "chest_pain": "present"}),
    ("No fever, chest pain", {"fever": "absent", "chest_pain": "possible"}),
    ("I'm not sure if I have a fever", {"fever": "possible"}),
    ("I can't stop vomiting", {"vomiting": "present"}),
    ("I never had a headache like this", {"headache": "present"}),
    ("afebrile, denies n/v, SOB on exertion", {"fever": "absent", "vomiting": "absent"}),
    ("my son has a fever and is not eating", {"fever": "present"}),
    ("my wife has chest pain", {"chest_pain": "present"}),
    ("我发烧三天了，没有咳嗽、拉肚子，但是头很疼", {"fever": "present", "cough": "absent", "diarrhea": "absent", "headache": "present"}),
    ("肚子不疼", {"abdominal_pain": "absent"}),
    ("孩子发烧两天，不咳嗽", {"fever": "present", "cough": "absent"}),
    ("可能有点发烧", {"fever": "possible"}),
    ("老公胸口疼", {"chest_pain": "present"}),
    ("我发烧 and a headache", {"fever": "present", "headache": "present"}),
]  # fmt: skip


@pytest.fixture(params=["lexical", "transformer"])
def extractor(request):
    return request.getfixturevalue(request.param)


def assertions(extractor, text):
    found = extractor.extract(text, language=Language.ENGLISH).findings
    return {f.concept: f.assertion.value for f in found if f.counts_now}


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_findings(extractor, knowledge, text, expected):
    found = assertions(extractor, text)
    for concept, assertion in expected.items():
        named = {concept} | (knowledge.descendants(concept) if assertion == "present" else set())
        assert assertion in {found.get(name) for name in named}, found


@pytest.mark.parametrize(
    "text",
    [
        "I am worried it is pneumonia",
        "what should I do if I get fever",
        "My mother had chest pain when she was 50. I have a headache.",
        "I used to have migraine years ago",
        "如果发烧怎么办",
        "医生问我有没有发烧",
        "The train was late and I missed my appointment",
    ],
)
def test_what_is_not_said_of_now_and_the_patient(extractor, text):
    found = assertions(extractor, text)

    assert not {"hx_pneumonia", "fever", "chest_pain", "migraine"} & set(found)


def test_self_harm_is_heard_even_as_a_fear(extractor):
    assert "suicidal_thoughts" in assertions(extractor, "I'm scared that I might kill myself")


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("My mother has diabetes and I have a headache", "hx_diabetes"),
        ("我妈有糖尿病，我头晕", "hx_diabetes"),
    ],
)
def test_a_relatives_disease_is_not_the_patients(extractor, text, concept):
    found = extractor.extract(text, language=Language.ENGLISH).findings

    assert not any(f.concept == concept and f.experiencer is Experiencer.PATIENT for f in found)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("My son had a tonsillectomy last week and is bleeding", "hx_tonsillectomy"),
        ("my baby had asthma last year", "hx_asthma"),
        ("My wife had diabetes in the pregnancy and now she has a headache", "hx_diabetes"),
        ("My wife had asthma. Now my wife has a fever and a cough.", "hx_asthma"),
        ("我儿子得过哮喘，现在又喘不上气", "hx_asthma"),
        ("I had my baby 3 weeks ago and my breast hurts", "breast_pain"),
    ],
)  # fmt: skip
def test_who_is_spoken_for_is_the_patient(extractor, text, concept):
    """A parent tells the child's history: it is not the family's."""
    found = extractor.extract(text, language=Language.ENGLISH).findings

    assert {f.experiencer for f in found if f.concept == concept} == {Experiencer.PATIENT}


@pytest.mark.parametrize("text", ["My uncle had asthma", "my son died of asthma"])
def test_a_relative_without_complaints_stays_one(lexical, text):
    found = lexical.extract(text, language=Language.ENGLISH).findings

    told = [f for f in found if not f.concept.startswith("family_")]  # the patient's own risk
    assert all(f.experiencer is Experiencer.RELATIVE for f in told)
    assert "hx_asthma" not in {f.concept for f in found if f.experiencer is Experiencer.PATIENT}


def test_past_is_kept_apart(extractor):
    found = extractor.extract(
        "I used to have migraines but now I have chest pain", language=Language.ENGLISH
    ).findings

    assert any(f.concept == "chest_pain" and f.time is Time.NOW for f in found)
    assert all(f.time is Time.PAST for f in found if "migraine" in f.concept)


def test_duration_and_severity_go_to_the_finding(extractor):
    found = extractor.extract(
        "I've had a cough and fever for 3 days and a headache that is 8/10",
        language=Language.ENGLISH,
    ).findings
    by_concept = {f.concept: f for f in found}

    assert by_concept["cough"].duration_days == by_concept["fever"].duration_days == 3
    assert by_concept["headache"].severity == 8


@pytest.mark.parametrize(
    ("text", "days", "score"),
    [("3 days", 3, None), ("about a 7 out of 10", None, 7), ("三天了", 3, None)],
)
def test_bare_numbers_belong_to_the_question(extractor, text, days, score):
    read = extractor.extract(text, language=Language.ENGLISH)

    assert (read.duration_days, read.severity) == (days, score)


def test_a_clinicians_line(extractor):
    read = extractor.extract(
        "62 yo M c/o crushing chest pain radiating to the left arm x 2 hours, diaphoretic. "
        "Denies fever. T 36.8, HR 120, BP 85/50, SpO2 91%",
        language=Language.ENGLISH,
    )
    found = {f.concept: f.assertion for f in read.findings}

    assert {"chest_pain_crushing", "chest_pain_radiating_arm"} <= set(found)
    assert found["fever"] is Assertion.ABSENT
    assert (read.age_years, read.sex) == (62, "male")
    assert {m.measure for m in read.measurements} == {
        "temperature_c",
        "heart_rate",
        "sbp",
        "dbp",
        "spo2",
    }


@given(
    st.text(max_size=120)
    | st.lists(
        st.sampled_from(
            ["no", "chest pain", "сhest", "if I", "my mother", "39.5", "8/10", "for 3 days", "发烧", "没有",
             "，", ".", "?", "\u200b", "\n", "fever", "，头疼", "but", "、", "🙂", "and", "denies"]
        ),
        max_size=15,
    ).map(" ".join)
)  # fmt: skip
def test_evidence_is_always_verbatim(lexical, text):
    """Nobody may be shown words that they did not say, whatever they typed."""
    read = lexical.extract(text, language=Language.ENGLISH)
    for part in (*read.findings, *read.measurements):
        assert part.evidence
        assert text[part.start : part.end] == part.evidence


def test_the_same_text_gives_the_same_findings(extractor):
    text = "I have a bad cough, my chest is tight and I feel really off, no fever."

    assert extractor.extract(text, language=Language.ENGLISH) == extractor.extract(
        text, language=Language.ENGLISH
    )


def test_words_that_no_phrase_has_are_linked(transformer, lexical):
    """The network is there for what nobody wrote down."""
    texts = [
        "my guts are cramping up terribly",
        "I have a thumping pain across my forehead",
        "I am drenched by morning",
        "I keep bringing up my food",
    ]
    more = [
        len(transformer.extract(t, language=Language.ENGLISH).findings)
        - len(lexical.extract(t, language=Language.ENGLISH).findings)
        for t in texts
    ]
    assert min(more) >= 0
    assert sum(more) >= 1


def test_a_relatives_illness_is_a_risk_of_the_patient(extractor):
    """A doctor asks for diabetes in the family; it must not become the patient's diabetes."""
    found = extractor.extract("My mother has diabetes and I am thirsty", language=Language.ENGLISH)

    concepts = {f.concept: f.experiencer for f in found.findings}
    assert concepts["family_diabetes"] is Experiencer.PATIENT
    assert "hx_diabetes" not in concepts


def test_words_near_to_three_of_a_kind_mean_their_kind(transformer):
    """A heart attack told in words that nobody wrote down must be asked about as a chest pain."""
    found = transformer.extract(
        "it feels like somebody is sitting on my chest, no fever", language=Language.ENGLISH
    ).findings

    assert ("chest_pain", Assertion.PRESENT) in {(f.concept, f.assertion) for f in found}
    assert not transformer.extract(
        "my tablets ran out on Friday", language=Language.ENGLISH
    ).findings
