"""The quick replies under a question."""

from assistant.dialogue.phrasing import Phrasing
from assistant.records.dialogue import Choice, Question, QuestionKind, TurnKind
from assistant.records.terms import Assertion, Language

# What a pressed duration means, in days (about the middle of each range).
DURATIONS = (
    ("today", 0.5),
    ("days_2_3", 2.5),
    ("days_4_7", 5.5),
    ("weeks", 14.0),
    ("months", 90.0),
    ("longer", 365.0),
)


def choices_for(question: Question, phrasing: Phrasing, language: Language) -> tuple[Choice, ...]:
    """Return the buttons of a question; free text is always possible beside them."""
    if question.kind is QuestionKind.YES_NO:
        return _yes_no(question, phrasing, language)
    if question.kind in (QuestionKind.CHOOSE_ONE, QuestionKind.CHOOSE_MANY):
        return _several(question, phrasing, language)
    if question.kind is QuestionKind.CLARIFY:
        return _meanings(question, phrasing, language)
    unsure = Choice(label=phrasing.say("choices.unsure", language), kind=TurnKind.SKIP)
    if question.kind is QuestionKind.DURATION:
        words = (phrasing.say(f"choices.{word}", language) for word, _ in DURATIONS)
        return (*(Choice(label=w, kind=TurnKind.SAY, text=w) for w in words), unsure)
    if question.kind is QuestionKind.SCALE:
        return (*(Choice(label=str(n), severity=n) for n in range(11)), unsure)
    return ()


def days_of_choice(text: str, phrasing: Phrasing) -> float | None:
    """Return the days that a pressed duration button stands for."""
    for word, days in DURATIONS:
        if text.strip() in {phrasing.say(f"choices.{word}", language) for language in Language}:
            return days
    return None


def _all(question: Question, assertion: Assertion) -> tuple[tuple[str, Assertion], ...]:
    return tuple((finding, assertion) for finding in question.findings)


def _yes_no(question: Question, phrasing: Phrasing, language: Language) -> tuple[Choice, ...]:
    meanings = (("yes", Assertion.PRESENT), ("no", Assertion.ABSENT), ("unsure", Assertion.UNKNOWN))
    return tuple(
        Choice(label=phrasing.say(f"choices.{word}", language), answers=_all(question, meaning))
        for word, meaning in meanings
    )


def _meanings(question: Question, phrasing: Phrasing, language: Language) -> tuple[Choice, ...]:
    """One button a meaning; pressing it says nothing of the others, "none of these" denies all."""
    named = tuple(
        Choice(
            label=phrasing.knowledge.findings[meant].name.get(language),
            answers=((meant, Assertion.PRESENT),),
        )
        for meant in question.findings
    )
    none = Choice(
        label=phrasing.say("choices.none", language), answers=_all(question, Assertion.ABSENT)
    )
    unsure = Choice(
        label=phrasing.say("choices.unsure", language), answers=_all(question, Assertion.UNKNOWN)
    )
    return (*named, none, unsure)


def _several(question: Question, phrasing: Phrasing, language: Language) -> tuple[Choice, ...]:
    """One button a finding; pressing it alone denies the others of the question."""
    named = tuple(
        Choice(
            label=phrasing.knowledge.findings[chosen].name.get(language),
            answers=tuple(
                (f, Assertion.PRESENT if f == chosen else Assertion.ABSENT)
                for f in question.findings
            ),
        )
        for chosen in question.findings
    )
    none = Choice(
        label=phrasing.say("choices.none", language), answers=_all(question, Assertion.ABSENT)
    )
    unsure = Choice(
        label=phrasing.say("choices.unsure", language), answers=_all(question, Assertion.UNKNOWN)
    )
    return (*named, none, unsure)
