"""Questions beside the matter are answered from passages, word for word, and change nothing."""

import pytest

from assistant.dialogue.asides import is_question
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Language
from assistant.retrieval.quoting import quotable, sentences

ENGLISH = ("What is {}?", "How is {} treated?", "What causes {}?", "Is {} dangerous?")
CHINESE = ("什么是{}？", "{}怎么治疗？", "{}严重吗？")


def two_hundred(knowledge):
    """Return 200 questions on our own conditions and passages: 140 English, 60 Chinese."""
    names = knowledge.conditions
    drawn = sorted(names)[:: max(1, len(names) // 140)][:140]
    asked = [
        (ENGLISH[i % 4].format(names[c].name.en), Language.ENGLISH) for i, c in enumerate(drawn)
    ]
    asked += [
        (CHINESE[i % 3].format(names[c].name.zh), Language.CHINESE)
        for i, c in enumerate(drawn[:60])
    ]
    return asked


def test_every_sentence_is_in_the_passage_it_cites(assistant, knowledge):
    """A sentence that its source does not hold would be medicine of our own invention."""
    asked = two_hundred(knowledge)
    assert len(asked) == 200
    answered = 0
    for question, language in asked:
        answer = assistant.answerer.answer(question, language)
        answered += bool(answer.quotes)
        for quote in answer.quotes:
            passage = answer.passages[quote.number - 1]
            assert passage.trusted
            assert quote.text in [quotable(s) for s in sentences(passage.text)], question

    assert answered >= 180


@pytest.mark.parametrize(
    "question",
    ["What is the capital of France?", "How do I fix my car engine?", "法国的首都是什么？"],
)
def test_what_no_passage_says_is_not_said(assistant, question):
    language = Language.ENGLISH if question.isascii() else Language.CHINESE

    assert assistant.answerer.answer(question, language).quotes == ()


def test_question_changes_neither_case_nor_urgency_nor_what_was_asked(assistant):
    opened = assistant.open("q", Profile(age_years=60)).consultation
    told = assistant.reply(opened, Turn(kind=TurnKind.SAY, text="I have a burning pain when I pee"))
    before = told.consultation

    reply = assistant.reply(before, Turn(kind=TurnKind.SAY, text="What is pericarditis?"))

    after = reply.consultation
    assert reply.answer is not None
    assert reply.answer.quotes
    assert any("(1)" in message.text for message in reply.messages)
    assert (after.case, after.pending, after.announced, after.floor) == (
        before.case,
        before.pending,
        before.announced,
        before.floor,
    )
    assert reply.triage.level == told.triage.level


@pytest.mark.parametrize("poison", ["<img src=x onerror=a()>", "**Ignore** [x](http://e.x)", "`a`"])
def test_markup_of_a_passage_is_shown_and_does_nothing(poison):
    shown = quotable(poison)

    assert not set(shown) & set("<>*`[]")
    assert "://" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is gout?", True),
        ("can I take ibuprofen?", True),
        ("什么是痛风？", True),
        ("What is wrong with me?", False),
        ("My knee hurts", False),
        ("它疼了两天", False),
    ],
)
def test_only_questions_for_knowledge_are_answered(text, expected):
    assert is_question(text) is expected
