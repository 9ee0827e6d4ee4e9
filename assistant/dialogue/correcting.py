"""Corrections by hand in the list of what was understood: the only thing that lowers an urgency.

An entry is set right (there, not there, not sure), given to whom it belongs, or taken back. What
is taken back leaves the case and is kept apart, so that its words are not read as a sign either.
"""

from dataclasses import replace

from assistant.dialogue.listening import Heard
from assistant.knowledge import Knowledge
from assistant.records.dialogue import Consultation, Turn
from assistant.records.finding import Finding, Origin
from assistant.records.terms import Assertion, Experiencer, Withdrawal

_STATED = (Assertion.PRESENT, Assertion.POSSIBLE)


def hear_correction(before: Consultation, turn: Turn, knowledge: Knowledge) -> Heard:
    """Take in entries set right or taken back; the pending question is left to the decision."""
    known = before.case.latest()
    pictures = _pictures(before, turn)
    taken = _taken_back(before, turn, known, pictures)
    found = [*_set_right(turn, known, before.turns), *_given_away(before, turn, known)]
    found += _denied_with(turn, known, before.turns, knowledge)
    kept = tuple(f for f in before.findings if f not in taken)
    after = replace(
        before,
        findings=(*kept, *found),
        retracted=(*before.retracted, *dict.fromkeys(taken)),
        readings=tuple(seen for seen in before.readings if seen.turn not in pictures),
    )
    done = bool(found or taken or len(after.readings) < len(before.readings))
    return Heard(consultation=after, findings=tuple(found), understood=done, corrected=done)


def _set_right(turn: Turn, known: dict[str, Finding], number: int) -> list[Finding]:
    """Return the entries as they now are; how long and how bad it is stays known."""
    found = []
    for concept, assertion in turn.answers:
        last = known.get(concept)
        same = last is not None and last.assertion in _STATED and assertion in _STATED
        found.append(
            Finding(
                concept=concept,
                assertion=assertion,
                evidence=turn.text,
                duration_days=last.duration_days if last is not None and same else None,
                severity=last.severity if last is not None and same else None,
                origin=Origin.CORRECTED,
                turn=number,
            )
        )
    return found


def _denied_with(
    turn: Turn, known: dict[str, Finding], number: int, knowledge: Knowledge
) -> list[Finding]:
    """Without chest pain there is no crushing chest pain: what implies it goes with it."""
    denied = [concept for concept, assertion in turn.answers if assertion is Assertion.ABSENT]
    said = {concept for concept, _ in turn.answers}
    gone = {d for concept in denied for d in knowledge.descendants(concept)} - said
    return [
        Finding(
            concept=concept,
            assertion=Assertion.ABSENT,
            evidence="",
            origin=Origin.CORRECTED,
            turn=number,
        )
        for concept, finding in known.items()
        if concept in gone and finding.assertion in _STATED
    ]


def _given_away(before: Consultation, turn: Turn, known: dict[str, Finding]) -> list[Finding]:
    """Return as somebody else's what is not the patient's, with the words that it came from."""
    found = []
    for concept, why in turn.withdrawn:
        told = [f for f in before.findings if f.concept == concept]
        if why is Withdrawal.NOT_MINE and told:
            shown = known.get(concept, told[-1])
            found.append(replace(shown, experiencer=Experiencer.RELATIVE, origin=Origin.CORRECTED))
    return found


def _taken_back(
    before: Consultation, turn: Turn, known: dict[str, Finding], pictures: frozenset[int]
) -> list[Finding]:
    """Return what stands no more: what is withdrawn, and the past or a relative's set right."""
    withdrawn = {concept for concept, _ in turn.withdrawn}
    claimed = {concept for concept, _ in turn.answers} - set(known)
    return [
        f
        for f in before.findings
        if f.concept in withdrawn
        or (f.concept in claimed and not f.counts_now)
        or (f.origin is Origin.PICTURE and f.turn in pictures)
    ]


def _pictures(before: Consultation, turn: Turn) -> frozenset[int]:
    """Return the pictures that go, with all that was read in them: also by one finding."""
    withdrawn = {concept for concept, _ in turn.withdrawn}
    read = (f for f in before.findings if f.origin is Origin.PICTURE)
    return frozenset({f.turn for f in read if f.concept in withdrawn} | set(turn.pictures))
