"""A Report: the consultation as a doctor reads it."""

from dataclasses import dataclass

from assistant.records.case import Case
from assistant.records.diagnosis import Differential, Passage, Triage


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a report shows; `assistant/reporting` renders it as text or HTML."""

    consultation_id: str
    created: str  # ISO 8601, UTC
    case: Case
    triage: Triage
    differential: Differential
    passages: tuple[Passage, ...] = ()
    not_asked: tuple[str, ...] = ()  # findings that would matter and were not asked
    unclear: tuple[str, ...] = ()  # asked, and not known
    missing: tuple[str, ...] = ()  # components that failed
    copies: tuple[
        tuple[int, bytes], ...
    ] = ()  # a picture's turn, and its copy as WebP with heatmap
    versions: tuple[tuple[str, str], ...] = ()  # program, knowledge and model versions
