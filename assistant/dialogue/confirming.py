"""Whether a doctor has found what a picture's model only tells kinds of: asked before it speaks.

Only "yes" lets the kinds speak. "No", "not sure" and no answer leave the reading kept and silent;
they are no sign against the illness either (`knowledge/facts.py`).
"""

from dataclasses import replace

from assistant.dialogue.doctors_word import denied_or_doubted, doctors_word, names
from assistant.dialogue.listening import Heard
from assistant.knowledge import Knowledge, confirmed, findings_in, kinds_of, withheld
from assistant.knowledge.schema import ConfirmEntry
from assistant.records.dialogue import Consultation, Question, QuestionKind
from assistant.records.extraction import Extraction
from assistant.records.finding import Finding, Origin
from assistant.records.picture import ImageReading
from assistant.records.terms import Assertion

CONFIRM = "confirm"  # id and reason of the question


def confirm_question(consultation: Consultation, knowledge: Knowledge) -> Question | None:
    """Return the question for a picture that stands silent and unasked; it is put once."""
    asked = [e.question for e in consultation.exchanges if is_confirming(e.question)]
    put = {finding for question in asked for finding in question.findings}
    for seen in consultation.readings:
        entry = _asked_of(seen.reading, knowledge)
        if entry is None or entry.finding in put:
            continue
        if confirmed(entry.finding, consultation.case) is None:
            return Question(
                id=CONFIRM,
                kind=QuestionKind.YES_NO,
                findings=(entry.finding,),
                reason=CONFIRM,
            )
    return None


def told_before(
    before: Consultation, reading: ImageReading, knowledge: Knowledge
) -> tuple[Finding, ...]:
    """Return as an answer what was plainly told before the picture came, in talk or form."""
    entry = _asked_of(reading, knowledge)
    if entry is None or confirmed(entry.finding, before.case) is not None:
        return ()
    told = doctors_word("\n".join(before.said), entry.words)
    form = before.profile.conditions  # illnesses that are known: their names say enough
    if told is None and names(form, entry.words) and not denied_or_doubted(form):
        told = form, Assertion.PRESENT
    return () if told is None else (_answer(entry, told, before.turns),)


def confirmed_in_words(
    extraction: Extraction, before: Consultation, text: str, knowledge: Knowledge
) -> Extraction:
    """Read free text in the light of a picture that stands: "they found one" answers for it.

    Where the question is put, what was extracted on its matter is left to the answer itself:
    somebody who fears a tumour was not told of one.
    """
    entries = {
        entry.finding: entry
        for seen in before.readings
        if (entry := _asked_of(seen.reading, knowledge)) is not None
    }
    found = extraction.findings
    for entry in entries.values():
        pending = before.pending
        if is_confirming(pending) and pending is not None and entry.finding in pending.findings:
            found = tuple(f for f in found if f.concept != entry.finding or not f.counts_now)
        told = doctors_word(text, entry.words) or doctors_word(text, entry.short)
        if told is not None and told[1] is not confirmed(entry.finding, before.case):
            found = (*found, _answer(entry, told, before.turns))
    return replace(extraction, findings=found)


def put_aside(before: Consultation, extraction: Extraction) -> Consultation:
    """Return the consultation without a pending question that such words do not answer.

    "Yes, they found one" is no yes to whether there is a fever; what was asked is asked again.
    """
    answered = {f.concept for f in extraction.findings if f.origin is Origin.ANSWERED}
    pending = before.pending
    if not answered or pending is None or answered & set(pending.findings):
        return before
    return replace(before, pending=None)


def with_pictures_settled(before: Consultation, heard: Heard, knowledge: Knowledge) -> Heard:
    """Let the pictures speak or be silent by what is known after the turn.

    What a picture lists among what was understood comes and goes with it; what is told of that is
    in `released` (it speaks from now on) and `silenced` (it does not, and that was just decided).
    """
    now = heard.consultation
    guarded = [seen for seen in now.readings if kinds_of(seen.reading, knowledge) is not None]
    if not guarded:
        return heard
    silent = {s.turn for s in guarded if withheld(s.reading, now.case, knowledge) is not None}
    findings = tuple(
        f for f in now.findings if not (f.origin is Origin.PICTURE and f.turn in silent)
    )
    listed = {f.turn for f in findings if f.origin is Origin.PICTURE}
    for seen in guarded:
        if seen.turn not in silent | listed:
            findings += findings_in(seen.reading, seen.turn, knowledge)
    stood = {s.turn: withheld(s.reading, before.case, knowledge) for s in before.readings}
    answered = is_confirming(before.pending) and now.pending is None
    return replace(
        heard,
        consultation=replace(now, findings=findings),
        released=tuple(s for s in guarded if s.turn not in silent and stood.get(s.turn)),
        silenced=tuple(
            s
            for s in guarded
            if s.turn in silent and s.turn in stood and (answered or stood[s.turn] is None)
        ),
    )


def is_confirming(question: Question | None) -> bool:
    """Whether a question asks if a doctor has found it."""
    return question is not None and question.id == CONFIRM


def _asked_of(reading: ImageReading, knowledge: Knowledge) -> ConfirmEntry | None:
    task = kinds_of(reading, knowledge)
    return None if task is None else task.confirm


def _answer(entry: ConfirmEntry, told: tuple[str, Assertion], turn: int) -> Finding:
    words, assertion = told
    return Finding(
        concept=entry.finding,
        assertion=assertion,
        evidence=words.strip(),
        origin=Origin.ANSWERED,
        turn=turn,
    )
