"""What a turn adds to a consultation: answers, and what was found in free text."""

from dataclasses import dataclass, replace

from assistant.dialogue.answers import answered, plain_answer, scale_answer
from assistant.dialogue.asides import aside_in
from assistant.records.case import Profile
from assistant.records.dialogue import Consultation, Exchange, Question, QuestionKind, Turn
from assistant.records.extraction import Extraction
from assistant.records.finding import Finding, Measurement, Origin
from assistant.records.picture import ImageReading, SeenPicture
from assistant.records.terms import Assertion

_PRESENT = Assertion.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A consultation after a turn was taken in, and what was new in it."""

    consultation: Consultation
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    person: bool = False  # age or sex was told
    understood: bool = True
    aside: str | None = None
    contradicted: tuple[str, ...] = ()
    corrected: bool = False  # something was set right or taken back by hand
    reading: ImageReading | None = None  # of the picture that this turn brought
    released: tuple[SeenPicture, ...] = ()  # pictures that were silent and speak from now on
    silenced: tuple[SeenPicture, ...] = ()  # pictures of which it was just settled that they do not


def hear_text(
    consultation: Consultation, turn: Turn, extraction: Extraction, days: float | None = None
) -> Heard:
    """Take in free text: what was extracted, read together with the question that was put.

    `days` is the meaning of a pressed duration, where the text is one.
    """
    if days is not None:
        extraction = replace(extraction, duration_days=days)
    pending, number = consultation.pending, consultation.turns
    found = list(extraction.findings)
    if pending is not None:
        found = _answer_in_words(pending, turn.text, extraction, number) + found
    profile = _person(consultation.profile, extraction)
    person = profile != consultation.profile
    unsure = _does_not_know(pending, turn.text)
    understood = bool(found or extraction.measurements or person or unsure)
    aside = aside_in(turn.text, understood)
    # A mere question tells nothing of the case: the belief must not take its words for symptoms.
    told = understood or aside not in ("question", "dose")
    said = (*consultation.said, turn.text) if told else consultation.said
    heard = Heard(
        consultation=replace(consultation, profile=profile, said=said),
        person=person,
        understood=understood,
        aside=aside,
    )
    settled = understood and pending is not None and (unsure or _settles(pending, found))
    return _take_in(heard, tuple(found), extraction.measurements, settles=settled)


def _does_not_know(pending: Question | None, text: str) -> bool:
    """Whether the patient cannot say how long, or how bad: then that is not asked again."""
    asked = pending is not None and pending.kind in (QuestionKind.DURATION, QuestionKind.SCALE)
    return asked and plain_answer(text) is Assertion.UNKNOWN


def hear_answers(consultation: Consultation, turn: Turn) -> Heard:
    """Take in pressed buttons of the pending question."""
    pending = consultation.pending
    meant = _words_meant(consultation)
    found = [
        Finding(
            concept=concept,
            assertion=assertion,
            evidence=meant.get(concept, turn.text) if assertion is _PRESENT else turn.text,
            origin=Origin.ANSWERED,
            turn=consultation.turns,
        )
        for concept, assertion in turn.answers
    ]
    if turn.severity is not None and pending is not None and pending.findings:
        found.append(_scored(pending.findings[0], turn.severity, turn.text, consultation.turns))
    heard = Heard(consultation=consultation, understood=bool(found))
    return _take_in(heard, tuple(found), (), settles=True)


def _words_meant(consultation: Consultation) -> dict[str, str]:
    """Return the patient's ambiguous words for each finding that they are asked to tell apart."""
    pending = consultation.pending
    if pending is None or pending.kind is not QuestionKind.CLARIFY:
        return {}
    known = consultation.case.latest()
    return {c: known[c].evidence for c in pending.findings if c in known and known[c].evidence}


def hear_skip(consultation: Consultation) -> Heard:
    """Pass over the pending question; it is not asked again, and nothing is concluded from it."""
    return Heard(consultation=_settle(consultation, skipped=True))


