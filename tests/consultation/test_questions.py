"""Questions beside the matter are answered from passages, word for word, and change nothing."""

import re

import pytest

from assistant.dialogue.asides import is_question
from assistant.records.case import Profile
from assistant.records.dialogue import Turn, TurnKind
from assistant.records.terms import Language
from assistant.retrieval.quoting import quotable, sentences
from benchmarks.retrieval_sets import lay

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


def test_lay_questions_are_answered_from_what_they_cite_or_not_at_all(assistant):
    """325 questions in patients' words: a quote that is in no passage, or from one on another
    matter, would be worse than silence."""
    answered = about = asked = 0
    for language in Language:
        for question in lay(language.value):
            answer = assistant.answerer.answer(question.text, language)
            asked += 1
            answered += bool(answer.quotes)
            for quote in answer.quotes:
                passage = answer.passages[quote.number - 1]
                assert quote.text in [quotable(s) for s in sentences(passage.text)], question.text
            if answer.quotes:
                about += answer.passages[answer.quotes[0].number - 1].id in question.grades

    assert asked >= 300
    assert answered >= 60
    assert about >= 0.6 * answered  # the judges' list of right passages is not complete


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("My neck hurts when I get out of bed, what helps?", "binge_eating_disorder"),
        ("I coughed for ten days, what is that?", "stevens_johnson"),
    ],
)
def test_small_words_are_not_read_as_abbreviations(question, wrong, assistant):
    """ "BED" is a disorder, "bed" is furniture."""
    found = assistant.answerer.answer(question, Language.ENGLISH)

    assert not any(p.condition == wrong for p in found.passages)


def test_abbreviation_in_capitals_is_understood(assistant):
    found = assistant.answerer.answer("What is BED?", Language.ENGLISH)

    assert found.passages[0].condition == "binge_eating_disorder"


def test_what_the_patient_sees_is_quoted_marked_and_numbered(assistant):
    """Read off the message itself: every line in quotes stands in the passage of its number."""
    opened = assistant.open("q", Profile(age_years=60)).consultation
    marked = 0  # the words that were asked for
    for text in ("What is pericarditis?", "How is gout treated?", "Can I take ibuprofen?"):
        reply = assistant.reply(opened, Turn(kind=TurnKind.SAY, text=text))
        [message] = [m.text for m in reply.messages if "(1)" in m.text]
        lines = re.findall(r"^- “(.+)” \((\d)\)$", message, re.M)
        assert lines
        marked += message.count("**")
        for said, number in lines:
            passage = reply.answer.passages[int(number) - 1]
            assert said.replace("**", "") in [quotable(s) for s in sentences(passage.text)]
            assert f"({number}) {passage.title}" in message
    assert marked >= 2


@pytest.mark.parametrize(
    "question",
    [
        "Is a heart attack dangerous?",
        "What is indigestion?",
        "Can I take aspirin?",
        "什么是胃食管反流病？",
    ],
)
def test_answer_never_lowers_the_urgency(question, assistant):
    """Who is told to call an ambulance must not be talked out of it by a leaflet."""
    opened = assistant.open("q", Profile(age_years=60)).consultation
    told = assistant.reply(
        opened,
        Turn(kind=TurnKind.SAY, text="Crushing chest pain into my left arm, and I am sweating"),
    )
    assert told.triage.level.is_emergency

    reply = assistant.reply(told.consultation, Turn(kind=TurnKind.SAY, text=question))

    assert reply.triage.level >= told.triage.level
    assert reply.consultation.announced >= told.consultation.announced
    assert reply.consultation.floor >= told.consultation.floor


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
