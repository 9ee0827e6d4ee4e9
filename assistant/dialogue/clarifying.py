"""Ambiguous words: all that they may mean is kept open until the patient says which.

What is open counts for the red flags and for nothing else (`Facts.undecided`). The answer settles
it: what was meant is there, the rest is gone, not denied (`records.case.settled`).
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from assistant.dialogue.answers import plain_answer
from assistant.knowledge import Knowledge, within
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Question, QuestionKind
from assistant.records.extraction import Extraction
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Language

MOST_ASKED = 2  # questions of this kind in one consultation
LONGEST = 60  # characters of the patient's words that a question repeats
_STATED = (Assertion.PRESENT, Assertion.POSSIBLE)
_DENIAL = re.compile(r"\b(not|no|never|none|neither|isn't|aren't|without)\b|n't\b|不|没|非", re.I)
_LEADING_NO = re.compile(r"^\W*(no|nope|nah|不是?|没有)\s*[,，、。;.]\s*", re.I)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_PLACES_ZH = "一二三四五六七"
_NTH = re.compile(
    rf"^\W*(?:the )?(?:({'|'.join(_PLACES)})(?: one)?|(?:number |no\. ?)?([1-7])|"
    rf"第?([{_PLACES_ZH}1-7])(?:个|项|种|条))\W*$",
    re.I,
)
_LITTLE = frozenset(
    (
        "and", "from", "into", "its", "off", "one", "out", "outside", "place", "than", "that",
        "the", "there", "this", "under", "unusual", "usual", "with", "your",
    )
)  # fmt: skip
_LITTLE_ZH = frozenset("的了有和或不在是里上下出多疼肿血流水脓常")


def opened(extraction: Extraction, before: Consultation, knowledge: Knowledge) -> Extraction:
    """Return the extraction with every meaning of ambiguous words kept open.

    Where the message, the case or the question that was put tells which is meant, or only one can
    be at this age and sex, that one is taken; what was asked and denied is not opened again.
    """
    plain = [f for f in extraction.findings if not f.ambiguous_with]
    told = {f.concept for f in plain if f.assertion in _STATED and f.counts_now}
    told |= {
        concept
        for concept, f in before.case.latest().items()
        if f.assertion in _STATED and not f.undecided
    }
    if before.pending is not None and before.pending.kind is not QuestionKind.CLARIFY:
        told |= set(before.pending.findings)
    denied = {c for c, f in before.case.latest().items() if f.assertion is Assertion.ABSENT}
    found: list[Finding] = []
    for finding in extraction.findings:
        meanings = (finding.concept, *finding.ambiguous_with)
        fitting = [c for c in meanings if _can_be(c, before.profile, knowledge)]
        found += _meant(finding, fitting, told, denied, knowledge)
    return replace(extraction, findings=tuple(found))


def _meant(
    finding: Finding,
    fitting: list[str],
    told: set[str],
    denied: set[str],
    knowledge: Knowledge,
) -> list[Finding]:
    if not finding.ambiguous_with or finding.assertion not in _STATED:
        return [replace(finding, ambiguous_with=())]
    known = [c for c in fitting if _akin(c, told, knowledge)]
    left = [c for c in fitting if c not in denied]
    if known or len(fitting) < 2:
        chosen = (known or fitting or [finding.concept])[0]
        return [replace(finding, concept=chosen, ambiguous_with=())]
    if len(left) < 2:
        return [replace(finding, concept=c, ambiguous_with=()) for c in left]
    return [
        replace(
            finding,
            concept=concept,
            assertion=Assertion.POSSIBLE,
            ambiguous_with=tuple(c for c in left if c != concept),
        )
        for concept in left
    ]


def _can_be(concept: str, profile: Profile, knowledge: Knowledge) -> bool:
    entry = knowledge.findings.get(concept)
    if entry is None:
        return False
    other_sex = entry.sex is not None and profile.sex is not None and entry.sex is not profile.sex
    too_old = entry.age is not None and not within(profile.age_years, entry.age)
    return not (other_sex or (too_old and profile.age_years is not None))


def _akin(concept: str, told: set[str], knowledge: Knowledge) -> bool:
    """Whether a finding, a form of it, or what it is a form of was told."""
    kin = {concept} | knowledge.ancestors(concept) | knowledge.descendants(concept)
    return bool(kin & told)


def open_question(consultation: Consultation) -> Question | None:
    """Return the question which of several meanings is meant; each is put once, few in all."""
    asked = [e.question for e in consultation.exchanges if e.question.kind is QuestionKind.CLARIFY]
    if len(asked) >= MOST_ASKED:
        return None
    put = {finding for question in asked for finding in question.findings}
    standing = [f for f in consultation.case.latest().values() if f.undecided]
    for first in standing:
        group = [f.concept for f in standing if f.concept in (first.concept, *first.ambiguous_with)]
        if len(group) > 1 and not put.intersection(group):
            return Question(
                id="clarify", kind=QuestionKind.CLARIFY, findings=tuple(group),
                reason="clarify", words=_harmless(first.evidence),
            )  # fmt: skip
    return None


def _harmless(words: str) -> str:
    """Return somebody's words as they may stand in a message: no marks, no lines.

    >>> _harmless("**discharge** <b>")
    'discharge b'
    """
    return " ".join(re.sub(r"[^\w\s'’-]", " ", words).replace("_", " ").split())[:LONGEST]


def answers_of(question: Question, chosen: str, number: int, words: str) -> tuple[Finding, ...]:
    """Return what it says that `chosen` is meant; the other meanings are not denied by it."""
    if chosen not in question.findings:
        return ()
    return (
        Finding(
            concept=chosen, assertion=Assertion.PRESENT, evidence=words,
            origin=Origin.ANSWERED, turn=number,
        ),
    )  # fmt: skip


def clarified(
    extraction: Extraction, before: Consultation, text: str, knowledge: Knowledge
) -> Extraction:
    """Read free text as the answer to which meaning is meant, where that is what was asked.

    A finding among its meanings, or a form of one, answers it; so do words of one choice alone
    ("from my ear") and its place in the list ("the second one").
    """
    pending = before.pending
    if pending is None or pending.kind is not QuestionKind.CLARIFY:
        return extraction
    told = {
        f.concept
        for f in extraction.findings
        if f.assertion in _STATED and f.counts_now and not f.ambiguous_with
    }
    named = [
        c for c in pending.findings if ({c} | knowledge.descendants(c)) & told
    ]  # what was asked about is read in its light, so that bare words name it
    if not named:
        chosen = _by_words(text, pending.findings, before.profile.language, knowledge)
        named = [chosen] if chosen else []
    new = [f for c in named if c not in told for f in answers_of(pending, c, before.turns, text)]
    kept = [f for f in extraction.findings if not f.ambiguous_with or not named]
    return replace(extraction, findings=(*kept, *new))


def _by_words(
    text: str, choices: tuple[str, ...], language: Language, knowledge: Knowledge
) -> str | None:
    nth = _NTH.match(text)
    if nth:
        word, digit, chinese = nth.groups()
        place = _PLACES.index(word.lower()) if word else _place(digit or chinese)
        return choices[place] if place < len(choices) else None
    said = _LEADING_NO.sub("", text)
    if _DENIAL.search(said) or plain_answer(said) is Assertion.UNKNOWN:
        return None
    names = [knowledge.findings[c].name.get(language) for c in choices]
    split = _characters if language is Language.CHINESE else _words
    parts = [split(name) for name in names]
    scores = [
        len((own - set().union(*(p for p in parts if p is not own))) & split(said)) for own in parts
    ]
    best = max(scores)
    return choices[scores.index(best)] if best and scores.count(best) == 1 else None


def _place(digit: str) -> int:
    return _PLACES_ZH.index(digit) if digit in _PLACES_ZH else int(digit) - 1


def _words(text: str) -> set[str]:
    """Return the telling words of an English text, cut to their beginnings: vagina, vaginal.

    >>> sorted(_words("Discharge from the ears"))
    ['disch', 'ear']
    """
    found: Iterable[str] = re.findall(r"[a-z]+", text.lower())
    return {w.removesuffix("s")[:5] for w in found if w not in _LITTLE and len(w) > 2}


def _characters(text: str) -> set[str]:
    return {c for c in text if "\u4e00" <= c <= "\u9fff"} - _LITTLE_ZH