def hear_back(consultation: Consultation) -> Heard:
    """Take the last answered question up again and forget what was answered to it."""
    done = [e for e in consultation.exchanges if e.turn is not None]
    if not done:
        return Heard(consultation=consultation, understood=False)
    last = done[-1]
    kept = tuple(
        f
        for f in consultation.findings
        if not (f.turn == last.turn and f.origin is Origin.ANSWERED)
    )
    exchanges = tuple(e for e in consultation.exchanges if e != last and e.turn is not None)
    reopened = replace(
        consultation, findings=kept, exchanges=exchanges, pending=last.question, advice=None
    )
    return Heard(consultation=reopened)


def _take_in(
    heard: Heard, found: tuple[Finding, ...], measured: tuple[Measurement, ...], settles: bool
) -> Heard:
    before = heard.consultation
    consultation = replace(
        before,
        findings=before.findings + found,
        measurements=before.measurements + measured,
    )
    if settles:
        consultation = _settle(consultation)
    return replace(
        heard,
        consultation=consultation,
        findings=found,
        measurements=measured,
        contradicted=_contradicted(before, found),
    )


def _settle(consultation: Consultation, skipped: bool = False) -> Consultation:
    """Note that the pending question was answered in this turn."""
    pending = consultation.pending
    if pending is None:
        return consultation
    done = Exchange(question=pending, turn=consultation.turns, skipped=skipped)
    return replace(consultation, pending=None, exchanges=(*consultation.exchanges, done))


def _settles(pending: Question, found: list[Finding]) -> bool:
    """Whether the pending question needs no further answer after these findings."""
    if pending.kind is QuestionKind.OPEN:
        return True
    if pending.kind is QuestionKind.DURATION:
        return any(f.duration_days is not None for f in found)
    if pending.kind is QuestionKind.SCALE:
        return any(f.severity is not None for f in found)
    return any(f.concept in pending.findings and not f.undecided for f in found)


def _answer_in_words(
    pending: Question, text: str, extraction: Extraction, number: int
) -> list[Finding]:
    """Read "yes", "two days" or "a 7" as an answer to the pending question."""
    main = pending.findings[0] if pending.findings else None
    if pending.kind is QuestionKind.DURATION and main is not None:
        days = extraction.duration_days
        if days is None:
            days = next((f.duration_days for f in extraction.findings if f.duration_days), None)
        if days is None:
            return []
        return [
            Finding(
                concept=main,
                assertion=Assertion.PRESENT,
                evidence=text,
                turn=number,
                duration_days=days,
                origin=Origin.ANSWERED,
            )
        ]
    if pending.kind is QuestionKind.SCALE and main is not None:
        score = extraction.severity if extraction.severity is not None else scale_answer(text)
        return [] if score is None else [_scored(main, score, text, number)]
    assertion = plain_answer(text)
    if assertion is None:
        return []
    if pending.kind is QuestionKind.CLARIFY and _is_clear(pending, extraction):
        return []
    named = {f.concept for f in extraction.findings}
    return [
        Finding(
            concept=concept, assertion=value, evidence=text, turn=number, origin=Origin.ANSWERED
        )
        for concept, value in answered(pending, assertion)
        if concept not in named
    ]


def _is_clear(pending: Question, extraction: Extraction) -> bool:
    """Whether words said which meaning is meant: "no, from my ear" denies none of them."""
    return any(
        f.concept in pending.findings and f.assertion is Assertion.PRESENT
        for f in extraction.findings
    )


def _scored(concept: str, severity: int, text: str, number: int) -> Finding:
    """A score of 0 says that it is not there (any more)."""
    return Finding(
        concept=concept,
        assertion=Assertion.PRESENT if severity > 0 else Assertion.ABSENT,
        evidence=text,
        severity=severity,
        origin=Origin.ANSWERED,
        turn=number,
    )


def _person(profile: Profile, extraction: Extraction) -> Profile:
    """Age and sex told in words fill what the form left open."""
    return replace(
        profile,
        age_years=extraction.age_years if profile.age_years is None else profile.age_years,
        sex=extraction.sex if profile.sex is None else profile.sex,
    )


def _contradicted(before: Consultation, found: tuple[Finding, ...]) -> tuple[str, ...]:
    """Concepts that were plainly there before and are now plainly denied in passing."""
    known = before.case.latest()
    return tuple(
        f.concept
        for f in found
        if f.counts_now
        and f.assertion is Assertion.ABSENT
        and f.origin is not Origin.CORRECTED
        and f.concept in known
        and known[f.concept].assertion is Assertion.PRESENT
    )
