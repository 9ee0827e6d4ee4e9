"""Words that somebody points at, known to the lexicon or not, as a mention among the others."""

from collections.abc import Sequence

from assistant.extraction.mentions import Mention
from assistant.extraction.normalising import Normalised
from assistant.extraction.sentences import Sentence


def given_in(
    plain: Normalised, sentence: Sentence, start: int, end: int, known: Sequence[Mention]
) -> Mention | None:
    """Return words [start, end) of the original as a mention; None where none is in the sentence.

    Its finding is that of a `known` mention of nearly the same words, "" where there is none, or
    where the words deny it themselves ("afebrile").
    """
    inside = [
        i
        for i in range(sentence.start, sentence.end)
        if start < plain.ends[i] and plain.starts[i] < end and not plain.text[i].isspace()
    ]
    if not inside:
        return None
    first, last = inside[0], inside[-1] + 1
    same = [m for m in known if not m.denied and _alike((first, last), (m.start, m.end))]
    best = max(same, key=lambda m: min(m.end, last) - max(m.start, first), default=None)
    return Mention(best.concepts if best else ("",), first, last, best.length if best else 1)


def in_family(given: Mention, known: Sequence[Mention]) -> bool:
    """Whether words stand in a mention of the family's illness: "my father had a stroke"."""
    return any(m.overlaps(given) and m.concepts[0].startswith("family_") for m in known)


def _alike(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two spans share at least half of what they cover together: "a cough", "cough"."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return 2 * shared >= max(a[1], b[1]) - min(a[0], b[0])
