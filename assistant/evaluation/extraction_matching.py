"""What an extractor heard beside what people marked: matched pairs, and the counts of figures."""

from collections import Counter
from collections.abc import Sequence

from assistant.evaluation.extraction_gold import GoldMention, GoldUtterance
from assistant.knowledge import Knowledge
from assistant.records.extraction import ASSERTIONS, Extraction, Heard

Pair = tuple[GoldMention, Heard]
CLASSES = {
    "assertion": ASSERTIONS,
    "experiencer": ("patient", "relative"),
    "time": ("now", "past"),
}
END_TO_END = "_end_to_end"
MEDICINES = "med_"  # findings that the guidelines leave unmarked (docs/annotating.md)
_POLAR = {("present", "absent"), ("absent", "present")}


def heard_in(found: Sequence[Extraction]) -> tuple[list[tuple[Heard, ...]], bool]:
    """Return what was heard in each text, and whether feared mentions are among it.

    An extractor that hears nothing in any text tells only its findings: these are taken, and what
    it leaves out as merely feared cannot be told from what it missed.
    """
    if any(one.heard for one in found):
        return [tuple(filter(_counts, one.heard)) for one in found], True
    return [tuple(_heard(one)) for one in found], False


def _counts(heard: Heard) -> bool:
    """Whether it is of a kind that annotators mark: medicines by themselves are not."""
    return not (heard.concept or "").startswith(MEDICINES)


def _heard(found: Extraction) -> list[Heard]:
    return [
        Heard(
            start=f.start,
            end=f.end,
            concept=f.concept,
            assertion=f.assertion.value,
            experiencer=f.experiencer.value,
            time=f.time.value,
        )
        for f in found.findings
        if f.start is not None and f.end is not None
    ]


def matched(gold: Sequence[GoldMention], ours: Sequence[Heard]) -> list[Pair]:
    """Return pairs that share a character, each mention in one pair, largest overlap first.

    Between equal overlaps the right concept goes first, then the span nearest in length.
    """
    options = [
        (-overlap, o.concept not in g.concepts, abs((g.end - g.start) - (o.end - o.start)), i, k)
        for i, g in enumerate(gold)
        for k, o in enumerate(ours)
        if (overlap := min(g.end, o.end) - max(g.start, o.start)) > 0
    ]
    pairs: list[tuple[int, int]] = []
    for *_, i, k in sorted(options):
        if all(i != a and k != b for a, b in pairs):
            pairs.append((i, k))
    return [(gold[i], ours[k]) for i, k in sorted(pairs)]


def counts(
    gold: GoldUtterance, ours: Sequence[Heard], knowledge: Knowledge, hears_feared: bool
) -> dict[str, float]:
    """Return the counts of one utterance that `extraction_figures` sums up.

    Without `hears_feared`, a feared mention that gave no finding is right as hypothetical and is
    no missed mention.
    """
    pairs = matched(gold.mentions, ours)
    found = {id(g) for g, _ in pairs}
    left_out = {
        id(g)
        for g in gold.mentions
        if not hears_feared and g.assertion == "hypothetical" and id(g) not in found
    }
    wanted = [g for g in gold.mentions if id(g) not in left_out]
    tally: Counter[str] = Counter()
    for name in ("mention", f"mention@{gold.speaker}"):
        _add(tally, name, len(wanted), len(ours), len(pairs))
    exact = Counter((g.start, g.end) for g in wanted) & Counter((o.start, o.end) for o in ours)
    _add(tally, "exact", len(wanted), len(ours), exact.total())
    tally["listed.gold"] = sum(bool(g.concepts) for g in wanted)
    tally["listed.hit"] = sum(bool(g.concepts) for g, _ in pairs)
    _concepts(tally, pairs, knowledge)
    _said(tally, gold.mentions, ours, pairs)
    tally[f"hypothetical{END_TO_END}.hit"] += len(left_out)
    tally[f"hypothetical{END_TO_END}.ours"] += len(left_out)
    tally["flipped.n"] = len(pairs)
    tally["flipped"] = sum((g.assertion, o.assertion) in _POLAR for g, o in pairs)
    whole = len(wanted) + len(ours)
    own = {"utterance.n": 1.0, "utterance.f1": 2 * len(pairs) / whole} if whole else {}
    return {**tally, **own}


def _add(tally: Counter[str], name: str, gold: int, ours: int, hits: int) -> None:
    tally[f"{name}.gold"] += gold
    tally[f"{name}.ours"] += ours
    tally[f"{name}.hit"] += hits


def _concepts(tally: Counter[str], pairs: Sequence[Pair], knowledge: Knowledge) -> None:
    """Count right and nearly right findings; where our list has none, right is to name none."""
    for gold, ours in pairs:
        right = ours.concept in gold.concepts if gold.concepts else ours.concept is None
        near = right or (ours.concept is not None and _is_near(gold, ours.concept, knowledge))
        tally["concept.n"] += 1
        tally["concept.right"] += right
        tally["concept.near"] += near
        if gold.concepts:
            tally["concept_listed.n"] += 1
            tally["concept_listed.right"] += right
        first = gold.concepts[0] if gold.concepts else "none"
        tally[f"concept_n:{first}"] += 1
        tally[f"concept_right:{first}"] += right


def _is_near(gold: GoldMention, concept: str, knowledge: Knowledge) -> bool:
    """Whether a finding is the parent or a child of a right one."""
    above = {knowledge.parent(c) for c in gold.concepts}
    return concept in above or knowledge.parent(concept) in gold.concepts


def _said(
    tally: Counter[str],
    gold: Sequence[GoldMention],
    ours: Sequence[Heard],
    pairs: Sequence[Pair],
) -> None:
    """Count each class among the matched pairs, and among everything marked and heard."""
    for attribute, classes in CLASSES.items():
        true = [getattr(g, attribute) for g in gold]
        said = [getattr(o, attribute) for o in ours]
        both = [(getattr(g, attribute), getattr(o, attribute)) for g, o in pairs]
        for name in classes:
            hits = both.count((name, name))
            marked, given = sum(g == name for g, _ in both), sum(o == name for _, o in both)
            _add(tally, name, marked, given, hits)
            _add(tally, f"{name}{END_TO_END}", true.count(name), said.count(name), hits)
