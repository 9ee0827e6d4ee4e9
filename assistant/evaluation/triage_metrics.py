"""Triage metrics, named as in the symptom-checker literature.

Levels are compared in three classes, emergency, consultation and self-care, as in DESIGN.md and in
Semigran et al., BMJ 2015; 351: h3480; the measures of advice are those of Kopka and Feufel,
npj Digit Med 2024 (symptomcheckR).
"""

from collections.abc import Callable, Sequence
from enum import IntEnum

from assistant.evaluation.metrics import Share, wilson
from assistant.records.terms import Urgency


class Care(IntEnum):
    """The three classes; a greater one is more urgent."""

    SELF_CARE = 0
    CONSULT = 1
    EMERGENCY = 2


def care_of(level: Urgency) -> Care:
    """Return the class of a level.

    >>> care_of(Urgency.CONSULTATION_24H).name
    'CONSULT'
    """
    if level.is_emergency:
        return Care.EMERGENCY
    return Care.SELF_CARE if level is Urgency.SELF_CARE else Care.CONSULT


def triage_accuracy(advised: Sequence[Care], reference: Sequence[Care]) -> Share:
    """Return the share of cases advised exactly as the reference.

    >>> triage_accuracy([Care.EMERGENCY, Care.CONSULT], [Care.EMERGENCY, Care.SELF_CARE])[:2]
    (1, 2)
    """
    return _share(advised, reference, lambda given, needed: given == needed)


def under_triage(advised: Sequence[Care], reference: Sequence[Care]) -> Share:
    """Return the share of cases advised less urgently than the reference."""
    return _share(advised, reference, lambda given, needed: given < needed)


def over_triage(advised: Sequence[Care], reference: Sequence[Care]) -> Share:
    """Return the share of cases advised more urgently than the reference."""
    return _share(advised, reference, lambda given, needed: given > needed)


def safety_of_advice(advised: Sequence[Care], reference: Sequence[Care]) -> Share:
    """Return the share of cases advised at least as urgently as the reference.

    Advice that is too urgent counts as safe here; `inclination_to_overtriage` measures that cost.

    >>> safety_of_advice([Care.EMERGENCY, Care.SELF_CARE], [Care.CONSULT, Care.CONSULT])[:2]
    (1, 2)
    """
    return _share(advised, reference, lambda given, needed: given >= needed)


def emergency_recall(advised: Sequence[Care], reference: Sequence[Care]) -> Share | None:
    """Return the share of emergencies that were seen as such; None where there are none."""
    return _recall(advised, reference, Care.EMERGENCY)


def self_care_recall(advised: Sequence[Care], reference: Sequence[Care]) -> Share | None:
    """Return the share of self-care cases that were seen as such; None where there are none."""
    return _recall(advised, reference, Care.SELF_CARE)


def inclination_to_overtriage(advised: Sequence[Care], reference: Sequence[Care]) -> Share | None:
    """Return the share of too urgent advice among all wrong advice; None where none is wrong.

    >>> inclination_to_overtriage([Care.EMERGENCY, Care.SELF_CARE], [Care.CONSULT] * 2)[:2]
    (1, 2)
    """
    wrong = [(g, n) for g, n in zip(advised, reference, strict=True) if g != n]
    return wilson(sum(g > n for g, n in wrong), len(wrong)) if wrong else None


def _share(
    advised: Sequence[Care], reference: Sequence[Care], counts: Callable[[Care, Care], bool]
) -> Share:
    pairs = list(zip(advised, reference, strict=True))
    return wilson(sum(counts(given, needed) for given, needed in pairs), len(pairs))


def _recall(advised: Sequence[Care], reference: Sequence[Care], of: Care) -> Share | None:
    inside = [given for given, needed in zip(advised, reference, strict=True) if needed == of]
    return wilson(sum(given == of for given in inside), len(inside)) if inside else None
