"""The patient's own words: the sentence that a finding came from, with what it came from marked."""

from collections.abc import Iterable

from assistant.extraction.sentences import sentences
from assistant.records.dialogue import Consultation
from assistant.records.finding import Finding, Origin
from assistant.records.marks import Piece, Spans, pieces

LONGEST = 160  # characters of a quote; of a longer sentence, what stands around the words


def quoted(finding: Finding, consultation: Consultation) -> tuple[Piece, ...]:
    """Return the sentence with the finding's words marked; the words alone where it is not known.

    Empty where the finding came from no words.
    """
    for text in _sources(finding, consultation):
        span = place(finding, text)
        if span is not None:
            return _within(text, *span)
    return (Piece(finding.evidence, True),) if finding.evidence else ()


def place(finding: Finding, text: str) -> tuple[int, int] | None:
    """Return where a finding's words stand in the text they came from; None where they do not."""
    words, start, end = finding.evidence, finding.start, finding.end
    if not words.strip():
        return None
    if start is not None and end is not None and text[start:end] == words:
        return start, end
    at = text.find(words)
    return (at, at + len(words)) if at >= 0 else None


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return spans in order, those that overlap made one.

    >>> joined([(8, 12), (0, 3), (2, 5)])
    ((0, 5), (8, 12))
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _sources(finding: Finding, consultation: Consultation) -> list[str]:
    """Return the message of the finding's turn, or what the form before the talk says."""
    if finding.origin is Origin.PROFILE:
        profile = consultation.profile
        return [profile.conditions, profile.medicines, profile.allergies]
    messages = consultation.messages
    return [m.text for m in messages if m.role == "patient" and m.turn == finding.turn]


def _within(text: str, start: int, end: int) -> tuple[Piece, ...]:
    """Return the sentence, or the sentences, that the span lies in, cut at the span."""
    touched = [s for s in sentences(text) if s.start < end and start < s.end]
    first = min((s.start for s in touched), default=start)
    last = max((s.end for s in touched), default=end)
    first, last = min(first, start), max(last, end)
    room = max(20, (LONGEST - (end - start)) // 2)
    low, high = max(first, start - room), min(last, end + room)
    before, after = text[low:start].lstrip(), text[end:high].rstrip()
    before = f"…{before}" if low > first else before
    after = f"{after}…" if high < last else after
    words = text[start:end]
    return pieces(before + words + after, [(len(before), len(before) + len(words))])
