"""What doctors have found, in the words of a patient: a fear or a guess is no finding."""

import pytest

from assistant.dialogue.doctors_word import denied_or_doubted, doctors_word, names
from assistant.knowledge.schema import WordLists
from assistant.records.terms import Assertion

CALLED = WordLists(
    en=("brain tumour", "tumour", "glioma", "one"), zh=("脑瘤", "肿瘤", "胶质瘤", "一个")
)


@pytest.mark.parametrize(
    "text",
    [
        "They found a tumour",
        "Yes, they found one.",
        "I was diagnosed with a glioma in May",
        "The scan showed a tumour on the left",
        "I have headaches. My doctor told me it is a tumour. I am 40.",
        "a tumour was seen on my MRI",
        "the radiologist saw two tumours",
        "医生发现了肿瘤",
        "上个月在医院查出脑瘤",
        "确诊胶质瘤",
        "片子上显示有肿瘤",
    ],
)
def test_a_finding_of_doctors_is_read(text):
    told = doctors_word(text, CALLED)

    assert told is not None
    assert told[1] is Assertion.PRESENT
    assert told[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "The doctors found no tumour",
        "They didn't find a tumour: none was found, no tumour seen",
        "my MRI showed no glioma",
        "医生没有发现肿瘤",
        "检查未发现肿瘤",
    ],
)
def test_that_they_found_none_is_read(text):
    told = doctors_word(text, CALLED)

    assert told is not None
    assert told[1] is Assertion.ABSENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "I have a brain tumour",  # says who?
        "I think they found a tumour",
        "I am afraid the scan shows a tumour",
        "Did they find a tumour?",
        "Have the doctors found a tumour",
        "they want to rule out a tumour seen in others",
        "The doctor found a tumour in my breast",
        "My father was diagnosed with a brain tumour",
        "my sister's doctors found a glioma",
        "I read that a tumour could be seen on a scan",
        "医生怀疑是脑瘤",
        "医生发现了肿瘤吗",
        "我妈妈查出脑瘤",
        "医生在肺里发现肿瘤",
        "有没有查出肿瘤",
    ],
)
def test_what_is_no_finding_of_doctors_is_not(text):
    """A yes read into a fear would let a model name a tumour in a healthy head."""
    assert doctors_word(text, CALLED) is None


def test_the_last_word_counts():
    told = doctors_word("They found a tumour. Later the doctors found no tumour.", CALLED)

    assert told == ("Later the doctors found no tumour", Assertion.ABSENT)


def test_names_are_whole_words():
    assert names("two gliomas", CALLED)
    assert not names("phone, alone, someone", CALLED)
    assert names("我有胶质瘤", CALLED)


@pytest.mark.parametrize("text", ["no glioma", "perhaps a glioma", "mother: glioma", "没有脑瘤"])
def test_a_form_may_deny_or_doubt(text):
    assert denied_or_doubted(text)
    assert not denied_or_doubted("asthma, glioma (2021)")
