"""Whether a doctor has found it, told in words: before the picture, in answer, or later."""

import re

import pytest

from assistant.records.finding import Origin
from assistant.records.terms import Assertion
from tests.pictures.brains import head
from tests.pictures.confirming import (  # noqa: F401 (eyes: a fixture)
    ASKED,
    EN,
    FOUND,
    KINDS,
    READER,
    ZH,
    answer,
    begun,
    eyes,
    say,
    words,
)
from tests.pictures.spots import picture


@pytest.mark.parametrize(
    ("language", "later"),
    [
        (EN, "Yes, they found one"),
        (EN, "The radiologist has confirmed a tumour on it."),
        (ZH, "医生后来发现了肿瘤"),
        (ZH, "医院确诊是脑瘤"),
    ],
)
def test_it_may_be_told_later_in_words(service, language, later):
    """Those words answer for the picture, and not the question that waits."""
    identity, _ = begun(service, language)
    service.show(identity, picture(head("glioma")))
    waiting = answer(service, identity, Assertion.ABSENT).question

    after = say(service, identity, later)

    assert re.search("glioma|胶质", words(after))
    told = {f.concept: f.assertion for f in after.consultation.findings if f.turn == 4}
    assert told[FOUND] is Assertion.PRESENT
    assert not set(waiting.findings) & set(told)


@pytest.mark.parametrize(
    ("language", "text", "speaks"),
    [
        (EN, "Yes", True),
        (EN, "yes, last week", True),
        (EN, "They told me it is a tumour", True),
        (EN, "No", False),
        (EN, "not yet", False),
        (EN, "The doctors found no tumour", False),
        (EN, "I don't know", False),
        (EN, "maybe", False),
        (ZH, "有", True),
        (ZH, "医生发现了肿瘤", True),
        (ZH, "没有", False),
        (ZH, "还没有", False),
        (ZH, "医生说没发现肿瘤", False),
        (ZH, "不清楚", False),
    ],
)
def test_the_question_is_answered_in_words(service, language, text, speaks):
    identity, _ = begun(service, language)
    service.show(identity, picture(head("glioma")))

    after = say(service, identity, text)

    assert after.question is None or after.question.id != "confirm"
    assert bool(re.search("glioma|胶质", words(after))) == speaks
    assert (READER[language] in words(after)) != speaks


@pytest.mark.parametrize(
    ("language", "fear"),
    [
        (EN, "I am afraid it is a brain tumour"),
        (EN, "Do they think it is a tumour?"),
        (ZH, "我担心是脑瘤"),
    ],
)
def test_a_fear_is_no_yes(service, language, fear):
    """It is asked again, then taken as not known; either way nothing of it is shown."""
    identity, _ = begun(service, language)
    service.show(identity, picture(head("glioma")))

    for _ in range(2):
        after = say(service, identity, fear)
        assert not KINDS.search(words(after))
        assert not any(f.origin is Origin.PICTURE for f in after.consultation.findings)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (EN, "My head hurts. Last month I was diagnosed with a meningioma."),
        (EN, "The doctors found a brain tumour and I have headaches"),
        (ZH, "我头痛，上个月医院查出脑瘤。"),
    ],
)
def test_what_was_told_before_is_not_asked(service, language, told):
    identity, _ = begun(service, language, told)

    after = service.show(identity, picture(head("glioma")))

    assert after.question is None or after.question.id != "confirm"
    assert re.search("glioma|胶质", words(after))


@pytest.mark.parametrize(
    ("conditions", "speaks"),
    [("asthma, meningioma since 2021", True), ("no brain tumour", False), ("asthma", False)],
)
def test_an_illness_from_the_form_is_not_asked(service, conditions, speaks):
    identity, _ = begun(service, conditions=conditions)

    after = service.show(identity, picture(head("meningioma")))

    assert ("meningioma" in words(after)) == speaks


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (EN, "I have headaches and I worry that it is a brain tumour"),
        (EN, "My headaches are bad. Could it be a glioma?"),
        (EN, "My father was diagnosed with a brain tumour. I have a headache"),
        (ZH, "我头痛，怕是脑瘤"),
    ],
)
def test_a_fear_told_before_is_asked_about(service, language, told):
    identity, _ = begun(service, language, told)

    after = service.show(identity, picture(head("glioma")))

    assert after.messages[-1].text == ASKED[language]
